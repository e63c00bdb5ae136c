/**
 * Tells gateways whether a request is signed in, and who sends it (`/authorize`).
 *
 * The gateway asks before it passes a visitor's request on: 200 means yes, with the identity in headers, and everything
 * else means no. It is asked as often as `GET /sessions/me`, and takes the same path. Any method and any path below it
 * are served, because some gateways ask with the visitor's own. No body is read.
 */
import { Effect } from "effect"
import { Headers, HttpServerResponse } from "effect/http"
import type { IpNetwork } from "effect/net"
import { authorizations } from "../../../domain/telemetry/IdentityMetrics.ts"
import * as Announcer from "../../../kernel/Announcer.ts"
import { instantText } from "../../../kernel/InstantText.ts"
import { remember } from "../../../kernel/Memo.ts"
import { segmentOf } from "../../../resources/InvalidMembers.ts"
import type { CurrentSession } from "../api/Authentication.ts"
import { MalformedRequest, ReauthenticationRequired, VerificationRequired } from "../api/Problems.ts"
import type { Problem } from "../api/Problems.ts"
import { refuse, refuseInput, stepUp } from "../exchange/Refusals.ts"
import type { DirectAnswer, RequestContext } from "../exchange/RequestContext.ts"
import * as RouteTable from "../exchange/RouteTable.ts"
import * as SessionAuthentication from "../sessions/SessionAuthentication.ts"
import { NO_OPTIONS, optionsInHeader, optionsInQuery } from "./AuthorizeOptions.ts"
import type { AuthorizeOptions, UnknownOption } from "./AuthorizeOptions.ts"
import { comesFromProxy, methodNamed, namesMethod, opensSocket } from "./OriginalRequest.ts"

type Response = HttpServerResponse.HttpServerResponse

export interface AuthorizeSettings {
  /** Networks of the proxies whose word about the visitor's request is believed. */
  readonly trustedProxies: ReadonlyArray<IpNetwork.IpNetwork>
  /** Where navigations without a session are sent, if the gateway asks for that. */
  readonly signInUrl?: string | undefined
}

const ADDRESS = "/authorize"

export const authorizeRoutes: ReadonlyArray<RouteTable.ServedRoute> = [ADDRESS, `${ADDRESS}/*`].map((path) => ({
  method: RouteTable.ANY,
  path,
  takesBody: false
}))

const templates = new Set(authorizeRoutes.map(({ path }) => path))

export const make = Effect.fnUntraced(function*({ signInUrl, trustedProxies }: AuthorizeSettings) {
  const sessionOf = yield* SessionAuthentication.make
  const isProxied = comesFromProxy(trustedProxies)
  const announce = Announcer.onChange(false)
  const context = yield* Effect.context<never>()
  const counters = remember(OUTCOMES_MAX, authorizations)

  const decide = (
    request: RequestContext,
    options: AuthorizeOptions | UnknownOption,
    isBelieved: boolean
  ): Effect.Effect<Response, Problem> => {
    if ("unknown" in options) {
      return refuseInput([{ pointer: segmentOf(options.unknown), detail: options.problem }])
    }
    const judged = original(request, isBelieved)
    if (judged === undefined) return refuse(MalformedRequest, TWO_METHODS)
    return Effect.flatMap(sessionOf(judged), (current) => allow(current, options))
  }

  const counted = (outcome: string, response: Response): Response => {
    counters(outcome).updateUnsafe(1, context)
    return response
  }

  const authorize: DirectAnswer = (request) => {
    if (request.route === undefined || !templates.has(request.route.template)) return undefined
    const isBelieved = isProxied(request)
    const options = optionsOf(request, isBelieved)
    const answered = Effect.match(decide(request, options, isBelieved), {
      onSuccess: (response) => counted("allowed", response),
      onFailure: (problem) => {
        const response = refusalResponse(problem, request)
        const location = problem.status === 401 && "redirect" in options && options.redirect && isNavigation(request)
          ? signInUrl
          : undefined
        return counted(problem.code, location === undefined ? response : redirected(response, location))
      }
    })
    const closing = announcesBody(request)
      ? Effect.map(answered, HttpServerResponse.setHeader("connection", "close"))
      : answered
    return isBelieved || !namesMethod(request)
      ? closing
      : Effect.andThen(announce(true, Effect.logWarning(UNTRUSTED)), closing)
  }
  return authorize
})

/** More than there are outcomes. */
const OUTCOMES_MAX = 100

const TWO_METHODS = "The headers of the proxy name two original methods."

const UNTRUSTED =
  "A gateway that is not trusted names the methods of its visitors. It is not believed, so other sites' pages " +
  "can send what changes something. Set IDENTITY_TRUSTED_PROXIES to the gateway's address."

/**
 * Some gateways pass the visitor's `Content-Length` on without the body. The next request on the connection would be
 * taken for it, so there is none.
 */
const announcesBody = ({ headers }: RequestContext): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0"

const optionsOf = ({ headers, url }: RequestContext, isBelieved: boolean): AuthorizeOptions | UnknownOption => {
  if (url.length === ADDRESS.length) return NO_OPTIONS
  if (url.charAt(ADDRESS.length) === "?") return optionsInQuery(url.slice(ADDRESS.length + 1))
  const asked = headers["identity-authorize"]
  return asked === undefined || !isBelieved ? NO_OPTIONS : optionsInHeader(asked)
}

/** The request whose origin is checked. None if a proxy names two methods. */
const original = (request: RequestContext, isBelieved: boolean): RequestContext | undefined => {
  const method = isBelieved && namesMethod(request) ? methodNamed(request) : request.method
  if (method === undefined) return undefined
  // Over HTTP/2, `CONNECT` is the method that opens a WebSocket.
  const judged = opensSocket(request) ? "CONNECT" : method
  return judged === request.method ? request : { ...request, method: judged }
}

const allow = (current: CurrentSession["Service"], options: AuthorizeOptions): Effect.Effect<Response, Problem> => {
  if (options.aal > current.session.aal) return refuse(ReauthenticationRequired, SECOND_FACTOR)
  if (options.verified && !current.account.emailVerified) return refuse(VerificationRequired)
  return Effect.succeed(identityResponse(current, options))
}

const SECOND_FACTOR = "The session began without a second factor, which the gateway asks for. Sign in with one."

/** Header values are ASCII. Names are not, and an email may contain anything that its provider allows. */
const identityResponse = (
  { account, session }: CurrentSession["Service"],
  { email, name }: AuthorizeOptions
): Response => {
  const headers: Record<string, string> = {
    "identity-account-id": account.id,
    "identity-session-id": session.id,
    "identity-aal": String(session.aal),
    "identity-amr": session.amr.join(","),
    "identity-authenticated-at": instantText(session.authenticatedAt),
    // Otherwise Node would send an empty body in chunks.
    "content-length": "0"
  }
  if (email) headers["identity-email"] = encodeURIComponent(account.email)
  if (name) headers["identity-display-name"] = encodeURIComponent(account.displayName)
  return HttpServerResponse.empty({ status: 200, headers: Headers.fromRecordUnsafe(headers) })
}

const refusalResponse = (problem: Problem, request: RequestContext): Response => {
  const response = SessionAuthentication.refusalResponse(problem, request)
  return problem.code === ReauthenticationRequired.code
    ? HttpServerResponse.setHeader(response, "www-authenticate", STEP_UP)
    : response
}

const STEP_UP = stepUp("A second factor is needed", "acr_values=\"aal2\"")

const isNavigation = ({ headers }: RequestContext): boolean => headers["sec-fetch-mode"] === "navigate"

/** A cookie that the refusal clears is cleared on the way, too. */
const redirected = ({ headers }: Response, location: string): Response => {
  const cleared = headers["set-cookie"]
  return HttpServerResponse.empty({
    status: 302,
    headers: { location, "content-length": "0", ...(cleared === undefined ? {} : { "set-cookie": cleared }) }
  })
}
