/**
 * Lends connections of a pool, each for the duration of one effect and within a deadline: the timeout of operations, or
 * what is left of the request's if that is less. A connection that misses its deadline is abandoned.
 */
import { Cause, Effect, Exit } from "effect"
import type { Fiber } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { millisecondsLeft, StoreDeadline } from "../../../ports/StoreDeadline.ts"
import { inRealTime, realClock } from "./OperationTelemetry.ts"
import type * as PoolMetrics from "./PoolMetrics.ts"
import type { ConnectionPool, PooledConnection } from "./PostgresConnections.ts"
import { deadlineExceeded, isConnectionGone, spoilsConnection } from "./StoreFailure.ts"

export const makeLend = (pool: ConnectionPool, waits: PoolMetrics.WaitMetrics, timeoutMillis: number) => {
  const borrow = <A>(
    use: (lent: PooledConnection) => Effect.Effect<A, SqlError>,
    milliseconds: number
  ): Effect.Effect<A, SqlError> => {
    const startedAt = realClock.monotonicTimeNanosUnsafe()
    let lent: PooledConnection | undefined
    let isWaiting = false
    const borrower = Effect.forkDetach(
      pool.use((connection) => {
        lent = connection
        if (isWaiting) waits.waited(millisSince(startedAt) / 1000)
        return Effect.tapError(
          use(connection),
          (error) => spoilsConnection(error) ? pool.retire(connection) : Effect.void
        )
      }),
      { startImmediately: true }
    )
    const onExit = (exit: Exit.Exit<A, SqlError>): Effect.Effect<A, SqlError> => {
      if (lent !== undefined) pool.noteAnswer(lent)
      return lent === undefined && isFailedWith(exit, isConnectionGone)
        ? Effect.suspend(() => borrow(use, milliseconds - millisSince(startedAt)))
        : exit
    }
    const onLate = (late: Fiber.Fiber<A, SqlError>) => {
      late.interruptUnsafe()
      if (lent === undefined) waits.timedOut()
      return Effect.andThen(lent === undefined ? Effect.void : pool.giveUp(lent), Effect.fail(deadlineExceeded()))
    }
    return Effect.flatMap(borrower, (fiber) => {
      isWaiting = lent === undefined
      return joinWithin(milliseconds, fiber, onExit, onLate)
    })
  }

  // Interruption is off: half a statement is useless, and abandoning it would cost a connection.
  return <A>(use: (lent: PooledConnection) => Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> =>
    inRealTime(Effect.uninterruptible(Effect.withFiber((fiber) => {
      const deadline = fiber.getRef(StoreDeadline)
      if (deadline === undefined) return borrow(use, timeoutMillis)
      const left = millisecondsLeft(deadline)
      return left > 0 ? borrow(use, Math.min(left, timeoutMillis)) : Effect.fail(deadlineExceeded())
    })))
}

const millisSince = (nanos: bigint): number => Number(realClock.monotonicTimeNanosUnsafe() - nanos) / 1e6

const isFailedWith = <E>(exit: Exit.Exit<unknown, E>, is: (error: E) => boolean): boolean =>
  Exit.isFailure(exit) && exit.cause.reasons.some((reason) => Cause.isFailReason(reason) && is(reason.error))

/**
 * The fiber's result, unless it comes too late. `Effect.timeoutOrElse` does the same by racing two fibers, which costs
 * as much as a statement; a timer is cheaper.
 */
const joinWithin = <A, E>(
  milliseconds: number,
  fiber: Fiber.Fiber<A, E>,
  onExit: (exit: Exit.Exit<A, E>) => Effect.Effect<A, E>,
  onLate: (fiber: Fiber.Fiber<A, E>) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.callback((resume) => {
    // From now on it is late, whatever its result.
    // @effect-diagnostics-next-line globalTimersInEffect:off
    const timer = setTimeout(() => resume(Effect.suspend(() => onLate(fiber))), milliseconds)
    fiber.addObserver((exit) => {
      clearTimeout(timer)
      resume(onExit(exit))
    })
  })
