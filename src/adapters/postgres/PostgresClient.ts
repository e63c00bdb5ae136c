/**
 * Connections to one Postgres database, lent for one operation at a time.
 *
 * An operation ends within the timeout, whatever the database does: it waits for a connection, is opened one, executes
 * and repeats itself after a conflict, all against one deadline. A connection that missed it is given up, not waited
 * for, and makes room for a new one at once.
 *
 * It stands on the driver's pool and not on its `SqlClient`, which would not say which connection to give up, and opens
 * a span of its own for each statement.
 */
import * as PgConnection from "@effect/sql-pg/PgConnection"
import * as PgPool from "@effect/sql-pg/PgPool"
import { Clock, Context, Duration, Effect, Exit, Layer, Result, Schedule } from "effect"
import type { Fiber, Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { StoreUnavailable } from "../../domain/model/IdentityErrors.ts"
import { makeBatches } from "./Batches.ts"
import type { BatchOptions } from "./Batches.ts"
import { makeObserve, realClock } from "./OperationTelemetry.ts"
import type { OperationName } from "./OperationTelemetry.ts"
import { describeTarget, toDriverOptions } from "./PostgresTarget.ts"
import type { InvalidDatabaseUrl, PostgresTarget, TargetFacts } from "./PostgresTarget.ts"
import { deadlineExceeded, isConflict, spoilsConnection } from "./StoreFailure.ts"

export interface PostgresOptions {
  readonly target: PostgresTarget
  readonly poolMax: number
  /** The longest an operation may take, and the longest connecting may. */
  readonly timeout: Duration.Duration
}

/** A connection as an operation sees it. Statements of a fixed text are prepared once for each connection. */
export type Connection = Pick<PgConnection.PgConnection, "query">

type Work<A> = (connection: Connection) => Effect.Effect<A, SqlError>

type Run = <A>(name: OperationName, work: Work<A>) => Effect.Effect<A, StoreUnavailable>

export class PostgresClient extends Context.Service<PostgresClient, {
  /**
   * Runs `work`, each statement a transaction of its own, and all of it again when Postgres resolves a conflict against
   * it: so at most the last statement may write.
   */
  readonly run: Run

  /** Runs `work` in one transaction, which a refusal rolls back and a conflict repeats from the start. */
  readonly transact: <A, E>(
    name: OperationName,
    work: Work<Result.Result<A, E>>
  ) => Effect.Effect<A, E | StoreUnavailable>

  /**
   * An operation whose requests share statements for the lifetime of the scope; see `Batches.ts`. Each is an operation of
   * its own to whoever observes. A conflict repeats the whole batch.
   */
  readonly batched: <A, B>(name: OperationName, options: BatchOptions<A, B>) => Effect.Effect<
    (request: A) => Effect.Effect<B, StoreUnavailable>,
    never,
    Scope.Scope
  >

  /**
   * Runs `work` in one transaction on a connection of its own and, once connected, without a deadline. A refusal rolls it
   * back, and so does the server soon after this process is gone, whatever the statement waits for.
   */
  readonly transactUnhurried: <A, E>(
    name: OperationName,
    work: Work<Result.Result<A, E>>
  ) => Effect.Effect<A, E | StoreUnavailable>
}>()("identity/adapters/postgres/PostgresClient") {}

/** Opens no connection before it is asked for one, so it can be built while the database is down. */
export const layer = (options: PostgresOptions): Layer.Layer<PostgresClient, InvalidDatabaseUrl> =>
  Layer.effect(PostgresClient, make(options))

const inRealTime = Effect.provideService(Clock.Clock, realClock)

const make = Effect.fnUntraced(function*(options: PostgresOptions) {
  const facts = yield* Effect.fromResult(describeTarget(options.target))
  const config = connectionConfig(options, facts)
  const observe = makeObserve(facts)
  const lend = yield* makeLend(config, options, facts)

  return PostgresClient.of({
    run: (name, work) => observe(name)(lend((connection) => repeatConflicts(work(connection)))),
    transact: (name, work) =>
      Effect.flatMap(
        observe(name)(lend((connection) => repeatConflicts(inTransaction(connection, work)))),
        Effect.fromResult
      ),
    batched: (name, options) =>
      Effect.map(
        makeBatches((work) => lend((connection) => repeatConflicts(work(connection))), options),
        (request) => {
          const observed = observe(name)
          return (about) => observed(request(about))
        }
      ),
    transactUnhurried: (name, work) =>
      Effect.flatMap(
        observe(name)(
          PgConnection.make(config).pipe(
            Effect.tap((connection) => facts.pooled ? Effect.void : Effect.ignore(connection.query(noticeGoneClients))),
            Effect.flatMap((connection) => repeatConflicts(inTransaction(connection, work))),
            Effect.scoped,
            inRealTime
          )
        ),
        Effect.fromResult
      )
  })
})

const makeLend = Effect.fnUntraced(
  function*(config: PgConnection.Config, options: PostgresOptions, facts: TargetFacts) {
    const pool = yield* PgPool.make({
      ...config,
      maxConnections: options.poolMax,
      startupParameters: facts.pooled ? {} : serverTimeouts(options.timeout)
    })
    const timeoutMillis = Duration.toMillis(options.timeout)
    const giveUp = (connection: PgConnection.PgConnection | undefined) =>
      connection === undefined ? Effect.void : pool.invalidate(connection)

    const borrow = <A>(work: Work<A>): Effect.Effect<A, SqlError> => {
      let lent: PgConnection.PgConnection | undefined
      const borrower = Effect.forkDetach(
        pool.use((connection) => {
          lent = connection
          return Effect.tapError(
            work(connection),
            (error) => spoilsConnection(error) ? giveUp(connection) : Effect.void
          )
        }),
        { startImmediately: true }
      )
      // Who is late is not waited for: the driver gives a server five seconds to confirm that it dropped a statement,
      // which a frozen one never does.
      const onLate = (late: Fiber.Fiber<A, SqlError>) => {
        late.interruptUnsafe()
        return Effect.andThen(giveUp(lent), Effect.fail(deadlineExceeded()))
      }
      return Effect.flatMap(borrower, (fiber) => joinWithin(timeoutMillis, fiber, onLate))
    }

    // Not to be interrupted: half a statement is of no use to anybody, and giving it up costs a connection.
    return <A>(work: Work<A>): Effect.Effect<A, SqlError> =>
      inRealTime(Effect.uninterruptible(Effect.suspend(() => borrow(work))))
  },
  // The pool starts empty, so making it reaches no server that could fail it.
  Effect.orDie,
  inRealTime
)

/**
 * What a fiber ends with, unless it is late. What `Effect.timeoutOrElse` does, but that one makes two fibers race, which is
 * as much work as a statement is; this is a timer.
 */
const joinWithin = <A, E>(
  milliseconds: number,
  fiber: Fiber.Fiber<A, E>,
  onLate: (fiber: Fiber.Fiber<A, E>) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.callback((resume) => {
    // It is late from now on, whatever it ends with while it is given up.
    // @effect-diagnostics-next-line globalTimersInEffect:off
    const timer = setTimeout(() => resume(Effect.suspend(() => onLate(fiber))), milliseconds)
    fiber.addObserver((exit) => {
      clearTimeout(timer)
      resume(exit)
    })
  })

// A statement without a deadline would keep its locks for as long as it takes, also when nobody is there any more. Not all
// systems can tell the server that, and a pooler would keep the setting for others.
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

// The first repetition comes at once, for the other one is done by then; only a crowd needs to spread out. Of a crowd one
// gets through each time, and the deadline ends it: to give up after a few conflicts would fail requests of a healthy
// database where everybody wants the same few rows (a budget of attempts, say).
const repeatConflicts = <A>(work: Effect.Effect<A, SqlError>) =>
  Effect.catchIf(
    work,
    isConflict,
    () => Effect.retry(work, { while: isConflict, schedule: untilOthersAreDone, times: 100 })
  )

const untilOthersAreDone = Schedule.jittered(
  Schedule.min([Schedule.exponential("2 millis", 1.5), Schedule.spaced("50 millis")])
)

const connectionConfig = (options: PostgresOptions, facts: TargetFacts): PgConnection.Config => ({
  ...toDriverOptions(options.target),
  applicationName: facts.applicationName,
  connectTimeout: options.timeout,
  keepAlive: "30 seconds",
  prepare: !facts.pooled
})

/**
 * The server gives a statement up a little before we do, and says so: then the connection is still good. It also frees
 * the locks of a process that stalled in the middle of a transaction.
 */
const serverTimeouts = (timeout: Duration.Duration) => {
  const milliseconds = String(Math.max(1, Math.round(Duration.toMillis(timeout) * 0.9)))
  return { statement_timeout: milliseconds, idle_in_transaction_session_timeout: milliseconds }
}
