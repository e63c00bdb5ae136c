/** Machines beside the test's own, whose clocks are wrong. */
import { Clock, Context, DateTime, Effect, Layer } from "effect"
import { SharedClock } from "../../src/domain/clock/SharedClock.ts"
import type { ClockAgreement } from "../../src/domain/clock/SharedClock.ts"
import * as TestServices from "./TestServices.ts"

/** A machine whose wall clock is ahead by a given time, and whose elapsed time is the test's. */
export interface Machine {
  readonly clock: Clock.Clock
  readonly setAhead: (millis: number) => void
}

/** In the time of the test's own clock. */
export const aMachine = (aheadMillis: number) =>
  Effect.map(Clock.Clock, (clock): Machine => {
    let ahead = aheadMillis
    const now = () => clock.currentTimeMillisUnsafe() + ahead
    return {
      clock: {
        currentTimeMillisUnsafe: now,
        currentTimeMillis: Effect.sync(now),
        currentTimeNanosUnsafe: () => BigInt(now()) * 1_000_000n,
        currentTimeNanos: Effect.sync(() => BigInt(now()) * 1_000_000n),
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: Effect.sync(() => clock.monotonicTimeNanosUnsafe()),
        sleep: (duration) => clock.sleep(duration)
      },
      setAhead: (millis) => {
        ahead = millis
      }
    }
  })

/** A node on a machine whose clock is ahead. Returns a function that runs effects there. */
export const aNode = Effect.fnUntraced(function*(aheadMillis: number) {
  const { clock } = yield* aMachine(aheadMillis)
  const context = yield* Layer.build(Layer.fresh(TestServices.services)).pipe(
    Effect.provideService(Clock.Clock, clock)
  )
  const shared = Context.get(context, SharedClock)
  yield* shared.settled
  return <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provide(effect, Context.add(context, Clock.Clock, shared.clock))
})

/** What a node knows about the time, as the test sets it. */
export const knowing = (agreement: () => ClockAgreement, offsetMillis = 0) =>
  Layer.effect(
    SharedClock,
    Effect.map(Clock.Clock, (clock) => ({
      clock,
      agreement,
      offsetMillis: () => offsetMillis,
      measure: Effect.void,
      trustedNow: DateTime.now,
      settled: Effect.void,
      keepMeasuring: Effect.never
    }))
  )

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** How far the wall clock of a machine may be ahead, in milliseconds. */
export const wrongBy = [
  ["1 hour ahead", HOUR],
  ["1 hour behind", -HOUR],
  ["8 days ahead", 8 * DAY],
  ["1 year ahead", 365 * DAY],
  ["1 year behind", -365 * DAY]
] as const
