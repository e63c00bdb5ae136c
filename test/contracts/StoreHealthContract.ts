/**
 * The contract of `StoreHealth`. `current` reports on a complete store, `empty` on one without a schema.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Layer } from "effect"
import { StoreHealth } from "../../src/ports/StoreHealth.ts"

export const storeHealthContract = <E>(
  name: string,
  { current, empty }: { readonly current: Layer.Layer<StoreHealth, E>; readonly empty: Layer.Layer<StoreHealth, E> }
): void => {
  describe(`${name} store health`, () => {
    const obstacles = Effect.flatMap(StoreHealth, (health) => health.obstacles)

    it.effect("nothing keeps a store that is whole from serving", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* obstacles, [])
      }).pipe(Effect.provide(current)))

    it.effect("no write waits for a standby of a store that has none", () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* Effect.flatMap(StoreHealth, (health) => health.standbysMissing), 0)
      }).pipe(Effect.provide(current)))

    it.effect("what a missing schema hides is not reported", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* obstacles, [])
      }).pipe(Effect.provide(empty)))
  })
}
