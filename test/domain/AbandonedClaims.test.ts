import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { makeAbandonedClaims } from "../../src/domain/requests/AbandonedClaims.ts"
import { IdempotencyStore } from "../../src/ports/IdempotencyStore.ts"

/** Claims that last eight seconds, and the owners whose claims are released while the store isn't away. */
const observed = Effect.gen(function*() {
  const store = { isAway: false, released: Array<string>() }
  const release: IdempotencyStore["Service"]["release"] = ({ owner }) =>
    Effect.suspend(() => {
      if (store.isAway) return new StoreUnavailable()
      store.released.push(owner)
      return Effect.void
    })
  const claims = yield* Effect.provide(
    makeAbandonedClaims(Duration.seconds(8)),
    Layer.mock(IdempotencyStore, { release })
  )
  return { claims, store }
})

describe("claims that were given up", () => {
  it.effect("are remembered until they expire, each by itself, also of a key that is given up again and again", () =>
    Effect.gen(function*() {
      const { claims } = yield* observed
      for (const owner of ["one", "two", "three"]) {
        yield* claims.add("key", owner)
        yield* TestClock.adjust("3 seconds")
      }
      assert.deepStrictEqual(claims.ownersOf("key"), ["two", "three"])
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(claims.ownersOf("key"), [])
    }))

  it.effect("are 1,024 of one key, the newest", () =>
    Effect.gen(function*() {
      const { claims } = yield* observed
      const owners = Array.from({ length: 1_100 }, (_, index) => `owner ${index}`)
      for (const owner of owners) yield* claims.add("key", owner)
      assert.deepStrictEqual(claims.ownersOf("key"), owners.slice(-1_024))
    }))

  it.effect("are released once each when the store is back, if they haven't expired", () =>
    Effect.gen(function*() {
      const { claims, store } = yield* observed
      store.isAway = true
      yield* claims.add("key", "one")
      yield* TestClock.adjust("7 seconds")
      yield* claims.add("key", "two")
      yield* claims.add("other key", "three")
      yield* TestClock.adjust("2 seconds")
      store.isAway = false
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(store.released, ["two", "three"])
      assert.deepStrictEqual(claims.ownersOf("key"), ["two"])
      yield* claims.add("key", "four")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(store.released, ["two", "three", "four"])
    }))
})
