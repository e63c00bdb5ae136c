/**
 * Authentication: a request proves its session by a bearer token or by the session cookie, and by nothing else.
 */
import { Context } from "effect"
import { HttpApiMiddleware, HttpApiSecurity, OpenApi } from "effect/http-api"
import type { Account } from "../../../domain/model/Account.ts"
import type { Session } from "../../../domain/model/Session.ts"
import { problems } from "./EndpointProblems.ts"
import { FactorRequired } from "./FactorProblems.ts"
import { OriginNotAllowed, SessionRequired } from "./Problems.ts"

/**
 * The prefix makes browsers refuse the cookie unless it came over a secure channel from this very host, so no sibling
 * domain can plant one (RFC 6265bis §4.1.3.2).
 */
export const SESSION_COOKIE = "__Host-identity-session"

/** The live session a request came with, and its account. */
export class CurrentSession extends Context.Service<CurrentSession, {
  readonly session: Session
  readonly account: Account
}>()("identityd/adapters/http/api/Authentication/CurrentSession") {}

/** @effect-expect-leaking HttpServerRequest | ParsedSearchParams | RouteContext */
export class Authentication extends HttpApiMiddleware.Service<Authentication, {
  provides: CurrentSession
}>()("identityd/adapters/http/api/Authentication", {
  security: {
    bearer: HttpApiSecurity.bearer.pipe(HttpApiSecurity.annotateMerge(OpenApi.annotations({
      description: "The `token` of the answer that created the session, as `Authorization: Bearer <token>`."
    }))),
    cookie: HttpApiSecurity.apiKey({ in: "cookie", key: SESSION_COOKIE }).pipe(
      HttpApiSecurity.annotateMerge(OpenApi.annotations({
        description: "Set by `POST /sessions` with `\"transport\": \"cookie\"`. Requests that change something also " +
          "need `Sec-Fetch-Site: same-origin` or `none`, or an allowed `Origin`."
      }))
    )
  },
  error: problems(SessionRequired, OriginNotAllowed, FactorRequired)
}) {}
