/**
 * Connections to one Postgres database, lent for one operation at a time.
 *
 * An operation ends within the timeout, whatever the database does: it waits for a connection, is opened one, executes
 * and repeats itself after a conflict, all against one deadline. A connection that missed it is given up, not waited
 * for, and makes room for a new one at once. The operations of one request also share what is left of its deadline.
 *
 * It stands on the driver's connections and not on its `SqlClient`, which would not say which connection to give up,
 * and opens a span of its own for each statement.
 */
import { Cause, Clock, Context, Duration, Effect, Exit, Layer, Result, Schedule } from "effect"
import type { Fiber, Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { StoreUnavailable } from "../../../domain/model/IdentityErrors.ts"
import { millisecondsLeft, StoreDeadline } from "../../../ports/StoreDeadline.ts"
import { makeBatches } from "./Batches.ts"
import type { BatchOptions } from "./Batches.ts"
import type { Connection } from "./Connection.ts"
import { checkTlsFiles } from "./DatabaseEncryption.ts"
import * as DatabaseLogin from "./DatabaseLogin.ts"
import type { InvalidDatabaseUrl } from "./DatabaseUrl.ts"
import { makeObserve, realClock } from "./OperationTelemetry.ts"
import type { OperationName } from "./OperationTelemetry.ts"
import * as PoolMetrics from "./PoolMetrics.ts"
import { makePool, makeServers, open } from "./PostgresConnections.ts"
import type { ConnectionOptions, ConnectionPool, PooledConnection } from "./PostgresConnections.ts"
import { describeTarget } from "./PostgresTarget.ts"
import type { PostgresTarget } from "./PostgresTarget.ts"
import { deadlineExceeded, isConflict, isConnectionGone, spoilsConnection } from "./StoreFailure.ts"
import * as UnconfirmedCommits from "./UnconfirmedCommits.ts"

export interface PostgresOptions {
  readonly target: PostgresTarget
  readonly poolMax: number
  /** The longest an operation may take, and the longest connecting may. */
  readonly timeout: Duration.Duration
}

type Work<A> = (connection: Connection) => Effect.Effect<A, SqlError>

type Run = <A>(name: OperationName, work: Work<A>) => Effect.Effect<A, StoreUnavailable>

export class PostgresClient extends Context.Service<PostgresClient, {
  /**
   * Runs `work`, each statement a transaction of its own, and all of it again when Postgres resolves a conflict against
   * it: so at most the last statement may write.
   */
  readonly run: Run

  /** What `run` does, for work that writes nothing. It goes on where too many writes wait to be confirmed. */
  readonly read: Run

  /** Runs `work` in one transaction, which a refusal rolls back and a conflict repeats from the start. */
  readonly transact: <A, E>(
    name: OperationName,
    work: Work<Result.Result<A, E>>
  ) => Effect.Effect<A, E | StoreUnavailable>

  /**
   * An operation whose requests share statements for the lifetime of the scope; see `Batches.ts`. Each is an operation
   * of its own to whoever observes. A conflict repeats the whole batch.
   */
  readonly batched: <A, B>(
    name: OperationName,
    options: BatchOptions<A, B> & { readonly writes: boolean }
  ) => Effect.Effect<
    (request: A) => Effect.Effect<B, StoreUnavailable>,
    never,
    Scope.Scope
  >

  /**
   * Runs `work` in one transaction on a connection of its own and, once connected, without a deadline. A refusal rolls
   * it back, and so does the server soon after this process is gone, whatever the statement waits for.
   */
  readonly transactWithoutDeadline: <A, E>(
    name: OperationName,
    work: Work<Result.Result<A, E>>
  ) => Effect.Effect<A, E | StoreUnavailable>
}>()("identityd/adapters/postgres/connection/PostgresClient") {}

/** Opens no connection before it is asked for one, so it can be built while the database is down. */
export const layer = (options: PostgresOptions): Layer.Layer<PostgresClient, InvalidDatabaseUrl> =>
  Layer.effect(PostgresClient, make(options))

const inRealTime = Effect.provideService(Clock.Clock, realClock)

const make = Effect.fnUntraced(function*(options: PostgresOptions) {
  const facts = yield* Effect.fromResult(describeTarget(options.target))
  yield* checkTlsFiles(facts.encryption)
  const { poolMax, target, timeout } = options
  const servers = makeServers(facts, DatabaseLogin.make(target))
  const withoutDeadline: ConnectionOptions = { servers, timeout, settings: {} }
  const observe = makeObserve(facts)
  const pool = yield* inRealTime(
    makePool({ ...withoutDeadline, connectionsMax: poolMax, settings: facts.pooled ? {} : serverTimeouts(timeout) })
  )
  const lend = makeLend(pool, yield* PoolMetrics.show(pool.readings), Duration.toMillis(timeout))
  const admit: UnconfirmedCommits.AdmitWrite = facts.pooled
    ? (_, write) => write
    : UnconfirmedCommits.make(poolMax)

  const read = <A>(work: Work<A>) => lend(({ connection }) => repeatConflicts(work(connection)))
  const write = <A>(work: Work<A>) => lend((lent) => admit(lent, repeatConflicts(work(lent.connection))))

  return PostgresClient.of({
    run: (name, work) => observe(name)(write(work)),
    read: (name, work) => observe(name)(read(work)),
    transact: (name, work) =>
      Effect.flatMap(
        observe(name)(write((connection) => inTransaction(connection, work))),
        Effect.fromResult
      ),
    batched: (name, options) =>
      Effect.map(
        makeBatches(options.writes ? write : read, options),
        (request) => {
          const observed = observe(name)
          return (about) => observed(request(about))
        }
      ),
    transactWithoutDeadline: (name, work) =>
      Effect.flatMap(
        observe(name)(
          open(withoutDeadline).pipe(
            Effect.tap(({ connection }) =>
              facts.pooled ? Effect.void : Effect.ignore(connection.query(noticeGoneClients))
            ),
            Effect.flatMap(({ connection }) => repeatConflicts(inTransaction(connection, work))),
            Effect.scoped,
            inRealTime
          )
        ),
        Effect.fromResult
      )
  })
})

/**
 * Lends a connection for the duration of an effect, for no longer than the timeout nor than what the request has left.
 */
const makeLend = (pool: ConnectionPool, waits: PoolMetrics.WaitMetrics, timeoutMillis: number) => {
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

  // Not to be interrupted: half a statement is of no use to anybody, and giving it up costs a connection.
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
 * What a fiber ends with, unless it is late. What `Effect.timeoutOrElse` does, but that one makes two fibers race,
 * which is as much work as a statement is; this is a timer.
 */
const joinWithin = <A, E>(
  milliseconds: number,
  fiber: Fiber.Fiber<A, E>,
  onExit: (exit: Exit.Exit<A, E>) => Effect.Effect<A, E>,
  onLate: (fiber: Fiber.Fiber<A, E>) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.callback((resume) => {
    // It is late from now on, whatever it ends with while it is given up.
    // @effect-diagnostics-next-line globalTimersInEffect:off
    const timer = setTimeout(() => resume(Effect.suspend(() => onLate(fiber))), milliseconds)
    fiber.addObserver((exit) => {
      clearTimeout(timer)
      resume(onExit(exit))
    })
  })

// A statement without a deadline would keep its locks for as long as it takes, also when nobody is there any more. Not
// all systems can tell the server that, and a pooler would keep the setting for others.
const noticeGoneClients = `SET client_connection_check_interval = '1s'`

/** A transaction that can't be rolled back went down with its connection, which the pool has noticed. */
const inTransaction = Effect.fnUntraced(
  function*<A, E>(connection: Connection, work: Work<Result.Result<A, E>>) {
    yield* connection.query("BEGIN")
    const exit = yield* Effect.exit(work(connection))
    const kept = Exit.isSuccess(exit) && Result.isSuccess(exit.value)
    yield* kept ? connection.query("COMMIT") : Effect.ignore(connection.query("ROLLBACK"))
    return yield* exit
  }
)

// The first repetition comes at once, for the other one is done by then; only a crowd needs to spread out. Of a crowd
// one gets through each time, and the deadline ends it: to give up after a few conflicts would fail requests of a
// healthy database where everybody wants the same few rows (a budget of attempts, say).
const repeatConflicts = <A>(work: Effect.Effect<A, SqlError>) =>
  Effect.catchIf(
    work,
    isConflict,
    () => Effect.retry(work, { while: isConflict, schedule: untilOthersAreDone, times: 100 })
  )

const untilOthersAreDone = Schedule.jittered(
  Schedule.min([Schedule.exponential("2 millis", 1.5), Schedule.spaced("50 millis")])
)

/**
 * The server gives a statement up a little before we do, and says so: then the connection is still good. It also frees
 * the locks of a process that stalled in the middle of a transaction.
 */
const serverTimeouts = (timeout: Duration.Duration) => {
  const milliseconds = String(Math.max(1, Math.round(Duration.toMillis(timeout) * 0.9)))
  return { statement_timeout: milliseconds, idle_in_transaction_session_timeout: milliseconds }
}
