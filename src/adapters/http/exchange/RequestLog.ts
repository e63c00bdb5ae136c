/**
 * One log line for each request. Operators can rely on its fields. It never contains a token, cookie, email, body, path
 * or query. The trace id comes from the context.
 */
import { Effect } from "effect"
import { IDEMPOTENCY_KEY_LENGTH_MAX } from "../../../domain/model/Idempotency.ts"
import type { Observed } from "./Exchange.ts"
import { headerText } from "./RawHeaders.ts"
import { methodLabel, routeLabel } from "./RouteTable.ts"

export const requestLine = ({ durationNanos, request, status }: Observed): Effect.Effect<void> => {
  const method = methodLabel(request.method)
  const route = routeLabel(request.route)
  // A longer one is refused elsewhere, and isn't worth its space in the log.
  const key = request.headers["idempotency-key"]
  return Effect.annotateLogs(Effect.logInfo(`${method} ${route} ${status ?? "abandoned by the client"}`), {
    method,
    route,
    ...(status === undefined ? {} : { status }),
    duration_ms: Math.round(Number(durationNanos) / 1e3) / 1e3,
    request_id: request.id,
    ...(key === undefined ? {} : { idempotency_key: headerText(key).slice(0, IDEMPOTENCY_KEY_LENGTH_MAX) }),
    ...(request.clientAddress === undefined ? {} : { client_address: request.clientAddress })
  })
}
