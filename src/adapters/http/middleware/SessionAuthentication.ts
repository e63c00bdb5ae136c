/**
 * Finds the live session behind a request, on every request anew: a session that has ended is refused from then on.
 *
 * A refusal is answered right here instead of failing on: the framework would take a failure as a reason to try the
 * next way of authenticating, and an outage of the store would become a missing session.
 */
import { Context, Effect, Layer } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { AuditContext } from "../../../domain/services/AuditContext.ts"
import { Sessions } from "../../../domain/services/Sessions.ts"
import { Authentication, CurrentSession } from "../api/Authentication.ts"
import { MalformedRequest, OriginNotAllowed, SessionRequired } from "../api/Problems.ts"
import type { Unavailable } from "../api/Problems.ts"
import { problemResponse, refuse, storeOutage } from "../Refusals.ts"
import { readCredential } from "./Credentials.ts"
import { auditOrigin, CurrentRequest } from "./CurrentRequest.ts"
import type { RequestHead } from "./CurrentRequest.ts"
import { AllowedOrigins, comesFromOwnOrigin } from "./OriginCheck.ts"

type Response = HttpServerResponse.HttpServerResponse

export interface SessionAuthentication {
  /** The live session a request proves, or why it has none. */
  readonly sessionOf: (
    request: RequestHead
  ) => Effect.Effect<CurrentSession["Service"], MalformedRequest | SessionRequired | OriginNotAllowed | Unavailable>

  /** Runs a handler with the session its request came with, or answers why it has none. */
  readonly requireSession: <E>(
    handler: Effect.Effect<Response, E, CurrentSession>
  ) => Effect.Effect<Response, E, HttpServerRequest.HttpServerRequest>
}

export const make: Effect.Effect<SessionAuthentication, never, Sessions | AllowedOrigins> = Effect.gen(function*() {
  const sessions = yield* Sessions
  const origins = yield* AllowedOrigins

  const sessionOf: SessionAuthentication["sessionOf"] = (request) => {
    const credential = readCredential(request)
    if (credential === "ambiguous") {
      return refuse(MalformedRequest, "The request carries two different session tokens.")
    }
    if (credential === undefined) return refuse(SessionRequired)
    // Before the session is looked up, so that a foreign page learns nothing about it.
    if (credential.byCookie && !comesFromOwnOrigin(request, origins)) return refuse(OriginNotAllowed)
    return Effect.catchTags(sessions.verify(credential.token), refusals)
  }
  const currentSession = Effect.flatMap(HttpServerRequest.HttpServerRequest, sessionOf)

  return {
    sessionOf,
    requireSession: (handler) =>
      Effect.matchEffect(currentSession, {
        onFailure: (problem) => Effect.succeed(problemResponse(problem)),
        onSuccess: (current) =>
          Effect.updateContext(handler, (context: Context.Context<never>) =>
            context.pipe(
              Context.add(CurrentSession, current),
              Context.add(
                AuditContext,
                auditOrigin(Context.get(context, CurrentRequest), { type: "account", id: current.account.id })
              )
            ))
      })
  }
})

const refusals = { ...storeOutage, SessionRequired: () => refuse(SessionRequired) }

export const layer = Layer.effect(
  Authentication,
  Effect.map(make, ({ requireSession }) => Authentication.of({ bearer: requireSession, cookie: requireSession }))
)
