/**
 * Finds the live session behind a request, on every request anew: a session that has ended is refused from then on.
 *
 * A refusal is answered right here instead of failing on: the framework would take a failure as a reason to try the
 * next way of authenticating, and an outage of the store would become a missing session.
 */
import { Effect, Layer } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { AuditContext } from "../../../domain/services/AuditContext.ts"
import { Sessions } from "../../../domain/services/Sessions.ts"
import { Authentication, CurrentSession } from "../api/Authentication.ts"
import { MalformedRequest, OriginNotAllowed, SessionRequired } from "../api/Problems.ts"
import { problemResponse, refuse, storeOutage } from "../Refusals.ts"
import { readCredential } from "./Credentials.ts"
import { auditOrigin, CurrentRequest } from "./CurrentRequest.ts"
import { AllowedOrigins, comesFromOwnOrigin } from "./OriginCheck.ts"

export const layer = Layer.effect(
  Authentication,
  Effect.gen(function*() {
    const sessions = yield* Sessions
    const origins = yield* AllowedOrigins

    const currentSession = Effect.gen(function*() {
      const request = yield* HttpServerRequest.HttpServerRequest
      const credential = readCredential(request)
      if (credential === "ambiguous") {
        return yield* refuse(MalformedRequest, "The request carries two different session tokens.")
      }
      if (credential === undefined) return yield* refuse(SessionRequired)
      // Before the session is looked up, so that a foreign page learns nothing about it.
      if (credential.byCookie && !comesFromOwnOrigin(request, origins)) return yield* refuse(OriginNotAllowed)
      return yield* Effect.catchTags(sessions.verify(credential.token), {
        ...storeOutage,
        SessionRequired: () => refuse(SessionRequired)
      })
    })

    const authenticate = <E>(handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, CurrentSession>) =>
      Effect.matchEffect(currentSession, {
        onFailure: (problem) => Effect.succeed(problemResponse(problem)),
        onSuccess: (current) =>
          Effect.flatMap(CurrentRequest, (facts) =>
            handler.pipe(
              Effect.provideService(CurrentSession, current),
              Effect.provideService(AuditContext, auditOrigin(facts, { type: "account", id: current.account.id }))
            ))
      })

    return Authentication.of({ bearer: authenticate, cookie: authenticate })
  })
)
