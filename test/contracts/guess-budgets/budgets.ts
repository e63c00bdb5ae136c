import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import type { GuessBudgets } from "../../../src/ports/GuessBudgets.ts"
import type { GuessBudget } from "../../../src/ports/GuessBudgets.ts"
import { aSessionId, START } from "../../support/builders.ts"
import { aBudget, admitted, after, anAttempt, countAdmitted, refusedUntil, reserve } from "./attempts.ts"

/** The seconds to wait after each of a number of attempts, each made as soon as it is admitted. */
const waits = Effect.fnUntraced(function*(origin: GuessBudget, attempts: number) {
  const seconds = []
  let now = START
  for (let attempt = 0; attempt < attempts; attempt++) {
    yield* admitted(anAttempt(origin, { now }))
    const retryAt = yield* refusedUntil(anAttempt(origin, { now }))
    seconds.push(Duration.toSeconds(DateTime.distance(now, retryAt)))
    now = retryAt
  }
  return seconds
})

export const budgetPromises = (it: Vitest.MethodsNonLive<GuessBudgets>): void => {
  it.effect("attempts are admitted until a budget is used up; then the store says when to come back", () =>
    Effect.gen(function*() {
      const attempt = anAttempt(aBudget(3, { delay: "90 seconds" }))
      assert.strictEqual(yield* countAdmitted(attempt), 3)
      assert.deepStrictEqual(yield* refusedUntil(attempt), after("90 seconds"))
    }))

  it.effect("a refused attempt does not prolong the wait", () =>
    Effect.gen(function*() {
      const origin = aBudget(1)
      yield* admitted(anAttempt(origin))
      for (const seconds of [1, 30, 59]) {
        assert.deepStrictEqual(
          yield* refusedUntil(anAttempt(origin, { now: after(Duration.seconds(seconds)) })),
          after("1 minute")
        )
      }
      yield* admitted(anAttempt(origin, { now: after("1 minute") }))
    }))

  it.effect("[ASVS 6.3.1] [N3.2.2] from then on each wait is twice the last", () =>
    Effect.gen(function*() {
      const origin = aBudget(2, { delay: "1 second", recovery: "1 hour" })
      yield* admitted(anAttempt(origin))
      assert.deepStrictEqual(yield* waits(origin, 9), [1, 2, 4, 8, 16, 32, 64, 128, 256])
    }))

  it.effect("no wait is longer than the recovery", () =>
    Effect.gen(function*() {
      const origin = aBudget(1, { delay: "40 seconds", recovery: "1 minute" })
      assert.deepStrictEqual(yield* waits(origin, 4), [40, 60, 60, 60])
    }))

  it.effect("one attempt is forgotten every recovery, and no more", () =>
    Effect.gen(function*() {
      const origin = aBudget(3, { delay: "1 hour", recovery: "1 hour" })
      assert.strictEqual(yield* countAdmitted(anAttempt(origin)), 3)
      assert.strictEqual(yield* countAdmitted(anAttempt(origin, { now: after("119 minutes") })), 1)
      assert.strictEqual(yield* countAdmitted(anAttempt(origin, { now: after("10 hours") })), 3)
    }))

  it.effect("guessing at every chance gets the burst, the doublings, and one attempt every recovery", () =>
    Effect.gen(function*() {
      const origin = aBudget(5, { delay: "1 second", recovery: "10 minutes" })
      let attempts = 0
      for (let seconds = 0; seconds < 24 * 3600; seconds += 60) {
        attempts += yield* countAdmitted(anAttempt(origin, { now: after(Duration.seconds(seconds)) }))
      }
      assert.isAtMost(attempts, 5 + Math.ceil(Math.log2(600)) + 24 * 6)
    }))

  it.effect("every attempt counts against all of its budgets, or none if one of them refuses", () =>
    Effect.gen(function*() {
      const [origin, shared] = [aBudget(5), aBudget(2)]
      const attempt = anAttempt(origin, { others: [shared] })
      assert.strictEqual(yield* countAdmitted(attempt), 2)
      assert.strictEqual(yield* countAdmitted(anAttempt(aBudget(5), { others: [shared] })), 0)
      assert.strictEqual(yield* countAdmitted(anAttempt(origin)), 3)
    }))

  it.effect("the budget that admits last is named, and the ones an attempt uses up", () =>
    Effect.gen(function*() {
      const [quick, slow] = [aBudget(1, { delay: "1 minute" }), aBudget(1, { delay: "1 hour" })]
      const roomy = aBudget(2)
      const attempt = anAttempt(quick, { others: [slow, roomy] })
      const first = yield* reserve(attempt)
      assert.sameMembers(first._tag === "Admitted" ? [...first.usedUp] : [], [quick.key, slow.key])
      assert.deepStrictEqual(yield* reserve(attempt), { _tag: "Refused", budget: slow.key, retryAt: after("1 hour") })
    }))

  it.effect("limits may change from one attempt to the next", () =>
    Effect.gen(function*() {
      const key = aSessionId()
      assert.strictEqual(yield* countAdmitted(anAttempt(aBudget(2, { key }))), 2)
      assert.strictEqual(yield* countAdmitted(anAttempt(aBudget(5, { key }))), 3)
    }))
}
