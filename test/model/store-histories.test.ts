/**
 * [F16] The same random history on memory and on Postgres, side by side: every step must answer the same on both.
 *
 * IDENTITY_MODEL_STEPS and IDENTITY_MODEL_SEED say how many steps and which; a failure names the seed that replays it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Config, Effect, Layer } from "effect"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import { Directory } from "../../src/ports/Directory.ts"
import { IdempotencyStore } from "../../src/ports/IdempotencyStore.ts"
import { Retention } from "../../src/ports/Retention.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import type { Store } from "../../src/ports/Stores.ts"
import { hastyClient } from "../adapters/postgres/TestClient.ts"
import { memoryStores, postgresStores } from "../support/stores.ts"
import { history } from "./History.ts"
import { outcomeOf } from "./Step.ts"
import type { Stores } from "./Step.ts"

const STEPS_UNLESS_ASKED = 10_000

/** Histories that run at the same time, each on a database of its own: pruning goes by its history's own clock. */
const LANES = 8

/** The steps after which a history starts over with an empty memory and new accounts. */
const CHAPTER = 1_000

const postgres = Layer.provide(postgresStores, hastyClient)

const storesOf = Effect.gen(function*(): Effect.fn.Return<Stores, never, Directory | Retention | Store> {
  return {
    accounts: yield* AccountStore,
    sessions: yield* SessionStore,
    directory: yield* Directory,
    retention: yield* Retention,
    audit: yield* AuditLog,
    requests: yield* IdempotencyStore
  }
})

const chapter = Effect.fnUntraced(function*(seed: number, lane: number, steps: number) {
  const memory = yield* Layer.build(Layer.fresh(memoryStores))
  const [one, other] = [yield* Effect.provide(storesOf, memory), yield* storesOf]
  let taken = 0
  for (const step of history(seed, lane)) {
    const [expected, actual] = [yield* outcomeOf(step, one), yield* outcomeOf(step, other)]
    assert.strictEqual(actual, expected, `step ${taken} (${step.name}) of chapter ${lane}, seed ${seed}`)
    taken += 1
    if (taken === steps) return taken
  }
  return taken
}, Effect.scoped)

describe("random histories", () => {
  it.effect("[F16] memory and Postgres answer every step alike", () =>
    Effect.gen(function*() {
      const steps = yield* Config.Int("IDENTITY_MODEL_STEPS").pipe(Config.withDefault(STEPS_UNLESS_ASKED))
      const seed = yield* Config.Int("IDENTITY_MODEL_SEED").pipe(Config.withDefault(20_261_122))
      const chapters = Math.ceil(steps / CHAPTER)
      const lane = Effect.fnUntraced(function*(first: number) {
        let taken = 0
        for (let index = first; index < chapters; index += LANES) {
          taken += yield* chapter(seed, index, Math.min(CHAPTER, steps - index * CHAPTER))
        }
        return taken
      })
      const taken = yield* Effect.forEach(
        Array.from({ length: LANES }, (_, index) => index),
        (first) => Effect.provide(lane(first), postgres, { local: true }),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(taken.reduce((sum, count) => sum + count, 0), steps)
    }), { timeout: 3_600_000 })
})
