/**
 * The duration of requests and how many are active, under the names of the OpenTelemetry semantic conventions.
 */
import { Metric } from "effect"
import type { Context } from "effect"
import { remember } from "../../../kernel/Memo.ts"
import type { Observed } from "./Exchange.ts"
import type { RequestContext } from "./RequestContext.ts"
import { methodLabel, routeLabel } from "./RouteTable.ts"

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

/** The status of a request whose client went away before it was answered. */
const CLIENT_CLOSED_REQUEST = 499

export const requestBegun = (request: RequestContext, context: Context.Context<never>): void =>
  underWay(methodLabel(request.method)).updateUnsafe(1, context)

export const requestEnded = (
  { durationNanos, request, status = CLIENT_CLOSED_REQUEST }: Observed,
  context: Context.Context<never>
): void => {
  const method = methodLabel(request.method)
  underWay(method).updateUnsafe(-1, context)
  durations(method)(routeLabel(request.route))(status).updateUnsafe(Number(durationNanos) / 1e9, context)
}

// One metric for each set of labels. Methods, routes and statuses bound their number.
const underWay = remember(100, active)
const durations = remember(
  100,
  (method: string) =>
    remember(100, (route: string) => remember(100, (status: number) => duration(method, route, status)))
)
