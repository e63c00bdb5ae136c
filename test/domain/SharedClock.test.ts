import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, DateTime, Effect, Layer, Logger, Metric } from "effect"
import { TestClock } from "effect/testing"
import { reportClock } from "../../src/domain/clock/ClockReport.ts"
import { describeOffset, SharedClock } from "../../src/domain/clock/SharedClock.ts"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { clockOffset } from "../../src/domain/telemetry/IdentityMetrics.ts"
import { StoreClock } from "../../src/ports/StoreClock.ts"
import { START } from "../support/builders.ts"
import { aMachine, wrongBy } from "../support/machines.ts"

/** A store and a node, in whose world time passes as the test's clock and `pass` say. */
const makeWorld = Effect.fnUntraced(function*(machineAhead = 0, store: Partial<World["store"]> = {}) {
  yield* TestClock.setTime(START.epochMilliseconds)
  const { clock, setAhead } = yield* aMachine(machineAhead)
  const world: World = {
    store: { aheadMillis: 0, thereMillis: 0, backMillis: 0, isAway: false, readings: 0, ...store },
    passedMillis: 0
  }
  const storeNow = () => START.epochMilliseconds + elapsed() + world.store.aheadMillis
  const elapsed = () => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n) - start + world.passedMillis
  const start = Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
  const read = Effect.suspend(() => {
    world.store.readings += 1
    if (world.store.isAway) return Effect.fail(new StoreUnavailable())
    world.passedMillis += world.store.thereMillis
    const shown = DateTime.makeUnsafe(storeNow())
    world.passedMillis += world.store.backMillis
    return Effect.succeed(shown)
  })
  const machine: Clock.Clock = {
    ...clock,
    currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + world.passedMillis,
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe() + BigInt(world.passedMillis) * 1_000_000n
  }
  const context = yield* Layer.build(
    SharedClock.layer.pipe(Layer.provide([Layer.succeed(StoreClock, { read }), Layer.succeed(Clock.Clock, machine)]))
  )
  const shared = Context.get(context, SharedClock)
  const error = () => shared.clock.currentTimeMillisUnsafe() - storeNow()
  return { ...world, world, shared, error, setAhead }
})

interface World {
  readonly store: {
    aheadMillis: number
    /** What a reading takes on its way to the store, and back. */
    thereMillis: number
    backMillis: number
    isAway: boolean
    readings: number
  }
  passedMillis: number
}

describe("the time of a node", () => {
  it.effect.each(wrongBy)("[P14] is the store's where the machine's clock is %s, from the start on or all at once", (
    [, aheadMillis]
  ) =>
    Effect.gen(function*() {
      const { error, setAhead, shared } = yield* makeWorld(aheadMillis)
      assert.deepStrictEqual([error(), shared.offsetMillis(), shared.agreement()], [0, 0.5 - aheadMillis, "far-off"])
      setAhead(0)
      assert.deepStrictEqual([error(), shared.agreement()], [0, "close"])
      setAhead(-aheadMillis)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([error(), shared.agreement()], [0, "far-off"])
      const [now, effectful] = [shared.clock.currentTimeMillisUnsafe(), yield* shared.clock.currentTimeMillis]
      assert.strictEqual(effectful, now)
    }))

  it.effect("is not known before the store was read, and then within three seconds of its return", () =>
    Effect.gen(function*() {
      const { error, shared, store } = yield* makeWorld(-60_001, { isAway: true })
      yield* shared.settled
      assert.deepStrictEqual([error(), shared.agreement(), shared.offsetMillis()], [-60_001, "unknown", 0])
      yield* Effect.forkScoped(shared.keepMeasuring)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(shared.agreement(), "unknown")
      store.isAway = false
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual([error(), shared.agreement()], [0, "far-off"])
    }))

  it.effect("is measured at the start and every minute", () =>
    Effect.gen(function*() {
      const { shared, store } = yield* makeWorld()
      yield* Effect.forkScoped(shared.keepMeasuring)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(store.readings, 1 + 10)
    }))

  it.effect("stays as it was while the store is away, and is looked after soon when it is back", () =>
    Effect.gen(function*() {
      const { error, shared, store } = yield* makeWorld()
      yield* Effect.forkScoped(shared.keepMeasuring)
      store.isAway = true
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(error(), 0)
      store.isAway = false
      store.aheadMillis = 5000
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(error(), 0)
    }))

  it.effect.each([3_600_000, -3_600_000])(
    "follows the store's clock, also backwards, within a minute: %d ms",
    (jump) =>
      Effect.gen(function*() {
        const { error, shared, store } = yield* makeWorld()
        yield* Effect.forkScoped(shared.keepMeasuring)
        store.aheadMillis = jump
        yield* TestClock.adjust("61 seconds")
        assert.isAtMost(Math.abs(error()), 1)
      })
  )

  it.effect("is right again a second after the machine slept, while its monotonic clock stood still", () =>
    Effect.gen(function*() {
      const { error, setAhead, shared, store } = yield* makeWorld()
      yield* Effect.forkScoped(shared.keepMeasuring)
      setAhead(3_600_000)
      store.aheadMillis = 3_600_000
      assert.strictEqual(error(), -3_600_000)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([error(), shared.agreement()], [0, "close"])
      assert.strictEqual(store.readings, 2)
    }))

  it.effect("is good to half of a reading's round trip at first", () =>
    Effect.gen(function*() {
      const { error } = yield* makeWorld(0, { thereMillis: 1000 })
      assert.isAtMost(Math.abs(error()), 500)
    }))

  it.effect("believes a slow reading no further than it proves something", () =>
    Effect.gen(function*() {
      const { error, shared, store } = yield* makeWorld()
      store.backMillis = 4000
      yield* shared.measure
      assert.strictEqual(error(), 0)
      store.aheadMillis = 10_000
      yield* shared.measure
      assert.isAtMost(Math.abs(error()), 4001)
      store.backMillis = 0
      yield* shared.measure
      assert.isAtMost(Math.abs(error()), 1)
    }))

  it.effect("takes the best of three readings where they are slow, and one where it is quick", () =>
    Effect.gen(function*() {
      const { shared, store } = yield* makeWorld()
      store.readings = 0
      yield* shared.measure
      assert.strictEqual(store.readings, 1)
      store.backMillis = 100
      yield* shared.measure
      assert.strictEqual(store.readings, 4)
    }))

  it.effect("leaves elapsed time and the stamps of spans to the machine", () =>
    Effect.gen(function*() {
      const { shared } = yield* makeWorld(3_600_000)
      const { clock } = shared
      assert.strictEqual(clock.currentTimeNanosUnsafe(), BigInt(START.epochMilliseconds + 3_600_000) * 1_000_000n)
      const before = clock.monotonicTimeNanosUnsafe()
      yield* TestClock.adjust("1 second")
      assert.strictEqual(clock.monotonicTimeNanosUnsafe() - before, 1_000_000_000n)
    }))
})

describe("the agreement of a machine's clock with the store's", () => {
  it.effect.each(
    [
      [1999, "close"],
      [2002, "off"],
      [59_999, "off"],
      [60_002, "far-off"]
    ] as const
  )("off by %d ms in either direction it is %s", ([millis, agreement]) =>
    Effect.gen(function*() {
      const { setAhead, shared } = yield* makeWorld(millis)
      assert.strictEqual(shared.agreement(), agreement)
      setAhead(-millis)
      assert.strictEqual(shared.agreement(), agreement)
      const isTrusted = yield* Effect.match(shared.trustedNow, { onSuccess: () => true, onFailure: ({ _tag }) => _tag })
      assert.strictEqual(isTrusted, agreement === "far-off" ? "ClockTooFarOff" : true)
    }))

  it.effect("is looked at anew before something is deleted", () =>
    Effect.gen(function*() {
      const { shared, store } = yield* makeWorld()
      store.aheadMillis = 120_000
      assert.strictEqual(shared.agreement(), "close")
      assert.strictEqual(
        yield* Effect.flip(Effect.map(shared.trustedNow, String)).pipe(
          Effect.map(({ _tag }) => _tag)
        ),
        "ClockTooFarOff"
      )
    }))

  it.effect("is told when it changes and not again, and is a metric all the time", () => {
    const lines: Array<string> = []
    const log = Logger.layer([
      Logger.make<unknown, void>(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))
    ])
    return Effect.gen(function*() {
      const { setAhead, shared } = yield* makeWorld()
      yield* Effect.forkScoped(reportClock(shared))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(lines.splice(0), [])
      for (
        const [aheadMillis, words] of [
          [3000, "Warn The clock of this machine is 3s ahead of the database's."],
          [-3_600_000, "Warn The clock of this machine is 1h behind the database's."],
          [0, "Info The clock of this machine agrees with the database's again."]
        ] as const
      ) {
        setAhead(aheadMillis)
        yield* TestClock.adjust("1 minute")
        const [line, ...more] = lines.splice(0)
        assert.include(line ?? "", words)
        assert.deepStrictEqual(more, [])
        const { value } = yield* Metric.value(clockOffset)
        assert.approximately(value, -aheadMillis / 1000, 0.001)
      }
    }).pipe(Effect.provide(log), Effect.provideService(Metric.MetricRegistry, new Map()))
  })

  it("is written for people", () => {
    assert.strictEqual(describeOffset(-691_200_000), "8d ahead of the database's")
    assert.strictEqual(describeOffset(3_661_000), "1h 1m 1s behind the database's")
  })
})
