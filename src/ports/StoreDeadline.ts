/**
 * By when the stores have to have answered everything that one request asks of them: what is asked later, or not
 * answered by then, is `StoreUnavailable`. It passes in real time. Without one, each operation has a deadline of its
 * own only.
 */
import { Clock, Context, Duration, Effect } from "effect"

/** The end, in nanoseconds of the monotonic clock. */
export const StoreDeadline = Context.Reference<bigint | undefined>("identityd/ports/StoreDeadline", {
  defaultValue: () => undefined
})

const clock = Clock.Clock.defaultValue()

/** Gives the stores so much time for all that `effect` asks of them. */
export const withStoreDeadline = (time: Duration.Duration) => {
  const nanos = Duration.toNanosUnsafe(time)
  return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => Effect.provideService(effect, StoreDeadline, clock.monotonicTimeNanosUnsafe() + nanos))
}

/** What is left of the deadline, in milliseconds. */
export const millisecondsLeft = (deadline: bigint): number => Number(deadline - clock.monotonicTimeNanosUnsafe()) / 1e6
