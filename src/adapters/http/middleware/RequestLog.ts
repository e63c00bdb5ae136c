/**
 * One log line a request. Which fields it has is a promise to operators; what is not in it is one to everybody else:
 * no token, cookie, email, body, path or query. The logger adds the trace id, from the span this runs in.
 */
import { Clock, Effect, Exit } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { IDEMPOTENCY_KEY_LENGTH_MAX } from "../../../domain/model/Idempotency.ts"
import { CurrentRequest } from "./CurrentRequest.ts"
import type { RequestFacts } from "./CurrentRequest.ts"
import { methodLabel, routeLabel } from "./RouteLabels.ts"

export const requestLog = Effect.fnUntraced(
  function*<E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) {
    const request = yield* HttpServerRequest.HttpServerRequest
    const facts = yield* CurrentRequest
    const clock = yield* Clock.Clock
    const begun = clock.currentTimeNanosUnsafe()
    return yield* Effect.onExit(app, (exit) => {
      const durationMs = Number(clock.currentTimeNanosUnsafe() - begun) / 1e6
      return writeLine(request, facts, durationMs, Exit.isSuccess(exit) ? exit.value.status : undefined)
    })
  }
)

const writeLine = (
  request: HttpServerRequest.HttpServerRequest,
  facts: RequestFacts,
  durationMs: number,
  status: number | undefined
): Effect.Effect<void> => {
  const method = methodLabel(request.method)
  const route = routeLabel(facts.address)
  // A longer one is refused elsewhere and needs no place in the log.
  const key = request.headers["idempotency-key"]
  return Effect.annotateLogs(Effect.logInfo(`${method} ${route} ${status ?? "abandoned by the client"}`), {
    method,
    route,
    ...(status === undefined ? {} : { status }),
    duration_ms: Math.round(durationMs * 1000) / 1000,
    request_id: facts.id,
    ...(key === undefined ? {} : { idempotency_key: key.slice(0, IDEMPOTENCY_KEY_LENGTH_MAX) }),
    ...(facts.clientAddress === undefined ? {} : { client_address: facts.clientAddress })
  })
}
