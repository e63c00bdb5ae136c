/**
 * Connections to one Postgres server, each on a socket of our own, and a pool of them.
 *
 * The driver cancels an interrupted statement. A commit that waits for a synchronous standby must not be canceled:
 * Postgres would stop waiting and show everybody data that the standby doesn't have, and a failover would take it back.
 * So a connection is abandoned by closing its socket, which the server doesn't notice during a commit. That needs
 * sockets of our own, which the driver accepts as `stream`, and therefore a pool of our own.
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
  /** The time limit for connecting. */
  readonly timeout: Duration.Duration
  /** Settings of the server for the duration of the connection. */
  readonly settings: Readonly<Record<string, string>>
}

/**
 * Opens a connection to a primary, until the scope closes. Hot standbys are refused, because their data may be out of
 * date.
 */
export const open = (options: ConnectionOptions): Effect.Effect<OpenConnection, SqlError, Scope.Scope> =>
  Effect.timeoutOrElse(connectAsConfigured(options), {
    duration: options.timeout,
    orElse: () => Effect.fail(deadlineExceeded())
  })

/** State shared by all connections to a database. */
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
      // `PrimarySearch` limits the time.
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
 * Gives the driver its sockets: one to connect with, and another one to cancel a statement. Only poolers get the
 * second: behind a pooler, no server timeout would end the statement, and nothing shows which backends remain busy.
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
    // A statement is one write followed by waiting for the answer, so there is nothing to gather.
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

/**
 * A connection of the pool. `lentAt` and `answeredAt` are the pool's turns in which it was last lent and last finished
 * its work.
 */
export interface PooledConnection extends OpenConnection {
  lentAt: number
  answeredAt: number
}

export interface ConnectionPool {
  /**
   * Lends a connection for one effect. If the connection closed while it was idle, retires it and fails with
   * `connectionGone`.
   */
  readonly use: <A>(f: (lent: PooledConnection) => Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

  readonly noteAnswer: (lent: PooledConnection) => void

  /** Makes room for another connection at once, and closes this one as soon as it is no longer lent. */
  readonly retire: (lent: PooledConnection) => Effect.Effect<void>

  /**
   * Closes a late connection without notifying the server. A connection to a pooler is left to the driver, which
   * cancels interrupted statements. Idle connections that have not answered since this one was lent are retired: they
   * may lead to the same dead server, and each would take another caller as long to find out.
   */
  readonly giveUp: (lent: PooledConnection) => Effect.Effect<void>

  readonly readings: PoolReadings
}

/**
 * Makes a pool that starts empty, opens connections when they are needed, and closes those that are idle for a minute.
 */
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
    // Forked outside the connection's scope, because retiring the connection closes that scope.
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
