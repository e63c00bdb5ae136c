/**
 * Turns refusals into problems. Everything a caller is told about a refusal is decided here and in `api/Problems.ts`.
 */
import { Duration, Effect } from "effect"
import type { Array } from "effect"
import { HttpServerResponse } from "effect/http"
import type { HashingOverloaded, StoreUnavailable, TooManyAttempts } from "../../../domain/model/IdentityErrors.ts"
import { PROBLEM_MEDIA_TYPE } from "../api/ProblemForm.ts"
import type { ProblemClass } from "../api/ProblemForm.ts"
import { IdempotencyKeyReused, Overloaded, RequestInProgress, Unavailable, ValidationFailed } from "../api/Problems.ts"
import type { InvalidMember, Problem } from "../api/Problems.ts"
import { TooManyRequests } from "../api/TooManyRequests.ts"
import { CurrentRequest } from "./RequestContext.ts"

/** The address of the page about a kind of problem. */
export const problemType = (publicUrl: string, code: string): string => `${publicUrl}/problems/${code}`

/** Fails with a problem of that kind. Without a detail of its own it carries the explanation of its kind. */
export const refuse = <A>(Class: ProblemClass<A>, detail?: string): Effect.Effect<never, A> =>
  Effect.flatMap(CurrentRequest, (request) =>
    Effect.fail(
      new Class({
        type: problemType(request.publicUrl, Class.code),
        detail: detail ?? Class.explanation,
        request_id: request.id
      })
    ))

/** Fails with the list of everything that is wrong with the input. */
export const refuseInput = (
  errors: Array.NonEmptyReadonlyArray<typeof InvalidMember.Type>
): Effect.Effect<never, ValidationFailed> =>
  Effect.flatMap(CurrentRequest, (request) =>
    Effect.fail(
      new ValidationFailed({
        type: problemType(request.publicUrl, ValidationFailed.code),
        detail: ValidationFailed.explanation,
        request_id: request.id,
        errors
      })
    ))

/** For `Effect.catchTags`: how the service says that it can't answer now. */
export const storeOutage = { StoreUnavailable: () => refuse(Unavailable) }

/** The same where what the caller sent may be at fault, which no later attempt would mend. */
export const storeRefusal = {
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
export const hashingOutage = {
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
export const tooManyAttempts = {
  TooManyAttempts: ({ action, limit, retryAfter, scope, window }: TooManyAttempts) =>
    Effect.flatMap(CurrentRequest, (request) => {
      const policy = `"${action}-${scope}"`
      // Rounded up, so that a client that waits this long is not too early.
      const seconds = Math.ceil(Duration.toSeconds(retryAfter))
      return Effect.fail(
        new TooManyRequests({
          type: problemType(request.publicUrl, TooManyRequests.code),
          detail: TooManyRequests.explanation,
          request_id: request.id,
          headers: {
            "retry-after": String(seconds),
            "ratelimit-policy": `${policy};q=${limit};w=${Math.ceil(Duration.toSeconds(window))}`,
            ratelimit: `${policy};r=0;t=${seconds}`
          }
        })
      )
    })
}

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
