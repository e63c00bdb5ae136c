import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { GuessBudgets } from "../../../src/ports/GuessBudgets.ts"
import { Retention } from "../../../src/ports/Retention.ts"
import { aBudget, admitted, after, anAttempt, countAdmitted, pass, refusedUntil } from "../guess-budgets/attempts.ts"

export const budgetPruningPromises = (it: Vitest.MethodsNonLive<GuessBudgets | Retention>): void => {
  it.effect("what is not remembered any more is pruned in steps, and nothing else", () =>
    Effect.gen(function*() {
      const retention = yield* Retention
      const past = after("-30 days")
      while ((yield* retention.prune("guessBudgets", { asOf: after("1000 days"), limit: 100 })) > 0);
      const [counted, passed] = [aBudget(1, { recovery: "10 hours" }), aBudget(1, { onPass: "forget-all" })]
      for (let index = 0; index < 3; index++) yield* admitted(anAttempt(aBudget(1), { now: past }))
      yield* admitted(anAttempt(counted))
      yield* pass(anAttempt(passed))
      const pruned = []
      for (let step = 0; step < 3; step++) {
        pruned.push(yield* retention.prune("guessBudgets", { asOf: after("9 hours"), limit: 2 }))
      }
      assert.deepStrictEqual(pruned, [2, 2, 0])
      yield* refusedUntil(anAttempt(counted, { now: after("30 seconds") }))
      assert.strictEqual(yield* retention.prune("guessBudgets", { asOf: after("26 hours"), limit: 10 }), 1)
    }))

  it.effect("the outcome of an attempt whose budgets were pruned meanwhile changes nothing", () =>
    Effect.gen(function*() {
      const guessBudgets = yield* GuessBudgets
      const retention = yield* Retention
      const [origin, shared] = [aBudget(5), aBudget(2)]
      const attempt = anAttempt(origin, { others: [shared] })
      const [first, second] = [yield* admitted(attempt), yield* admitted(attempt)]
      const now = after("1 day")
      while ((yield* retention.prune("guessBudgets", { asOf: now, limit: 100 })) > 0);
      yield* guessBudgets.giveBack({ reservation: first, now })
      yield* guessBudgets.pass({ reservation: second, now })
      assert.strictEqual(yield* countAdmitted({ ...attempt, now }), 2)
    }))
}
