/**
 * Answers what no handler has to see: addresses that don't exist, methods an address does not take (ASVS 4.1.4), and
 * `OPTIONS`.
 */
import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { MethodNotAllowed, NotFound } from "../api/Problems.ts"
import { refuse } from "../Refusals.ts"
import { CurrentRequest } from "./CurrentRequest.ts"

export const knownRoutes = Effect.fnUntraced(
  function*<E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { address } = yield* CurrentRequest
    if (address === undefined) return yield* refuse(NotFound)
    if (request.method === "OPTIONS") {
      return HttpServerResponse.empty({ status: 204, headers: { allow: address.allow } })
    }
    if (!address.methods.has(request.method)) return yield* refuse(MethodNotAllowed)
    return yield* app
  }
)
