/**
 * How long requests take and how many are under way, as the OpenTelemetry semantic conventions name it.
 */
import { Metric } from "effect"
import type { Context } from "effect"
import type { RequestHead } from "./CurrentRequest.ts"
import type { Observed } from "./Exchange.ts"
import { methodLabel, routeLabel } from "./RouteLabels.ts"

const duration = (method: string, route: string, status: number) =>
  Metric.histogram("http.server.request.duration", {
    description: "Duration of HTTP server requests, in seconds",
    boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    attributes: {
      unit: "s",
      "http.request.method": method,
      "http.route": route,
      "http.response.status_code": String(status)
    }
  })

const active = (method: string) =>
  Metric.counter("http.server.active_requests", {
    description: "HTTP server requests under way",
    attributes: { unit: "{request}", "http.request.method": method }
  })

/** A client that went away before it was answered. */
const CLIENT_CLOSED_REQUEST = 499

export const requestBegun = (request: RequestHead, context: Context.Context<never>): void =>
  underWay(methodLabel(request.method)).updateUnsafe(1, context)

export const requestEnded = (
  { durationNanos, facts, request, status = CLIENT_CLOSED_REQUEST }: Observed,
  context: Context.Context<never>
): void => {
  const method = methodLabel(request.method)
  underWay(method).updateUnsafe(-1, context)
  durations(method, routeLabel(facts.address), status).updateUnsafe(Number(durationNanos) / 1e9, context)
}

/** A metric is made once for its labels, of which there are only as many as routes, methods and statuses. */
const remembered = <A>(make: () => A, key: string, known: Map<string, A>): A => {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  known.set(key, made)
  return made
}

const underWayByMethod = new Map<string, Metric.Counter<number>>()

const underWay = (method: string): Metric.Counter<number> => remembered(() => active(method), method, underWayByMethod)

const durationsByLabels = new Map<string, Metric.Histogram<number>>()

const durations = (method: string, route: string, status: number): Metric.Histogram<number> =>
  remembered(() => duration(method, route, status), `${method} ${route} ${status}`, durationsByLabels)
