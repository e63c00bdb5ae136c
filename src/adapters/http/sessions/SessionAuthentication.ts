/**
 * Finds the live session of a request. Every request looks it up anew, so a session is refused from the moment it ends.
 *
 * A refusal becomes a response here and not a failure. After a failure the framework would try the next security
 * scheme, and an outage of the store would look like a missing session.
 */
import { Context, Effect, Layer } from "effect"
import type { Redacted } from "effect"
import { HttpServerResponse } from "effect/http"
import { lacksFactor, SecondFactorPolicy } from "../../../domain/factors/SecondFactorPolicy.ts"
import { Caller } from "../../../domain/model/Caller.ts"
import { Sessions } from "../../../domain/sessions/Sessions.ts"
import { Authentication, CurrentSession } from "../api/Authentication.ts"
import { FactorRequired } from "../api/FactorProblems.ts"
import { MalformedRequest, OriginNotAllowed, SessionRequired } from "../api/Problems.ts"
import type { Problem, Unavailable } from "../api/Problems.ts"
import { AllowedOrigins, comesFromOwnOrigin } from "../exchange/OriginCheck.ts"
import { problemResponse, refuse, storeOutage } from "../exchange/Refusals.ts"
import { callerOf, CurrentRequest } from "../exchange/RequestContext.ts"
import type { RequestHead } from "../exchange/RequestContext.ts"
import { CLEARED_SESSION_COOKIE } from "./Cookies.ts"
import { hasSessionCookie, readCredential } from "./Credentials.ts"

type Response = HttpServerResponse.HttpServerResponse

type SessionRefusal = FactorRequired | MalformedRequest | SessionRequired | OriginNotAllowed | Unavailable

/** The live session that a request proves, or the reason why there is none. */
type Proof = Effect.Effect<CurrentSession["Service"], SessionRefusal>

export const make = Effect.gen(function*() {
  const sessions = yield* Sessions
  const origins = yield* AllowedOrigins
  const policy = yield* SecondFactorPolicy

  const sessionOf = (request: RequestHead): Proof => {
    const credential = readCredential(request)
    if (credential === "ambiguous") return refuse(MalformedRequest, TWO_TOKENS)
    if (credential === undefined) return refuse(SessionRequired)
    // Checked before the session is looked up, so that another site's page learns nothing about it.
    if (credential.byCookie && !comesFromOwnOrigin(request, origins)) return refuse(OriginNotAllowed)
    const verified = Effect.catchTags(sessions.verify(credential.token), refusals)
    const proven = policy === "required" ? Effect.tap(verified, demandFactor(request)) : verified
    return credential.beside === undefined ? proven : unlessLive(credential.beside, proven)
  }

  /** A cookie of another live session means a second caller. Any other cookie is ignored. */
  const unlessLive = (cookie: Redacted.Redacted<string>, proven: Proof): Proof =>
    Effect.as(sessions.verify(cookie), true).pipe(
      Effect.catchTags({ ...refusals, SessionRequired: () => Effect.succeed(false) }),
      Effect.flatMap((isLive) => isLive ? refuse(MalformedRequest, TWO_TOKENS) : proven)
    )

  return sessionOf
})

/** Where a second factor is demanded of everybody, a session without one may only get one, or end. */
const demandFactor = ({ method, url }: RequestHead) => ({ session }: CurrentSession["Service"]) =>
  lacksFactor("required", session) && !enrolling.test(`${method} ${url}`) ? refuse(FactorRequired) : Effect.void

const enrolling = new RegExp(
  "^(?:(?:GET|POST) /accounts/me/factors|POST /accounts/me/factors/[^/]+/confirm" +
    "|POST /sessions/me/elevation(?:-options)?|DELETE /sessions/me)$"
)

const TWO_TOKENS = "The request carries two different session tokens."

/**
 * Why a request has no session. If it sent a cookie that proved nothing, the answer clears it, because scripts can't.
 * Without a cookie nothing is cleared. Otherwise another site's page, which can't send the cookie, could have it
 * cleared.
 */
export const refusalResponse = (problem: Problem, request: RequestHead): Response => {
  const response = problemResponse(problem)
  return problem.code === SessionRequired.code && hasSessionCookie(request)
    ? HttpServerResponse.setHeader(response, "set-cookie", CLEARED_SESSION_COOKIE)
    : response
}

const refusals = { ...storeOutage, SessionRequired: () => refuse(SessionRequired) }

export const layer = Layer.effect(
  Authentication,
  Effect.map(make, (sessionOf) => {
    /** Runs a handler with the session of its request, or answers why there is none. */
    const requireSession = <E>(handler: Effect.Effect<Response, E, CurrentSession>): Effect.Effect<Response, E> =>
      Effect.flatMap(CurrentRequest, (request) =>
        Effect.matchEffect(sessionOf(request), {
          onFailure: (problem) => Effect.succeed(refusalResponse(problem, request)),
          onSuccess: (current) =>
            Effect.updateContext(handler, (context: Context.Context<never>) =>
              context.pipe(
                Context.add(CurrentSession, current),
                Context.add(Caller, callerOf(request, { type: "account", id: current.account.id }))
              ))
        }))
    return Authentication.of({ bearer: requireSession, cookie: requireSession })
  })
)
