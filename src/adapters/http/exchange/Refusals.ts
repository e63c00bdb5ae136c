/**
 * Turns refusals into problems. Everything a caller is told about a refusal is decided here and in `api/Problems.ts`.
 */
import { Duration, Effect } from "effect"
import type { Array } from "effect"
import { HttpServerResponse } from "effect/http"
import type { HashingOverloaded, StoreUnavailable, TooManyAttempts } from "../../../domain/model/IdentityErrors.ts"
import { PROBLEM_MEDIA_TYPE } from "../api/ProblemForm.ts"
import type { Occurrence, ProblemClass, ProblemKind } from "../api/ProblemForm.ts"
import { IdempotencyKeyReused, Overloaded, RequestInProgress, Unavailable, ValidationFailed } from "../api/Problems.ts"
import type { InvalidMember, Problem } from "../api/Problems.ts"
import { TooManyRequests } from "../api/TooManyRequests.ts"
import { CurrentRequest } from "./RequestContext.ts"
import type { RequestContext } from "./RequestContext.ts"

/** The address of the page about a kind of problem. */
export const problemType = (publicUrl: string, code: string): string => `${publicUrl}/problems/${code}`

/** What a problem of a kind says of the request it answers, with the explanation of its kind. */
export const occurrence = ({ id, publicUrl }: RequestContext, { code, explanation }: ProblemKind): Occurrence => ({
  type: problemType(publicUrl, code),
  detail: explanation,
  request_id: id
})

/** Fails with a problem of that kind. Without a detail of its own it carries the explanation of its kind. */
export const refuse = <A>(Class: ProblemClass<A>, detail = Class.explanation): Effect.Effect<never, A> =>
  Effect.flatMap(CurrentRequest, (request) => Effect.fail(new Class({ ...occurrence(request, Class), detail })))

/** Fails with the list of everything that is wrong with the input. */
export const refuseInput = (
  errors: Array.NonEmptyReadonlyArray<typeof InvalidMember.Type>
): Effect.Effect<never, ValidationFailed> =>
  Effect.flatMap(
    CurrentRequest,
    (request) => Effect.fail(new ValidationFailed({ ...occurrence(request, ValidationFailed), errors }))
  )

/** For `Effect.catchTags`: how the service says that it can't answer now. */
export const storeOutage = { StoreUnavailable: () => refuse(Unavailable) }

/** The same where what the caller sent may be at fault, which no later attempt would mend. */
const storeRefusal = {
  StoreUnavailable: ({ reason }: StoreUnavailable) =>
    Effect.suspend((): Effect.Effect<never, Unavailable | ValidationFailed> =>
      reason === "text-not-storable"
        ? refuseInput([{ pointer: "", detail: "holds a character that can't be stored" }])
        : refuse(Unavailable)
    )
}

/**
 * For `Effect.catchTags`: how the service says that too many passwords are waiting, and for about how long. A response
 * and no failure, because of two problems with one status none may declare headers of its own.
 */
const hashingOutage = {
  HashingOverloaded: ({ retryAfter }: HashingOverloaded) =>
    Effect.map(Effect.flip(refuse(Overloaded)), (problem) =>
      HttpServerResponse.setHeader(
        problemResponse(problem),
        "retry-after",
        String(Math.max(1, Math.ceil(Duration.toSeconds(retryAfter))))
      ))
}

/** For `Effect.catchTags`: how a request with an idempotency key is told apart from the first one. */
export const idempotencyConflicts = {
  RequestInProgress: () => refuse(RequestInProgress),
  IdempotencyKeyReused: () => refuse(IdempotencyKeyReused)
}

/**
 * For `Effect.catchTags`: how the next attempt is put off. How much is left is shown only when it is nothing, because
 * it would say what others did.
 */
const tooManyAttempts = {
  TooManyAttempts: ({ action, limit, retryAfter, scope, window }: TooManyAttempts) =>
    Effect.flatMap(CurrentRequest, (request) => {
      const policy = `"${action}-${scope}"`
      // Rounded up, so that a client that waits this long is not too early.
      const seconds = Math.ceil(Duration.toSeconds(retryAfter))
      return Effect.fail(
        new TooManyRequests({
          ...occurrence(request, TooManyRequests),
          headers: {
            "retry-after": String(seconds),
            "ratelimit-policy": `${policy};q=${limit};w=${Math.ceil(Duration.toSeconds(window))}`,
            ratelimit: `${policy};r=0;t=${seconds}`
          }
        })
      )
    })
}

/** For `Effect.catchTags`: what every endpoint may meet that takes a password. */
export const passwordRefusals = { ...storeRefusal, ...hashingOutage, ...tooManyAttempts }

/** What of a problem is shown. Members are named one by one, so that nothing else ever is. */
export const problemMembers = (problem: Problem) => ({
  type: problem.type,
  title: problem.title,
  status: problem.status,
  detail: problem.detail,
  code: problem.code,
  request_id: problem.request_id,
  ...("errors" in problem ? { errors: problem.errors } : {})
})

export const problemResponse = (problem: Problem): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(problemMembers(problem), { status: problem.status, contentType: PROBLEM_MEDIA_TYPE })
