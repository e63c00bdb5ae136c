/** The problems that many endpoints share. */
import { asProblem } from "./ProblemForm.ts"
import {
  IdempotencyKeyReused,
  InternalError,
  InvalidCredentials,
  MalformedRequest,
  Overloaded,
  PayloadTooLarge,
  ReauthenticationRequired,
  RequestInProgress,
  RequestTimeout,
  Unavailable,
  UnsupportedMediaType,
  ValidationFailed
} from "./Problems.ts"
import { tooManyRequests } from "./TooManyRequests.ts"

/** The problems of every endpoint. */
export const generalProblems = [
  MalformedRequest.pipe(asProblem),
  RequestTimeout.pipe(asProblem),
  PayloadTooLarge.pipe(asProblem),
  InternalError.pipe(asProblem),
  Unavailable.pipe(asProblem)
] as const

/** The problems of every endpoint that takes a body. */
export const bodyProblems = [UnsupportedMediaType.pipe(asProblem), ValidationFailed.pipe(asProblem)] as const

/** The problems of every endpoint that takes the current password of its caller. */
export const passwordProblems = [
  InvalidCredentials.pipe(asProblem),
  tooManyRequests,
  Overloaded.pipe(asProblem)
] as const

/** The problems of every endpoint that takes the current password of its caller or an elevated session. */
export const confirmationProblems = [...passwordProblems, ReauthenticationRequired.pipe(asProblem)] as const

/** The problems of every endpoint that takes an idempotency key. */
export const idempotencyProblems = [RequestInProgress.pipe(asProblem), IdempotencyKeyReused.pipe(asProblem)] as const
