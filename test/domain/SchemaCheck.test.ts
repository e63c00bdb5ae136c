import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { watchSchema } from "../../src/domain/upkeep/SchemaCheck.ts"
import { CommandName } from "../../src/kernel/CommandName.ts"
import { SchemaMigrator } from "../../src/ports/SchemaMigrator.ts"
import { StoreHealth } from "../../src/ports/StoreHealth.ts"
import type { StoreObstacle } from "../../src/ports/StoreHealth.ts"

/** What was logged, one text a line. */
const recordLog = () => {
  const lines: Array<string> = []
  const layer = Logger.layer([Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))])
  return { lines, layer }
}

describe("the watch on a database by URL", () => {
  it.effect("says what is in the way when that changes, and stops when nothing is", () => {
    const log = recordLog()
    const absent = Effect.succeed([{ id: 1, name: "create_accounts" }])
    const behind = Effect.succeed([{ id: 2, name: "create_sessions" }])
    const outage = Effect.fail(new StoreUnavailable({ addresses: "[::1]:5432, db:5432" }))
    const answers = [outage, outage, absent, behind, behind]
    let looks = 0
    const pending = Effect.suspend(() => answers[looks++] ?? Effect.succeed([]))
    const readOnly: ReadonlyArray<StoreObstacle> = [{ check: "writes", problem: "are refused." }]
    const obstacles = Effect.sync(() => looks === 6 ? readOnly : [])
    return Effect.gen(function*() {
      yield* watchSchema
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(looks, 7)
      const [unreachable, empty, outdated, unready, ready, ...more] = log.lines
      assert.include(unreachable, "The database at [::1]:5432, db:5432 can't be reached")
      assert.match(empty ?? "", /no tables.*`\.\/identity migrate`\. Until .* 503/)
      assert.match(outdated ?? "", /older.*`\.\/identity migrate`/)
      assert.include(unready, "writes are refused.")
      assert.include(ready, "ready")
      assert.deepStrictEqual(more, [])
    }).pipe(Effect.provide([
      Layer.mock(SchemaMigrator, { pending }),
      Layer.mock(StoreHealth, { obstacles }),
      Layer.succeed(CommandName, "./identity"),
      log.layer
    ]))
  })

  it.effect("ends the start when the database can never serve", () =>
    Effect.gen(function*() {
      const outcome = yield* Effect.flip(watchSchema)
      assert.deepStrictEqual(outcome.problems, ["has the encoding LATIN1."])
    }).pipe(Effect.provide([
      Layer.mock(SchemaMigrator, { pending: Effect.succeed([]) }),
      Layer.mock(StoreHealth, {
        obstacles: Effect.succeed([{ check: "database" as const, problem: "has the encoding LATIN1." }])
      })
    ])))
})
