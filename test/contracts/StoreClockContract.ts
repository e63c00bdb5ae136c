/**
 * The contract of store clocks: one time, the store's, whatever clock the reader has.
 */
import { assert, layer } from "@effect/vitest"
import { Clock, DateTime, Effect } from "effect"
import type { Layer } from "effect"
import { StoreClock } from "../../src/ports/StoreClock.ts"
import { aMachine, wrongBy } from "../support/machines.ts"

const reading = Effect.gen(function*() {
  const { read } = yield* StoreClock
  const before = yield* Clock.monotonicTimeNanos
  const shown = DateTime.toEpochMillis(yield* read)
  const after = yield* Clock.monotonicTimeNanos
  return { shown, before: Number(before) / 1e6, after: Number(after) / 1e6 }
})

export const storeClockContract = <E>(name: string, clock: Layer.Layer<StoreClock, E>): void => {
  // In real time, because a server's clock does not wait for a test.
  layer(clock, { excludeTestServices: true })(`${name} clock`, (it) => {
    it.effect("shows a moment of the call that reads it: as much time passes between two as for the reader", () =>
      Effect.gen(function*() {
        const first = yield* reading
        yield* Effect.sleep("20 millis")
        const second = yield* reading
        const passed = second.shown - first.shown
        assert.isAtLeast(passed, second.before - first.after - 1)
        assert.isAtMost(passed, second.after - first.before + 1)
      }))

    it.effect("is cut to the millisecond", () =>
      Effect.gen(function*() {
        const { shown } = yield* reading
        assert.isTrue(Number.isInteger(shown))
      }))

    it.effect.each(wrongBy)(
      "does not depend on the clock of the reader, which is %s",
      ([, aheadMillis]) =>
        Effect.gen(function*() {
          const { read } = yield* StoreClock
          const { clock } = yield* aMachine(aheadMillis)
          const [before, shown, after] = yield* Effect.all([
            read,
            Effect.provideService(read, Clock.Clock, clock),
            read
          ])
          assert.isAtLeast(DateTime.toEpochMillis(shown), DateTime.toEpochMillis(before))
          assert.isAtMost(DateTime.toEpochMillis(shown), DateTime.toEpochMillis(after))
        })
    )
  })
}
