/**
 * Connections to one Postgres server, each on a socket of our own, and a pool of them.
 *
 * The driver cancels a statement that is interrupted. A commit that waits for a synchronous standby must not be canceled:
 * Postgres would stop waiting and show everybody what the standby doesn't have, and a failover would take it back. So a
 * connection is given up by closing its socket, which the server doesn't notice while it commits. That takes sockets of
 * our own, which the driver accepts as `stream`, and so a pool of our own.
 */
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Duration, Effect, Pool } from "effect"
import type { Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import * as net from "node:net"
import type { DatabaseLogin } from "./DatabaseLogin.ts"
import { toDriverOptions } from "./PostgresTarget.ts"
import type { PostgresTarget, TargetFacts } from "./PostgresTarget.ts"
import { connectionGone, deadlineExceeded, isLoginRefused, standbyReached } from "./StoreFailure.ts"

export interface OpenConnection {
  readonly connection: PgConnection.PgConnection
  readonly socket: net.Socket
}

export interface ConnectionOptions {
  readonly login: DatabaseLogin
  readonly facts: TargetFacts
  /** The longest that connecting may take. */
  readonly timeout: Duration.Duration
  /** Settings of the server for the duration of the connection. */
  readonly settings: Readonly<Record<string, string>>
}

/** An open connection to a primary, until the scope closes. A hot standby is refused: what it shows may be out of date. */
export const open = (options: ConnectionOptions): Effect.Effect<OpenConnection, SqlError, Scope.Scope> =>
  Effect.timeoutOrElse(connectAsConfigured(options), {
    duration: options.timeout,
    orElse: () => Effect.fail(deadlineExceeded())
  })

const connectAsConfigured = (options: ConnectionOptions) =>
  Effect.suspend(() => {
    const target = options.login.current()
    return Effect.catchIf(connect(options, target), isLoginRefused, (refusal) =>
      Effect.flatMap(
        options.login.renewed(target),
        (renewed) => renewed ? connect(options, options.login.current()) : Effect.fail(refusal)
      ))
  })

const connect = Effect.fnUntraced(function*({ facts, settings, timeout }: ConnectionOptions, target: PostgresTarget) {
  const sockets = new Sockets(facts)
  const connection = yield* PgConnection.make({
    ...toDriverOptions(target),
    applicationName: facts.applicationName,
    connectTimeout: timeout,
    prepare: !facts.pooled,
    startupParameters: settings,
    stream: () => sockets.next()
  })
  const { rows: [state] } = yield* connection.query(selectState, [], false)
  return state?.["is_standby"] === true ? yield* standbyReached() : { connection, socket: sockets.first }
})

const selectState = "SELECT pg_is_in_recovery() AS is_standby"

/**
 * The driver asks for a socket to connect with, and for another one to cancel a statement. Only a pooler gets that: behind
 * it no timeout is set that would end the statement, and nothing tells which backends were left behind.
 */
class Sockets {
  readonly #facts: TargetFacts
  #first: net.Socket | undefined

  constructor(facts: TargetFacts) {
    this.#facts = facts
  }

  get first(): net.Socket {
    return this.#first ??= openSocket(this.#facts)
  }

  next(): net.Socket {
    if (this.#first === undefined) return this.first
    if (this.#facts.pooled) return openSocket(this.#facts)
    this.#first.destroy()
    throw new Error("Statements are given up and never canceled.")
  }
}

const openSocket = ({ address, port }: TargetFacts): net.Socket => {
  if (port === undefined) return net.connect({ path: address })
  if (address.startsWith("/")) return net.connect({ path: `${address}/.s.PGSQL.${port}` })
  return net.connect({
    host: address,
    port,
    // A statement is one write, and then its answer is awaited: there is nothing to gather.
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: Duration.toMillis("30 seconds")
  })
}

const closed = (socket: net.Socket) =>
  Effect.callback<void>((resume) => {
    if (socket.closed) return resume(Effect.void)
    socket.once("close", () => resume(Effect.void))
  })

/** A connection of the pool, with the turns of the pool in which it was last lent and last did what it was asked. */
export interface PooledConnection extends OpenConnection {
  lentAt: number
  answeredAt: number
}

export interface ConnectionPool {
  /** Lends a connection for one effect. One that went away unused is retired instead, and that is `connectionGone`. */
  readonly use: <A>(f: (lent: PooledConnection) => Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

  readonly noteAnswer: (lent: PooledConnection) => void

  /** Makes room for another connection at once, and closes this one as soon as it is no longer lent. */
  readonly retire: (lent: PooledConnection) => Effect.Effect<void>

  /**
   * Closes a connection that is late, without a word to the server; one to a pooler is left to the driver, which cancels
   * what is interrupted. Idle ones that have not answered since it was lent are retired: they may lead to the same
   * nowhere, and each would cost somebody as long to find out.
   */
  readonly giveUp: (lent: PooledConnection) => Effect.Effect<void>
}

/** The pool starts empty, opens connections as they are needed, and closes those that are idle for a minute. */
export const makePool = Effect.fnUntraced(function*(options: ConnectionOptions & { readonly connectionsMax: number }) {
  const connections = new Set<PooledConnection>()
  let turn = 0

  const enter = Effect.fnUntraced(function*(opened: OpenConnection): Effect.fn.Return<PooledConnection> {
    const pooled: PooledConnection = { ...opened, lentAt: turn, answeredAt: turn }
    connections.add(pooled)
    const forget = Effect.suspend(() => {
      connections.delete(pooled)
      return retire(pooled)
    })
    // Not in the connection's scope, which retiring it closes.
    yield* Effect.forkDetach(Effect.andThen(closed(pooled.socket), forget), { startImmediately: true })
    return pooled
  })
  const pool: Pool.Pool<PooledConnection, SqlError> = yield* Pool.makeWithTTL({
    acquire: Effect.flatMap(open(options), enter),
    min: 0,
    max: options.connectionsMax,
    timeToLive: "1 minute",
    timeToLiveStrategy: "usage"
  })
  const retire: ConnectionPool["retire"] = (lent) => Pool.invalidate(pool, lent)

  const use: ConnectionPool["use"] = (f) =>
    Pool.use(pool, (lent) => {
      if (lent.socket.destroyed) return Effect.andThen(retire(lent), connectionGone)
      lent.lentAt = turn += 1
      return f(lent)
    })

  const noteAnswer = (lent: PooledConnection): void => {
    lent.answeredAt = turn += 1
  }

  const giveUp = (lent: PooledConnection) =>
    Effect.suspend(() => {
      if (!options.facts.pooled) lent.socket.destroy()
      const silent = [...connections].filter(({ answeredAt, lentAt }) =>
        lentAt <= answeredAt && answeredAt < lent.lentAt
      )
      return Effect.forEach([lent, ...silent], retire, { discard: true })
    })

  const made: ConnectionPool = { use, noteAnswer, retire, giveUp }
  return made
})
