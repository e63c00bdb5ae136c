import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import { watchAudit } from "../../src/domain/upkeep/AuditWatch.ts"
import { IdGenerator } from "../../src/ports/IdGenerator.ts"
import { Leases } from "../../src/ports/Leases.ts"
import { valueOf, withOwnMetrics } from "../support/metrics.ts"
import * as TestServices from "../support/TestServices.ts"

/** A server that watches a log with this many breaks, and how often it has begun to verify it. */
const watching = Effect.fnUntraced(
  function*(broken: number, first: Effect.Effect<void> = Effect.void) {
    const verified = { times: 0 }
    const review = Layer.mock(AuditReview, {
      verify: () =>
        Effect.suspend(() => {
          verified.times += 1
          return Effect.as(verified.times === 1 ? first : Effect.void, {
            chains: 1,
            entries: 4,
            forgotten: 0,
            breaks: [],
            broken
          })
        })
    })
    const ids = Layer.mock(IdGenerator, { holderId: Effect.succeed("this node") })
    yield* Effect.forkScoped(Effect.provide(watchAudit, [review, ids]))
    return verified
  }
)

/** With leases and metrics of its own. */
const alone = <A, E, R>(test: Effect.Effect<A, E, R>) => test.pipe(withOwnMetrics, Effect.provide(TestServices.layer))

describe("a server that watches the audit log", () => {
  it.effect("verifies it once a day, and first when it has run for a while", () =>
    Effect.gen(function*() {
      const verified = yield* watching(0)
      yield* TestClock.adjust("9 minutes")
      assert.strictEqual(verified.times, 0)
      assert.isUndefined(yield* valueOf("identity_audit_verified_timestamp_seconds"))
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(verified.times, 1)
      assert.strictEqual(yield* valueOf("identity_audit_breaks"), 0)
      const at = yield* DateTime.now
      const shown = (yield* valueOf("identity_audit_verified_timestamp_seconds")) ?? 0
      assert.closeTo(shown, DateTime.toEpochMillis(at) / 1000, 61)
      yield* TestClock.adjust("3 days")
      assert.strictEqual(verified.times, 4)
    }).pipe(alone))

  it.effect("counts and logs what is wrong with it", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) =>
        void lines.push(`${logLevel} ${String(message)}`)
      )
      yield* Effect.andThen(watching(2), TestClock.adjust("11 minutes")).pipe(
        Effect.provide(Logger.layer([logger]))
      )
      assert.strictEqual(yield* valueOf("identity_audit_breaks"), 2)
      assert.deepStrictEqual(lines, [
        "Error The audit log is not what its writers left: identity audit-log --verify says where"
      ])
    }).pipe(alone))

  it.effect("tries again an hour later what went wrong", () =>
    Effect.gen(function*() {
      const verified = yield* watching(0, Effect.die(new Error("a mistake of ours")))
      yield* TestClock.adjust("11 minutes")
      assert.isUndefined(yield* valueOf("identity_audit_breaks"))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(verified.times, 2)
      assert.strictEqual(yield* valueOf("identity_audit_breaks"), 0)
    }).pipe(Effect.provide(Logger.layer([])), alone))

  it.effect("leaves it to another that does so now, and asks again an hour later", () =>
    Effect.gen(function*() {
      const leases = yield* Leases
      const now = yield* DateTime.now
      const until = DateTime.addDuration(now, "1 hour")
      yield* leases.acquire({ name: "audit-verification", holder: "another node", now, until })
      const verified = yield* watching(0)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(verified.times, 0)
      yield* TestClock.adjust("11 minutes")
      assert.strictEqual(verified.times, 1)
    }).pipe(alone))

  it.effect("keeps the work to itself however long it takes", () =>
    Effect.gen(function*() {
      const leases = yield* Leases
      const review = Layer.mock(AuditReview, {
        verify: (progress) => Effect.forever(Effect.andThen(progress(0), Effect.sleep("10 minutes")))
      })
      const ids = Layer.mock(IdGenerator, { holderId: Effect.succeed("this node") })
      yield* Effect.forkScoped(Effect.provide(watchAudit, [review, ids]))
      yield* TestClock.adjust("3 hours")
      const now = yield* DateTime.now
      const until = DateTime.addDuration(now, "1 hour")
      assert.isFalse(yield* leases.acquire({ name: "audit-verification", holder: "another node", now, until }))
    }).pipe(Effect.scoped, alone))
})
