/** How endpoints declare their problems, and those that many endpoints share. */
import type { Schema } from "effect"
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

/** Problems with their media type. Endpoints declare their refusals through this. */
export const problems = <const Classes extends ReadonlyArray<Schema.Top>>(...classes: Classes) =>
  classes.map((Class: Classes[number]) => asProblem(Class))

/** The problems of every endpoint. */
export const generalProblems = problems(MalformedRequest, RequestTimeout, PayloadTooLarge, InternalError, Unavailable)

/** The problems of every endpoint that takes a body. */
export const bodyProblems = [...generalProblems, ...problems(UnsupportedMediaType, ValidationFailed)]

/** The problems of every endpoint that takes the current password of its caller. */
export const passwordProblems = [...bodyProblems, ...problems(InvalidCredentials, Overloaded), tooManyRequests]

/** The problems of every endpoint that takes the current password of its caller or an elevated session. */
export const confirmationProblems = [...passwordProblems, ...problems(ReauthenticationRequired)]

/** The problems of every endpoint that takes a body and an idempotency key. */
export const idempotencyProblems = [...bodyProblems, ...problems(RequestInProgress, IdempotencyKeyReused)]
