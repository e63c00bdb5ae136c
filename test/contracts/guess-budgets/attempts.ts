/** Budgets and attempts with defaults, so that each test names only what it is about. */
import { assert } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import { GuessBudgets } from "../../../src/ports/GuessBudgets.ts"
import type { AttemptRequest, GuessBudget, SharedBudget } from "../../../src/ports/GuessBudgets.ts"
import { aSessionId, START } from "../../support/builders.ts"

export const after = (duration: Duration.Input): DateTime.Utc => DateTime.addDuration(START, duration)

export const aBudget = (
  burst: number,
  fields: {
    readonly key?: string
    readonly delay?: Duration.Input
    readonly recovery?: Duration.Input
    readonly onPass?: GuessBudget["onPass"]
  } = {}
): GuessBudget => ({
  key: fields.key ?? `budget of ${aSessionId()}`,
  burst,
  delay: Duration.fromInputUnsafe(fields.delay ?? "1 minute"),
  recovery: Duration.fromInputUnsafe(fields.recovery ?? "1 hour"),
  onPass: fields.onPass ?? "forget-one"
})

export const anAttempt = (
  budget: GuessBudget,
  fields: {
    readonly now?: DateTime.Utc
    readonly others?: ReadonlyArray<GuessBudget>
    readonly shared?: SharedBudget
  } = {}
): AttemptRequest => ({
  now: fields.now ?? START,
  budgets: [budget, ...(fields.others ?? [])],
  shared: fields.shared
})

/** A budget in two parts, for a caller who counts as a newcomer again an hour after their last attempt. */
export const sharedBy = (
  parts: Pick<SharedBudget, "kept" | "open">,
  newcomer: string | undefined = `newcomer ${aSessionId()}`
): SharedBudget => ({ ...parts, from: { key: newcomer, quiet: Duration.hours(1) } })

export const reserve = (request: AttemptRequest) =>
  Effect.flatMap(GuessBudgets, (guessBudgets) => guessBudgets.reserve(request))

/** The reservation of an attempt that must be admitted. */
export const admitted = Effect.fnUntraced(function*(request: AttemptRequest) {
  const admission = yield* reserve(request)
  if (admission._tag === "Refused") return assert.fail(`refused by ${admission.budget}`)
  return admission.reservation
})

/** The instant from which an attempt that must be refused may be repeated. */
export const refusedUntil = Effect.fnUntraced(function*(request: AttemptRequest) {
  const admission = yield* reserve(request)
  if (admission._tag === "Admitted") return assert.fail("admitted")
  return admission.retryAt
})

/** How many attempts are admitted in a row before the first refusal. */
export const countAdmitted = Effect.fnUntraced(function*(request: AttemptRequest) {
  let count = 0
  while ((yield* reserve(request))._tag === "Admitted") count += 1
  return count
})

export const pass = Effect.fnUntraced(function*(request: AttemptRequest) {
  const guessBudgets = yield* GuessBudgets
  yield* guessBudgets.pass({ reservation: yield* admitted(request), now: request.now })
})
