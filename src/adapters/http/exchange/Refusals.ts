/**
 * Turns refusals into problems. This file and `api/Problems.ts` decide everything a caller learns about a refusal.
 */
import { Array, Duration, Effect, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import type { ApiKeyScope } from "../../../domain/model/ApiKey.ts"
import type {
  HashingOverloaded,
  PasswordRejected,
  SecondFactorRequired as SecondFactorDemand,
  StoreUnavailable,
  TooManyAttempts
} from "../../../domain/model/IdentityErrors.ts"
import { explainRefusal } from "../../../domain/model/Password.ts"
import { PendingSignIn, SecondFactorRequired } from "../api/FactorProblems.ts"
import { PROBLEM_MEDIA_TYPE } from "../api/ProblemForm.ts"
import type { Occurrence, ProblemClass, ProblemKind } from "../api/ProblemForm.ts"
import {
  ChallengeOver,
  IdempotencyKeyReused,
  InvalidCode,
  InvalidCredentials,
  NotFound,
  Overloaded,
  ReauthenticationRequired,
  RequestInProgress,
  ScopeMissing,
  SessionRequired,
  Unavailable,
  ValidationFailed
} from "../api/Problems.ts"
import type { InvalidMember, Problem } from "../api/Problems.ts"
import { TooManyRequests } from "../api/TooManyRequests.ts"
import { CurrentRequest } from "./RequestContext.ts"
import type { RequestContext } from "./RequestContext.ts"

/** The address of the page about a kind of problem. */
export const problemType = (publicUrl: string, code: string): string => `${publicUrl}/problems/${code}`

/** The members of a problem that depend on the request, with the explanation of the problem's kind as its detail. */
const occurrence = ({ id, publicUrl }: RequestContext, { code, explanation }: ProblemKind): Occurrence => ({
  type: problemType(publicUrl, code),
  detail: explanation,
  request_id: id
})

/** Fails with a problem of that class. The detail is the explanation of its kind unless one is given. */
export const refuse = <A>(Class: ProblemClass<A>, detail = Class.explanation): Effect.Effect<never, A> =>
  Effect.flatMap(CurrentRequest, (request) => Effect.fail(new Class({ ...occurrence(request, Class), detail })))

/** The same for problems that have members of their own. */
const refuseWith = <A, Members extends object>(
  Class: ProblemClass<A, Members>,
  members: Members
): Effect.Effect<never, A> =>
  Effect.flatMap(CurrentRequest, (request) => Effect.fail(new Class({ ...occurrence(request, Class), ...members })))

/** A problem as a response with a header, because an endpoint's problems of one status can't declare different ones. */
const answerWith = (Class: ProblemClass<Problem>, header: string, value: string, detail?: string) =>
  Effect.map(
    Effect.flip(refuse(Class, detail)),
    (problem) => HttpServerResponse.setHeader(problemResponse(problem), header, value)
  )

/** For what the operator has turned off: the detail says so of `features`, a plural. */
export const turnedOff = (features: string) => ({
  TurnedOff: () => refuse(NotFound, `${features} are turned off here.`)
})

/** Fails with everything that is wrong with the input. */
export const refuseInput = (errors: Array.NonEmptyReadonlyArray<typeof InvalidMember.Type>) =>
  refuseWith(ValidationFailed, { errors })

/** For `Effect.catchTags`: the new password at a place of the body is refused. */
export const newPasswordRefusal = (pointer: string) => ({
  PasswordRejected: ({ refusals }: PasswordRejected) =>
    refuseInput(Array.map(refusals, (refusal) => ({ pointer, detail: explainRefusal(refusal, "your") })))
})

/** Refuses a key without these scopes. The detail names all, and `scope` the first. */
export const missingScope = (scope: ApiKeyScope, ...others: ReadonlyArray<ApiKeyScope>) =>
  refuseWith(ScopeMissing, {
    detail: `The API key needs ${[scope, ...others].map((it) => `the scope \`${it}\``).join(" and ")}.`,
    scope
  })

/** For `Effect.catchTags`: the cursor is of another list. */
export const invalidCursor = {
  InvalidCursor: () => refuseInput([{ pointer: "/after", detail: "must be the `next` of a page of this list" }])
}

/** For `Effect.catchTags`: the service can't answer now. */
export const storeOutage = { StoreUnavailable: () => refuse(Unavailable) }

/** The same for operations that a text at a place of the input can make fail. Sending it again wouldn't help. */
export const storeRefusalAt = (pointer: string) => ({
  StoreUnavailable: ({ reason }: StoreUnavailable) =>
    Effect.suspend((): Effect.Effect<never, Unavailable | ValidationFailed> =>
      reason === "text-not-storable"
        ? refuseInput([{ pointer, detail: "holds a character that can't be stored" }])
        : refuse(Unavailable)
    )
})

/** The same where it can be any of several texts. */
export const storeRefusal = storeRefusalAt("")

/** For `Effect.catchTags`: too many passwords are waiting to be hashed, and `Retry-After` says for about how long. */
export const hashingOutage = {
  HashingOverloaded: ({ retryAfter }: HashingOverloaded) =>
    answerWith(Overloaded, "retry-after", String(Math.max(1, Math.ceil(Duration.toSeconds(retryAfter)))))
}

/** For `Effect.catchTags`: the first request with this idempotency key is still running, or was another request. */
export const idempotencyConflicts = {
  RequestInProgress: () => refuse(RequestInProgress),
  IdempotencyKeyReused: () => refuse(IdempotencyKeyReused)
}

/**
 * For `Effect.catchTags`: the caller has to wait before the next attempt. The remaining budget is sent only when it is
 * zero, because otherwise it would reveal what others did.
 */
export const tooManyAttempts = {
  TooManyAttempts: ({ action, limit, retryAfter, scope, window }: TooManyAttempts) => {
    const policy = `"${action}-${scope}"`
    // Rounded up, so that a client that waits this long doesn't come too early.
    const seconds = Math.ceil(Duration.toSeconds(retryAfter))
    return refuseWith(TooManyRequests, {
      headers: {
        "retry-after": String(seconds),
        "ratelimit-policy": `${policy};q=${limit};w=${Math.ceil(Duration.toSeconds(window))}`,
        ratelimit: `${policy};r=0;t=${seconds}`
      }
    })
  }
}

/** For `Effect.catchTags`: what was proved is right, and the account has a second factor. */
export const secondFactor = {
  SecondFactorRequired: ({ expiresAt, factors, id, passkeyOptions }: SecondFactorDemand) =>
    refuseWith(SecondFactorRequired, {
      sign_in: { id, factors, expires_at: expiresAt, ...(passkeyOptions && { passkey_options: passkeyOptions }) }
    })
}

/** For `Effect.catchTags`: the answer to a challenge is wrong, or comes too late. */
export const answerRefusals = { InvalidCode: () => refuse(InvalidCode), ChallengeOver: () => refuse(ChallengeOver) }

/** For `Effect.catchTags`: the refusals of every endpoint that takes a password. */
export const passwordRefusals = { ...storeRefusal, ...hashingOutage, ...tooManyAttempts }

/** The session isn't elevated. RFC 9470 says so in `WWW-Authenticate`. */
const reauthenticationWith = (detail: string) => ({
  ReauthenticationRequired: ({ lifetime }: { readonly lifetime: Duration.Duration }) => {
    const challenge = stepUp("Prove again who you are", `max_age="${Math.ceil(Duration.toSeconds(lifetime))}"`)
    return answerWith(ReauthenticationRequired, "www-authenticate", challenge, detail)
  }
})

/** For `Effect.catchTags`: the refusal of every endpoint that takes an elevated session, and no password. */
export const reauthentication = reauthenticationWith("Elevate the session first: `POST /sessions/me/elevation`.")

/** For `Effect.catchTags`: the refusals of every endpoint that takes a password or an elevated session. */
export const confirmationRefusals = {
  ...passwordRefusals,
  ...reauthenticationWith(
    "Elevate the session first: `POST /sessions/me/elevation`. An account without a second factor may send " +
      "`current_password` with the request instead."
  ),
  InvalidCredentials: () => refuse(InvalidCredentials),
  SessionRequired: () => refuse(SessionRequired)
}

/** The challenge of RFC 9470 for a session that is not enough. */
export const stepUp = (description: string, wanted: string): string =>
  `Bearer error="insufficient_user_authentication", error_description="${description}", ${wanted}`

const encodeSignIn = Schema.encodeSync(PendingSignIn)

/** The members of a problem that are sent. They are listed one by one so that no other member ever leaks. */
export const problemMembers = (problem: Problem) => ({
  type: problem.type,
  title: problem.title,
  status: problem.status,
  detail: problem.detail,
  code: problem.code,
  request_id: problem.request_id,
  ...("errors" in problem ? { errors: problem.errors } : {}),
  ...("scope" in problem ? { scope: problem.scope } : {}),
  ...("sign_in" in problem && problem.sign_in !== undefined ? { sign_in: encodeSignIn(problem.sign_in) } : {})
})

export const problemResponse = (problem: Problem): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(problemMembers(problem), { status: problem.status, contentType: PROBLEM_MEDIA_TYPE })
