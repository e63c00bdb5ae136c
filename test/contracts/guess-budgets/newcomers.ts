import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { GuessBudgets } from "../../../src/ports/GuessBudgets.ts"
import type { AttemptRequest } from "../../../src/ports/GuessBudgets.ts"
import { aSessionId } from "../../support/builders.ts"
import { aBudget, admitted, after, anAttempt, countAdmitted, refusedUntil, reserve, sharedBy } from "./attempts.ts"

/** A budget in two parts. Attempts have only this budget in common. */
const makeShared = (open: number, kept: number) => {
  const parts = { open: aBudget(open), kept: aBudget(kept) }
  const by = (newcomer: string | undefined, now = after(0)): AttemptRequest =>
    anAttempt(aBudget(1000), { now, shared: newcomer === undefined ? parts : sharedBy(parts, newcomer) })
  return { ...parts, by, bySomebodyNew: () => by(`newcomer ${aSessionId()}`) }
}

export const newcomerPromises = (it: Vitest.MethodsNonLive<GuessBudgets>): void => {
  it.effect("one who goes on gets what is open and nothing of what is kept", () =>
    Effect.gen(function*() {
      const { by, kept } = makeShared(5, 5)
      assert.strictEqual(yield* countAdmitted(by(aSessionId())), 5)
      assert.strictEqual(yield* countAdmitted(anAttempt(kept)), 5)
    }))

  it.effect("newcomers use what is open first, then what is kept, and are refused by that when both are used up", () =>
    Effect.gen(function*() {
      const { bySomebodyNew, kept } = makeShared(3, 2)
      for (let index = 0; index < 5; index++) yield* admitted(bySomebodyNew())
      assert.deepStrictEqual(yield* reserve(bySomebodyNew()), {
        _tag: "Refused",
        budget: kept.key,
        retryAt: after("1 minute")
      })
    }))

  it.effect("one whose attempt was counted within the time is no newcomer, whichever part it used", () =>
    Effect.gen(function*() {
      const { by, bySomebodyNew, open } = makeShared(1, 5)
      const [early, late] = [aSessionId(), aSessionId()]
      yield* admitted(by(early))
      yield* admitted(by(late))
      const until = Duration.minutes(1)
      for (const one of [early, late]) assert.deepStrictEqual(yield* refusedUntil(by(one)), after(until))
      assert.strictEqual((yield* reserve(by(late)))._tag, "Refused")
      yield* admitted(bySomebodyNew())
      // The open part, which has recovered a little meanwhile, is used up again.
      const almost = after("3599 seconds")
      yield* countAdmitted(anAttempt(open, { now: almost }))
      assert.strictEqual((yield* reserve(by(late, almost)))._tag, "Refused")
      yield* countAdmitted(anAttempt(open, { now: after("1 hour") }))
      yield* admitted(by(late, after("1 hour")))
    }))

  it.effect("each counted attempt begins the time anew, and a refused one does not", () =>
    Effect.gen(function*() {
      const { by, open } = makeShared(2, 5)
      const [one, other] = [aSessionId(), aSessionId()]
      yield* admitted(by(one))
      yield* admitted(by(other))
      yield* countAdmitted(anAttempt(open, { now: after("30 minutes") }))
      assert.strictEqual((yield* reserve(by(other, after("30 minutes"))))._tag, "Refused")
      yield* admitted(by(one, after("40 minutes")))
      yield* countAdmitted(anAttempt(open, { now: after("61 minutes") }))
      assert.strictEqual((yield* reserve(by(one, after("61 minutes"))))._tag, "Refused")
      yield* admitted(by(other, after("61 minutes")))
    }))

  it.effect("nobody is a newcomer of whom nothing is known", () =>
    Effect.gen(function*() {
      const { by, kept } = makeShared(4, 4)
      assert.strictEqual(yield* countAdmitted(by(undefined)), 4)
      assert.strictEqual(yield* countAdmitted(anAttempt(kept)), 4)
    }))

  it.effect("an attempt that another budget refuses is counted against neither part, and its sender stays new", () =>
    Effect.gen(function*() {
      const { by, open } = makeShared(3, 1)
      const [full, one] = [aBudget(1), aSessionId()]
      yield* admitted(anAttempt(full))
      yield* refusedUntil({ ...by(one), budgets: [full] })
      assert.strictEqual(yield* countAdmitted(anAttempt(open)), 3)
      yield* admitted(by(one))
    }))

  it.effect("who gives an attempt back is as new as before, and has what is kept again", () =>
    Effect.gen(function*() {
      const guessBudgets = yield* GuessBudgets
      const { by, open } = makeShared(1, 1)
      const one = aSessionId()
      yield* admitted(anAttempt(open))
      const reservation = yield* admitted(by(one))
      yield* guessBudgets.giveBack({ reservation, now: after(0) })
      yield* admitted(by(one))
    }))

  it.effect("one who passed is no newcomer, and what was used is free again", () =>
    Effect.gen(function*() {
      const guessBudgets = yield* GuessBudgets
      const { by, bySomebodyNew, open } = makeShared(1, 1)
      const one = aSessionId()
      yield* admitted(anAttempt(open))
      yield* guessBudgets.pass({ reservation: yield* admitted(by(one)), now: after(0) })
      yield* refusedUntil(by(one))
      yield* admitted(bySomebodyNew())
    }))
}
