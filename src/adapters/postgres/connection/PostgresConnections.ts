/**
 * Connections to one Postgres server, each on a socket of our own, and a pool of them.
 *
 * The driver cancels a statement that is interrupted. A commit that waits for a synchronous standby must not be
 * canceled: Postgres would stop waiting and show everybody what the standby doesn't have, and a failover would take it
 * back. So a connection is given up by closing its socket, which the server doesn't notice while it commits. That takes
 * sockets of our own, which the driver accepts as `stream`, and so a pool of our own.
 */
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Duration, Effect, Pool } from "effect"
import type { Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import * as net from "node:net"
import type * as tls from "node:tls"
import { connectWith, unencrypted } from "./DatabaseEncryption.ts"
import type { DatabaseLogin } from "./DatabaseLogin.ts"
import * as PlaintextWarning from "./PlaintextWarning.ts"
import type { PoolReadings } from "./PoolMetrics.ts"
import { loginOf } from "./PostgresTarget.ts"
import type { Login, PostgresTarget, TargetFacts, TargetHost } from "./PostgresTarget.ts"
import * as PrimarySearch from "./PrimarySearch.ts"
import { connectionGone, deadlineExceeded, encryptionRefused, isLoginRefused, standbyReached } from "./StoreFailure.ts"

export interface OpenConnection {
  readonly connection: PgConnection.PgConnection
  readonly socket: net.Socket
}

export interface ConnectionOptions {
  readonly servers: Servers
  /** The longest that connecting may take. */
  readonly timeout: Duration.Duration
  /** Settings of the server for the duration of the connection. */
  readonly settings: Readonly<Record<string, string>>
}

/**
 * An open connection to a primary, until the scope closes. A hot standby is refused: what it shows may be out of date.
 */
export const open = (options: ConnectionOptions): Effect.Effect<OpenConnection, SqlError, Scope.Scope> =>
  Effect.timeoutOrElse(connectAsConfigured(options), {
    duration: options.timeout,
    orElse: () => Effect.fail(deadlineExceeded())
  })

/** What all connections to a database have in common. */
export interface Servers {
  readonly facts: TargetFacts
  readonly login: DatabaseLogin
  readonly search: PrimarySearch.PrimarySearch
  readonly warnOfPlaintext: ReturnType<typeof PlaintextWarning.make>
}

export const makeServers = (facts: TargetFacts, login: DatabaseLogin): Servers => ({
  facts,
  login,
  search: PrimarySearch.make(facts),
  warnOfPlaintext: PlaintextWarning.make()
})

const connectAsConfigured = (options: ConnectionOptions) =>
  Effect.suspend(() => {
    const { login } = options.servers
    const used = login.current()
    return Effect.catchIf(connect(options, used), isLoginRefused, (refusal) =>
      Effect.flatMap(
        login.renewed(used),
        (renewed) => renewed ? connect(options, login.current()) : Effect.fail(refusal)
      ))
  })

const connect = ({ servers, settings, timeout }: ConnectionOptions, target: PostgresTarget) =>
  servers.search.first(
    (host) =>
      Effect.flatMap(Effect.orDie(Effect.fromResult(loginOf(target))), (login) =>
        connectWith(
          host.port === undefined || host.address.startsWith("/") ? unencrypted : servers.facts.encryption,
          (ssl) => connectTo({ host, login, servers, settings, ssl })
        )),
    timeout
  )

const connectTo = Effect.fnUntraced(function*({ host, login, servers: { facts, warnOfPlaintext }, settings, ssl }: {
  readonly host: TargetHost
  readonly login: Login
  readonly servers: Servers
  readonly settings: Readonly<Record<string, string>>
  readonly ssl: tls.ConnectionOptions | false
}) {
  const sockets = new Sockets(host, facts.pooled)
  const connection = yield* Effect.mapError(
    PgConnection.make({
      ...login,
      host: host.address,
      ssl,
      database: facts.database,
      applicationName: facts.applicationName,
      startupOptions: facts.options,
      // Whoever searches keeps the time.
      connectTimeout: Duration.infinity,
      prepare: !facts.pooled,
      startupParameters: settings,
      stream: () => sockets.next()
    }),
    (error) => error.reason.message === "PgConnection: Server refused TLS" ? encryptionRefused() : error
  )
  const { rows: [state] } = yield* connection.query(selectState, [], false)
  if (state?.["is_standby"] === true) return yield* standbyReached()
  if (ssl === false) yield* warnOfPlaintext(sockets.first)
  return { connection, socket: sockets.first }
})

const selectState = "SELECT pg_is_in_recovery() AS is_standby"

/**
 * The driver asks for a socket to connect with, and for another one to cancel a statement. Only a pooler gets that:
 * behind it no timeout is set that would end the statement, and nothing tells which backends were left behind.
 */
class Sockets {
  readonly #host: TargetHost
  readonly #isPooled: boolean
  #first: net.Socket | undefined

  constructor(host: TargetHost, isPooled: boolean) {
    this.#host = host
    this.#isPooled = isPooled
  }

  get first(): net.Socket {
    return this.#first ??= openSocket(this.#host)
  }

  next(): net.Socket {
    if (this.#first === undefined) return this.first
    if (this.#isPooled) return openSocket(this.#host)
    this.#first.destroy()
    throw new Error("Statements are given up and never canceled.")
  }
}

const openSocket = ({ address, port }: TargetHost): net.Socket => {
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
   * Closes a connection that is late, without a word to the server; one to a pooler is left to the driver, which
   * cancels what is interrupted. Idle ones that have not answered since it was lent are retired: they may lead to the
   * same nowhere, and each would cost somebody as long to find out.
   */
  readonly giveUp: (lent: PooledConnection) => Effect.Effect<void>

  readonly readings: PoolReadings
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
      if (!options.servers.facts.pooled) lent.socket.destroy()
      const silent = [...connections].filter(({ answeredAt, lentAt }) =>
        lentAt <= answeredAt && answeredAt < lent.lentAt
      )
      return Effect.forEach([lent, ...silent], retire, { discard: true })
    })

  const used = () => [...connections].filter(({ answeredAt, lentAt }) => lentAt > answeredAt).length
  const readings: PoolReadings = {
    used,
    idle: () => connections.size - used(),
    waiting: () => pool.state.waiters.size,
    max: () => options.connectionsMax
  }

  const made: ConnectionPool = { use, noteAnswer, retire, giveUp, readings }
  return made
})
