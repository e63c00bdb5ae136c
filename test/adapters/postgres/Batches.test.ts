import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { makeBatches } from "../../../src/adapters/postgres/connection/Batches.ts"
import type { Lend } from "../../../src/adapters/postgres/connection/Batches.ts"
import type { Connection } from "../../../src/adapters/postgres/connection/Connection.ts"
import { deadlineExceeded } from "../../../src/adapters/postgres/connection/StoreFailure.ts"

/**
 * A database that knows every key but `absent`, keeps what it was asked, and answers when told, or in the next turn.
 */
const database = (answering: Effect.Effect<void, ReturnType<typeof deadlineExceeded>> = Effect.yieldNow) => {
  const asked: Array<ReadonlyArray<unknown>> = []
  const lend: Lend = (work) =>
    work({
      query: () => Effect.never,
      queryValues: (_, parameters = []) => {
        const [keys] = parameters
        const wanted = Array.isArray(keys) ? keys : []
        asked.push(wanted)
        return Effect.as(
          answering,
          wanted.filter((key) => key !== "absent").map((key) => [key, `value of ${key}`])
        )
      }
    })
  return { asked, find: makeBatches(lend, { statementsMax: 2, send: lookUpAll }) }
}

const lookUpAll = (connection: Connection, keys: ReadonlyArray<string>) =>
  Effect.map(connection.queryValues("SELECT", [Array.from(new Set(keys))]), (rows) => {
    const found = new Map(rows.map(([key, value]) => [key, value]))
    return (key: string) => found.get(key)
  })

describe("batched requests", () => {
  it.effect("that arrive in the same turn share statements, and everybody gets their own row", () =>
    Effect.gen(function*() {
      const { asked, find: make } = database()
      const find = yield* make
      const keys = Array.from({ length: 1000 }, (_, index) => index % 10 === 0 ? "absent" : `key ${index}`)
      const rows = yield* Effect.forEach(keys, find, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        rows,
        keys.map((key) => key === "absent" ? undefined : `value of ${key}`)
      )
      assert.isAtMost(asked.length, 2)
      for (const batch of asked) assert.strictEqual(new Set(batch).size, batch.length)
    }))

  it.effect("that are many are shared out among the statements there may be, and few are not", () =>
    Effect.gen(function*() {
      const { asked, find: make } = database()
      const find = yield* make
      const askFor = (count: number) => {
        asked.length = 0
        const keys = Array.from({ length: count }, (_, index) => `key ${index}`)
        return Effect.as(Effect.forEach(keys, find, { concurrency: "unbounded" }), keys)
      }
      const many = yield* askFor(61)
      assert.deepStrictEqual(asked, [many.slice(0, 31), many.slice(31)])
      const few = yield* askFor(8)
      assert.deepStrictEqual(asked, [few])
    }))

  it.effect("that come alone are answered alone", () =>
    Effect.gen(function*() {
      const { asked, find: make } = database()
      const find = yield* make
      for (const key of ["a", "b"]) assert.strictEqual(yield* find(key), `value of ${key}`)
      assert.deepStrictEqual(asked, [["a"], ["b"]])
    }))

  it.effect("are sent after they were asked for: one that arrives during a statement is in a later one", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const { asked, find: make } = database(Deferred.await(gate))
      const find = yield* make
      const first = yield* Effect.forkChild(find("first"), { startImmediately: true })
      yield* Effect.yieldNow
      yield* Effect.yieldNow
      const second = yield* Effect.forkChild(find("second"), { startImmediately: true })
      yield* Effect.yieldNow
      yield* Effect.yieldNow
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual(yield* Fiber.join(first), "value of first")
      assert.strictEqual(yield* Fiber.join(second), "value of second")
      assert.deepStrictEqual(asked, [["first"], ["second"]])
    }))

  it.effect("of somebody who stopped waiting are not sent, and nobody else notices", () =>
    Effect.gen(function*() {
      const { asked, find: make } = database()
      const find = yield* make
      const gone = yield* Effect.forkChild(find("gone"), { startImmediately: true })
      const other = yield* Effect.forkChild(find("other"), { startImmediately: true })
      yield* Fiber.interrupt(gone)
      assert.strictEqual(yield* Fiber.join(other), "value of other")
      assert.isFalse(asked.flat().includes("gone"))
    }))

  it.effect("all fail with a statement that fails, sent or not, and work again afterwards", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      let failing = true
      const { asked, find: make } = database(
        Effect.andThen(
          Effect.suspend(() => failing ? Deferred.await(gate) : Effect.void),
          Effect.suspend(() => failing ? Effect.fail(deadlineExceeded()) : Effect.void)
        )
      )
      const find = yield* make
      const fibers = []
      for (const key of ["a", "b", "c", "d"]) {
        fibers.push(yield* Effect.forkChild(find(key), { startImmediately: true }))
        yield* Effect.yieldNow
        yield* Effect.yieldNow
      }
      // Two workers have sent what they took; the rest is still queued.
      assert.isBelow(asked.flat().length, 4)
      yield* Deferred.succeed(gate, undefined)
      const exits = yield* Effect.forEach(fibers, Fiber.await)
      assert.isTrue(exits.every(Exit.isFailure))
      failing = false
      assert.strictEqual(yield* find("e"), "value of e")
    }))
})
