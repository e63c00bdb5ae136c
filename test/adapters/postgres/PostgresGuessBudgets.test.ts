import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { GuessBudgets } from "../../../src/ports/GuessBudgets.ts"
import { aBudget, anAttempt } from "../../contracts/guess-budgets/attempts.ts"
import { postgresStores } from "../../support/stores.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"
import { clientOf, execute } from "./TestClient.ts"

const isolationLevels = ["read committed", "repeatable read", "serializable"] as const

for (const isolation of isolationLevels) {
  it.effect(`[P5] 500 attempts on 2 instances at ${isolation} share one budget of 10 exactly`, () =>
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      yield* execute(target, `ALTER DATABASE ${target.database} SET default_transaction_isolation = '${isolation}'`)
      const guessBudgets = postgresStores.pipe(Layer.provide(clientOf(target)))
      const instances = yield* Effect.forEach(
        Array.from({ length: 2 }),
        () => Effect.map(Layer.build(Layer.fresh(guessBudgets)), Context.get(GuessBudgets))
      )
      const attempt = anAttempt(aBudget(10), { others: [aBudget(1000), aBudget(1000)] })
      const admissions = yield* Effect.forEach(
        Array.from({ length: 250 }, () => instances).flat(),
        (instance) => instance.reserve(attempt),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(admissions.filter(({ _tag }) => _tag === "Admitted").length, 10)
    }))
}
