/** Budgets and attempts with defaults, so that a test names only what it is about. */
import { assert } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import { AttemptThrottle } from "../../../src/ports/AttemptThrottle.ts"
import type { AttemptBudget, AttemptRequest } from "../../../src/ports/AttemptThrottle.ts"
import { aSessionId, START } from "../../support/builders.ts"

export const after = (duration: Duration.Input): DateTime.Utc => DateTime.addDuration(START, duration)

export const aBudget = (
  burst: number,
  fields: { readonly key?: string; readonly delay?: Duration.Input; readonly recovery?: Duration.Input } = {}
): AttemptBudget => ({
  key: fields.key ?? `budget of ${aSessionId()}`,
  burst,
  delay: Duration.fromInputUnsafe(fields.delay ?? "1 minute"),
  recovery: Duration.fromInputUnsafe(fields.recovery ?? "1 hour")
})

export const anAttempt = (origin: AttemptBudget, fields: Partial<AttemptRequest> = {}): AttemptRequest => ({
  now: START,
  origin,
  known: [],
  unknown: [],
  ...fields
})

export const reserve = (request: AttemptRequest) =>
  Effect.flatMap(AttemptThrottle, (throttle) => throttle.reserve(request))

/** The reservation of an attempt that must be admitted. */
export const admitted = Effect.fnUntraced(function*(request: AttemptRequest) {
  const admission = yield* reserve(request)
  if (admission._tag === "Refused") return assert.fail(`refused by ${admission.budget}`)
  return admission.reservation
})

/** When an attempt that must be refused may be repeated. */
export const refusedUntil = Effect.fnUntraced(function*(request: AttemptRequest) {
  const admission = yield* reserve(request)
  if (admission._tag === "Admitted") return assert.fail("admitted")
  return admission.retryAt
})

/** How many attempts are admitted one after the other before the first refusal. */
export const countAdmitted = Effect.fnUntraced(function*(request: AttemptRequest) {
  let count = 0
  while ((yield* reserve(request))._tag === "Admitted") count += 1
  return count
})

/** The attempt passed and its origin is known for a day. */
export const pass = Effect.fnUntraced(function*(request: AttemptRequest) {
  const throttle = yield* AttemptThrottle
  const reservation = yield* admitted(request)
  yield* throttle.pass({ reservation, now: request.now, knownUntil: DateTime.addDuration(request.now, "1 day") })
})
