/**
 * The contract of schema migrators. For each test, `migrator` builds one over an empty store of its own.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Layer } from "effect"
import { SchemaMigrator } from "../../src/ports/SchemaMigrator.ts"

export const schemaMigratorContract = <E>(name: string, migrator: Layer.Layer<SchemaMigrator, E>): void => {
  describe(`${name} schema migrator`, () => {
    it.effect("in an empty store everything is pending, in order", () =>
      Effect.gen(function*() {
        const { pending } = yield* SchemaMigrator
        const ids = (yield* pending).map(({ id }) => id)
        assert.isNotEmpty(ids)
        assert.deepStrictEqual(ids, [...new Set(ids)].toSorted((self, that) => self - that))
      }).pipe(Effect.provide(migrator)))

    it.effect("migrating applies what is pending, and says what that was", () =>
      Effect.gen(function*() {
        const { migrate, pending } = yield* SchemaMigrator
        const before = yield* pending
        assert.deepStrictEqual(yield* migrate, before)
        assert.deepStrictEqual(yield* pending, [])
      }).pipe(Effect.provide(migrator)))

    it.effect("what would be applied is planned, and planning changes nothing", () =>
      Effect.gen(function*() {
        const { migrate, pending, plan } = yield* SchemaMigrator
        const planned = yield* plan
        assert.deepStrictEqual(yield* pending, planned)
        assert.deepStrictEqual(yield* migrate, planned)
        assert.deepStrictEqual(yield* plan, [])
      }).pipe(Effect.provide(migrator)))

    it.effect("nothing is ahead of this release, before it migrates and after it", () =>
      Effect.gen(function*() {
        const { ahead, migrate } = yield* SchemaMigrator
        assert.deepStrictEqual(yield* ahead, [])
        yield* migrate
        assert.deepStrictEqual(yield* ahead, [])
      }).pipe(Effect.provide(migrator)))

    it.effect("migrating again applies nothing", () =>
      Effect.gen(function*() {
        const { migrate } = yield* SchemaMigrator
        yield* migrate
        assert.deepStrictEqual(yield* migrate, [])
      }).pipe(Effect.provide(migrator)))

    it.effect("started several times at once, each migration is applied exactly once", () =>
      Effect.gen(function*() {
        const { migrate, pending } = yield* SchemaMigrator
        const before = yield* pending
        const applied = yield* Effect.all(Array.from({ length: 5 }, () => migrate), { concurrency: "unbounded" })
        assert.deepStrictEqual(applied.flat().toSorted((self, that) => self.id - that.id), before)
        assert.deepStrictEqual(yield* pending, [])
      }).pipe(Effect.provide(migrator)))
  })
}
