/**
 * How long requests take and how many are under way, as the OpenTelemetry semantic conventions name it.
 */
import { Clock, Effect, Exit, Metric } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { CurrentRequest } from "./CurrentRequest.ts"
import { methodLabel, routeLabel } from "./RouteLabels.ts"

const duration = Metric.histogram("http.server.request.duration", {
  description: "Duration of HTTP server requests, in seconds",
  attributes: { unit: "s" },
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
})

const active = Metric.counter("http.server.active_requests", {
  description: "HTTP server requests under way",
  attributes: { unit: "{request}" }
})

/** A client that went away before it was answered. */
const CLIENT_CLOSED_REQUEST = 499

export const httpMetrics = Effect.fnUntraced(
  function*<E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { address } = yield* CurrentRequest
    const clock = yield* Clock.Clock
    const method = methodLabel(request.method)
    const underWay = Metric.withAttributes(active, { "http.request.method": method })
    const begun = clock.currentTimeNanosUnsafe()
    yield* Metric.update(underWay, 1)
    return yield* Effect.onExit(app, (exit) => {
      const seconds = Number(clock.currentTimeNanosUnsafe() - begun) / 1e9
      const status = Exit.isSuccess(exit) ? exit.value.status : CLIENT_CLOSED_REQUEST
      return Effect.andThen(
        Metric.update(underWay, -1),
        Metric.update(labelled(method, routeLabel(address), String(status)), seconds)
      )
    })
  }
)

const known = new Map<string, typeof duration>()

/** Labelling a metric costs more than updating it, and there are only as many as routes, methods and statuses. */
const labelled = (method: string, route: string, status: string): typeof duration => {
  const key = `${method} ${route} ${status}`
  const found = known.get(key)
  if (found !== undefined) return found
  const metric = Metric.withAttributes(duration, {
    "http.request.method": method,
    "http.route": route,
    "http.response.status_code": status
  })
  known.set(key, metric)
  return metric
}
