/**
 * Answers `GET /sessions/me` without the framework's request, router and codecs. Nearly all requests are this one, and
 * those parts cost more than verifying the session.
 *
 * It runs in the same exchange as the router, and uses the same code to authenticate the request and to write the
 * session. Requests with a body go to the router.
 */
import { Effect } from "effect"
import type { DirectAnswer, RequestContext } from "../exchange/RequestContext.ts"
import * as SessionAuthentication from "./SessionAuthentication.ts"
import { currentSessionResponse } from "./SessionsHandlers.ts"

export const make = Effect.map(
  SessionAuthentication.make,
  (sessionOf): DirectAnswer => (request) =>
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
