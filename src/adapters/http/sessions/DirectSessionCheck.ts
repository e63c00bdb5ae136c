/**
 * `GET /sessions/me`, answered without the framework's request, router and codecs. Nearly all requests are this one,
 * and those cost more than verifying a session.
 *
 * It answers within the same exchange as the router does, by what authenticates every request and writes every session.
 * A request with a body is the router's.
 */
import { Effect } from "effect"
import type { HttpServerResponse } from "effect/http"
import type { RequestContext } from "../exchange/RequestContext.ts"
import * as SessionAuthentication from "./SessionAuthentication.ts"
import { currentSessionResponse } from "./SessionsHandlers.ts"

/** Answers a session check; none for every other request. */
export type DirectSessionCheck = (
  request: RequestContext
) => Effect.Effect<HttpServerResponse.HttpServerResponse> | undefined

export const make = Effect.map(
  SessionAuthentication.make,
  ({ sessionOf }): DirectSessionCheck => (request) =>
    isSessionCheck(request)
      ? Effect.match(sessionOf(request), {
        onSuccess: currentSessionResponse,
        onFailure: (problem) => SessionAuthentication.refusalResponse(problem, request)
      })
      : undefined
)

const isSessionCheck = ({ headers, method, url }: RequestContext): boolean =>
  url === "/sessions/me" && method === "GET" &&
  headers["content-length"] === undefined && headers["transfer-encoding"] === undefined
