import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { durabilityCheck, schemaWatch } from "../../bin/upkeep.ts"
import { PostgresClient } from "../../src/adapters/postgres/connection/PostgresClient.ts"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { SchemaMigrator } from "../../src/ports/SchemaMigrator.ts"
import { StoreHealth } from "../../src/ports/StoreHealth.ts"
import type { StoreObstacle } from "../../src/ports/StoreHealth.ts"

/** What was logged, one text a line. */
const recordLog = () => {
  const lines: Array<string> = []
  const layer = Logger.layer([Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))])
  return { lines, layer }
}

describe("the durability check", () => {
  it.effect("warns as soon as the database can be asked", () => {
    const log = recordLog()
    let looks = 0
    const read: PostgresClient["Service"]["read"] = (_, work) =>
      Effect.suspend(() => (looks += 1) < 3 ? Effect.fail(new StoreUnavailable()) : Effect.orDie(work({ query })))
    const query = () =>
      Effect.succeed({ fields: [], rows: [{ name: "fsync" }], rowCount: 1, command: "SELECT", oid: 0 })
    return Effect.gen(function*() {
      yield* Layer.build(durabilityCheck)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(log.lines, [])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(log.lines, ["Postgres may lose what it has acknowledged: a setting is off"])
    }).pipe(Effect.provide([Layer.mock(PostgresClient, { read }), log.layer]))
  })
})

describe("the watch on a database by URL", () => {
  it.effect("says what is in the way when that changes, and stops when nothing is", () => {
    const log = recordLog()
    const behind = Effect.succeed([{ id: 1, name: "create_accounts" }])
    const answers = [Effect.fail(new StoreUnavailable()), Effect.fail(new StoreUnavailable()), behind, behind]
    let looks = 0
    const pending = Effect.suspend(() => answers[looks++] ?? Effect.succeed([]))
    const readOnly: ReadonlyArray<StoreObstacle> = [{ check: "writes", problem: "are refused." }]
    const obstacles = Effect.sync(() => looks === 5 ? readOnly : [])
    return Effect.gen(function*() {
      yield* Layer.build(schemaWatch)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(looks, 6)
      const [unreachable, outdated, unready, ready, ...more] = log.lines
      assert.include(unreachable, "can't be reached")
      assert.include(outdated, "identity migrate")
      assert.include(unready, "writes are refused.")
      assert.include(ready, "ready")
      assert.deepStrictEqual(more, [])
    }).pipe(Effect.provide([
      Layer.mock(SchemaMigrator, { pending }),
      Layer.succeed(StoreHealth, { obstacles }),
      log.layer
    ]))
  })

  it.effect("ends the start when the database can never serve", () =>
    Effect.gen(function*() {
      const outcome = yield* Effect.flip(Layer.build(schemaWatch))
      assert.deepStrictEqual(outcome.problems, ["has the encoding LATIN1."])
    }).pipe(Effect.provide([
      Layer.mock(SchemaMigrator, { pending: Effect.succeed([]) }),
      Layer.succeed(StoreHealth, {
        obstacles: Effect.succeed([{ check: "database" as const, problem: "has the encoding LATIN1." }])
      })
    ])))
})
