/** The problems that many endpoints share. */
import { asProblem } from "./ProblemForm.ts"
import {
  IdempotencyKeyReused,
  InternalError,
  MalformedRequest,
  PayloadTooLarge,
  RequestInProgress,
  RequestTimeout,
  Unavailable,
  UnsupportedMediaType,
  ValidationFailed
} from "./Problems.ts"

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

/** The problems of every endpoint that takes an idempotency key. */
export const idempotencyProblems = [RequestInProgress.pipe(asProblem), IdempotencyKeyReused.pipe(asProblem)] as const
