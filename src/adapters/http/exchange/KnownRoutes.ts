/**
 * Answers what no handler has to see: addresses that don't exist, methods an address does not take (ASVS 4.1.4), and
 * `OPTIONS`.
 */
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { MethodNotAllowed, NotFound } from "../api/Problems.ts"
import type { Gate } from "./Exchange.ts"
import { refuse } from "./Refusals.ts"

export const knownRoutes: Gate = ({ method }, { address }) => {
  if (address === undefined) return refuse(NotFound)
  if (method === "OPTIONS") {
    return Effect.succeed(HttpServerResponse.empty({ status: 204, headers: { allow: address.allow } }))
  }
  return address.methods.has(method) ? undefined : refuse(MethodNotAllowed)
}
