/**
 * Runs operations on one Postgres database, each on a connection that is lent to it.
 *
 * An operation ends within the timeout, whatever the database does. Waiting for a connection, opening it, executing and
 * repeating after conflicts all count against one deadline. A connection that misses the deadline is abandoned and
 * replaced at once. The operations of one request also share the rest of its deadline.
 *
 * It uses the driver's connections and not its `SqlClient`, because that doesn't reveal which connection to abandon and
 * opens a span of its own for each statement.
 */
import { Context, Duration, Effect, Exit, Layer, Result, Schedule, Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { StoreUnavailable } from "../../../domain/model/IdentityErrors.ts"
import { makeBatches } from "./Batches.ts"
import type { BatchOptions } from "./Batches.ts"
import type { Connection } from "./Connection.ts"
import { checkTlsFiles } from "./DatabaseEncryption.ts"
import * as DatabaseLogin from "./DatabaseLogin.ts"
import type { InvalidDatabaseUrl } from "./DatabaseUrl.ts"
import { makeLend } from "./Lending.ts"
import { inRealTime, makeObserve } from "./OperationTelemetry.ts"
import type { OperationName } from "./OperationTelemetry.ts"
import * as PoolMetrics from "./PoolMetrics.ts"
import { makePool, makeServers, open } from "./PostgresConnections.ts"
import type { ConnectionOptions } from "./PostgresConnections.ts"
import { describeTarget } from "./PostgresTarget.ts"
import type { PostgresTarget } from "./PostgresTarget.ts"
import { isConflict } from "./StoreFailure.ts"
import * as UnconfirmedCommits from "./UnconfirmedCommits.ts"

export interface PostgresOptions {
  readonly target: PostgresTarget
  readonly poolMax: number
  /** The time limit of an operation, and of connecting. */
  readonly timeout: Duration.Duration
}

type Work<A> = (connection: Connection) => Effect.Effect<A, SqlError>

type Transact = <A, E>(
  name: OperationName,
  work: Work<Result.Result<A, E>>
) => Effect.Effect<A, E | StoreUnavailable>

type Run = <A>(name: OperationName, work: Work<A>) => Effect.Effect<A, StoreUnavailable>

export class PostgresClient extends Context.Service<PostgresClient, {
  /**
   * Runs `work` with each statement in its own transaction. When Postgres resolves a conflict against it, all of `work`
   * runs again, so only the last statement may write.
   */
  readonly run: Run

  /** Does what `run` does, for work that may refuse. */
  readonly attempt: Transact

  /** Does what `run` does, for work that writes nothing. It continues while too many writes are unconfirmed. */
  readonly read: Run

  /** Runs `work` in one transaction. A refusal rolls it back, and a conflict repeats it from the start. */
  readonly transact: Transact

  /**
   * Makes an operation whose requests share statements, for the lifetime of the scope; see `Batches.ts`. In telemetry,
   * each request is its own operation. A conflict repeats the whole batch.
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
   * it back. If this process ends, the server soon does the same, whatever the statement waits for.
   */
  readonly transactWithoutDeadline: Transact

  /** Does what `transactWithoutDeadline` does, one after the other on a connection that closes with the scope. */
  readonly transactionsWithoutDeadline: Effect.Effect<Transact, never, Scope.Scope>
}>()("identityd/adapters/postgres/connection/PostgresClient") {}

/** Opens no connection before the first operation, so it can be built while the database is down. */
export const layer = (options: PostgresOptions): Layer.Layer<PostgresClient, InvalidDatabaseUrl> =>
  Layer.effect(PostgresClient, make(options))

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

  const attempt: Transact = (name, work) => Effect.flatMap(observe(name)(write(work)), Effect.fromResult)

  const transactionsWithoutDeadline = Effect.gen(function*() {
    const scope = yield* Effect.scope
    const opened = yield* open(withoutDeadline).pipe(
      Effect.tap(({ connection }) => facts.pooled ? Effect.void : Effect.ignore(connection.query(noticeGoneClients))),
      Scope.provide(scope),
      Effect.cached
    )
    const transact: Transact = (name, work) =>
      Effect.flatMap(
        observe(name)(
          inRealTime(Effect.flatMap(opened, ({ connection }) => repeatConflicts(inTransaction(connection, work))))
        ),
        Effect.fromResult
      )
    return transact
  })
  return PostgresClient.of({
    run: (name, work) => observe(name)(write(work)),
    read: (name, work) => observe(name)(read(work)),
    attempt,
    transact: (name, work) => attempt(name, (connection) => inTransaction(connection, work)),
    batched: (name, options) =>
      Effect.map(
        makeBatches(options.writes ? write : read, options),
        (request) => {
          const observed = observe(name)
          return (about) => observed(request(about))
        }
      ),
    transactWithoutDeadline: (name, work) =>
      Effect.scoped(Effect.flatMap(transactionsWithoutDeadline, (transact) => transact(name, work))),

    transactionsWithoutDeadline
  })
})

// Without a deadline, a statement would keep its locks until it ends, even when the client is gone. Errors are ignored,
// because not all systems support this setting. It isn't set behind a pooler, which would keep it for other clients.
const noticeGoneClients = `SET client_connection_check_interval = '1s'`

/** If a transaction can't be rolled back, its connection has failed, and the pool has noticed that. */
const inTransaction = Effect.fnUntraced(
  function*<A, E>(connection: Connection, work: Work<Result.Result<A, E>>) {
    yield* connection.query("BEGIN")
    const exit = yield* Effect.exit(work(connection))
    const kept = Exit.isSuccess(exit) && Result.isSuccess(exit.value)
    yield* kept ? connection.query("COMMIT") : Effect.ignore(connection.query("ROLLBACK"))
    return yield* exit
  }
)

// The first repetition comes at once, because the other transaction is done by then; only a crowd needs to spread out.
// One of a crowd gets through each time, and the deadline ends the repetition. Giving up after a few conflicts would
// fail requests of a healthy database when everybody wants the same few rows, such as a guess budget.
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
 * The server ends a statement slightly before the deadline and reports that, so the connection stays usable. It also
 * frees the locks of a process that stalled in a transaction.
 */
const serverTimeouts = (timeout: Duration.Duration) => {
  const milliseconds = String(Math.max(1, Math.round(Duration.toMillis(timeout) * 0.9)))
  return { statement_timeout: milliseconds, idle_in_transaction_session_timeout: milliseconds }
}
