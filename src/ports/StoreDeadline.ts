/**
 * The deadline for everything that one request asks of the stores. An operation that starts later, or isn't answered by
 * then, fails with `StoreUnavailable`. The deadline is real time. Without one, only each operation's own deadline
 * applies.
 */
import { Clock, Context, Duration, Effect } from "effect"

/** The deadline in nanoseconds of the monotonic clock. */
export const StoreDeadline = Context.Reference<bigint | undefined>("identityd/ports/StoreDeadline", {
  defaultValue: () => undefined
})

const clock = Clock.Clock.defaultValue()

/** Limits the time of everything that `effect` asks of the stores. */
export const withStoreDeadline = (time: Duration.Duration) => {
  const nanos = Duration.toNanosUnsafe(time)
  return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => Effect.provideService(effect, StoreDeadline, clock.monotonicTimeNanosUnsafe() + nanos))
}

/** The time left before the deadline, in milliseconds. */
export const millisecondsLeft = (deadline: bigint): number => Number(deadline - clock.monotonicTimeNanosUnsafe()) / 1e6
