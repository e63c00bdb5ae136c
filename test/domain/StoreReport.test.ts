import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { Housekeeping } from "../../src/domain/upkeep/Housekeeping.ts"
import { reportStore } from "../../src/domain/upkeep/StoreReport.ts"
import { Directory } from "../../src/ports/Directory.ts"
import { SchemaMigrator } from "../../src/ports/SchemaMigrator.ts"
import { valueOf, valuesBy, withOwnMetrics } from "../support/metrics.ts"
import { signedIn } from "../support/people.ts"
import { healthyStore } from "../support/RunningServer.ts"
import * as TestServices from "../support/TestServices.ts"

layer(Layer.merge(TestServices.layer, healthyStore))("what a server tells of its store", (it) => {
  it.effect("is about how many records of each kind there are, again each minute", () =>
    Effect.gen(function*() {
      const reporting = yield* Effect.forkChild(reportStore)
      yield* TestClock.adjust("1 second")
      const before = yield* valuesBy("kind", "identity_records_estimate")
      yield* signedIn
      yield* TestClock.adjust("1 minute")
      const after = yield* valuesBy("kind", "identity_records_estimate")
      assert.deepStrictEqual([before["account"], before["session"]], [0, 0])
      assert.deepInclude(after, { "account": 1, "session": 1, "audit-entry": 2, "idempotency-key": 0 })
      yield* Fiber.interrupt(reporting)
    }).pipe(withOwnMetrics))

  it.effect("is what it said last while it can't be asked", () =>
    Effect.gen(function*() {
      const migrator = yield* SchemaMigrator
      let isDown = false
      const reporting = yield* reportStore.pipe(
        Effect.provideService(SchemaMigrator, {
          ...migrator,
          pending: Effect.suspend(() =>
            isDown ? new StoreUnavailable({}) : Effect.succeed([{ id: 99, name: "to_come" }])
          )
        }),
        Effect.forkChild
      )
      yield* TestClock.adjust("1 second")
      isDown = true
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(yield* valueOf("identity_schema_pending_migrations"), 1)
      assert.isDefined(yield* Directory)
      yield* Fiber.interrupt(reporting)
    }).pipe(withOwnMetrics))

  it.effect("is when house-keeping was last done, or began", () =>
    Effect.gen(function*() {
      const began = TestClock.setTime(1_000_000)
      yield* began
      const server = yield* Effect.forkChild(Effect.flatMap(Housekeeping, ({ run }) => run))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* valueOf("identity_prune_completed_timestamp_seconds"), 1000)
      yield* TestClock.adjust("1 hour")
      assert.isAbove((yield* valueOf("identity_prune_completed_timestamp_seconds")) ?? 0, 4000)
      yield* Fiber.interrupt(server)
    }).pipe(withOwnMetrics))
})
