/**
 * Postgres servers that a test may kill, freeze and start again. Each listens on a socket and on a loopback port.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as PgClient from "@effect/sql-pg/PgClient"
import type * as PgConnection from "@effect/sql-pg/PgConnection"
import { Context, Effect, FileSystem, Layer, Option, Random, Redacted, Schedule } from "effect"
import type { Path, Scope } from "effect"
import { Reactivity } from "effect/reactivity"
import { execFileSync, spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import * as net from "node:net"
import * as DataDirectory from "../../../src/platform/embedded/DataDirectory.ts"
import * as PostgresBinaries from "../../../src/platform/embedded/PostgresBinaries.ts"
import * as PostgresCluster from "../../../src/platform/embedded/PostgresCluster.ts"
import * as ServerUser from "../../../src/platform/embedded/ServerUser.ts"
import { dataDirectory } from "../../support/pristine-cluster.ts"
import { selfSignedCertificate } from "../../support/self-signed-certificate.ts"
import { databaseParent, temporaryDirectory } from "../../support/temporary-directory.ts"

export class DisposableServer extends Context.Service<DisposableServer, Disposable>()("test/DisposableServer") {
  static readonly layer = DisposableServer.layerWith({})

  /** One with settings of its own, and perhaps a place for its data. */
  static layerWith(settings: Readonly<Record<string, string>>, parent?: string) {
    return Layer.effect(
      DisposableServer,
      Effect.flatMap(Effect.suspend(() => newCluster(parent)), (cluster) => disposable(cluster, settings))
    ).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))
  }
}

export interface Disposable {
  readonly url: Redacted.Redacted
  readonly port: number
  readonly database: string
  /** The directory of its Unix socket. */
  readonly directory: string
  /** Starts the server unless it runs, and waits until it accepts. */
  readonly start: Effect.Effect<void>
  /** Ends the server at once and waits until all its processes are gone. `SIGQUIT` is Postgres' immediate shutdown. */
  readonly end: (signal: "SIGQUIT" | "SIGKILL") => Effect.Effect<void>
  /** Stops every process of the server in its tracks: connections stay open and nobody answers. */
  readonly freeze: Effect.Effect<void>
  readonly thaw: Effect.Effect<void>
}

/** A server that encrypts, with the certificate that it shows and one, with its key, that it takes from clients. */
export class EncryptingServer extends Context.Service<
  EncryptingServer,
  Disposable & {
    readonly certificate: string
    readonly client: { readonly cert: string; readonly key: string }
  }
>()("test/EncryptingServer") {
  static readonly layer = Layer.effect(
    EncryptingServer,
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const cluster = yield* newCluster()
      const [own, client] = [selfSignedCertificate(), selfSignedCertificate()]
      for (const [name, pem] of [["own.crt", own.cert], ["own.key", own.key], ["clients.crt", client.cert]] as const) {
        const file = `${cluster.directory.cluster}/${name}`
        yield* fs.writeFileString(file, pem, { mode: 0o600 })
        yield* Effect.forEach(Option.toArray(cluster.user), ({ gid, uid }) => fs.chown(file, uid, gid))
      }
      const server = yield* disposable(cluster, {
        ssl: "on",
        ssl_cert_file: "own.crt",
        ssl_key_file: "own.key",
        ssl_ca_file: "clients.crt"
      })
      return EncryptingServer.of({ ...server, certificate: own.cert, client })
    })
  ).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))
}

/** A primary and its synchronous standby, which has all that the primary has acknowledged. */
export class StreamingPair extends Context.Service<StreamingPair, {
  readonly primary: Disposable
  readonly standby: Disposable
  /** Starts the standby unless it runs, and waits until it confirms what the primary writes. */
  readonly stream: Effect.Effect<void>
  /** Makes a primary of the standby, which has to run; answers once it takes writes. */
  readonly promote: Effect.Effect<void>
}>()("test/StreamingPair") {
  static readonly layer = Layer.effect(
    StreamingPair,
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const first = yield* newCluster()
      const second = yield* copyOf(first)
      yield* fs.writeFileString(`${second.directory.cluster}/standby.signal`, "")
      const primary = yield* disposable(first, {
        synchronous_standby_names: "*",
        client_connection_check_interval: "50ms"
      })
      const standby = yield* disposable(second, {
        primary_conninfo: `host=127.0.0.1 port=${primary.port} user=${PostgresCluster.role}`,
        wal_retrieve_retry_interval: "50ms"
      })
      const stream = Effect.andThen(
        standby.start,
        until(primary.url, "SELECT count(*) = 1 AS holds FROM pg_stat_replication WHERE sync_state = 'sync'")
      )
      yield* stream
      const promote = Effect.andThen(
        until(standby.url, "SELECT pg_promote() AS holds"),
        until(standby.url, "SELECT NOT pg_is_in_recovery() AS holds")
      )
      return StreamingPair.of({ primary, standby, stream, promote })
    })
  ).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))
}

export interface Cluster {
  readonly directory: DataDirectory.DataDirectory
  readonly user: Effect.Success<ReturnType<typeof ServerUser.find>>
  readonly binaries: PostgresBinaries.PostgresBinaries
}

export const newCluster = (
  parent?: string
): Effect.Effect<Cluster, never, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* DataDirectory.open(yield* dataDirectory("identity-outage-", parent))
    const user = yield* ServerUser.find(directory)
    const binaries = yield* PostgresBinaries.install(directory, user)
    yield* PostgresCluster.ensure(directory, binaries, user)
    yield* fs.writeFileString(`${directory.cluster}/pg_hba.conf`, hostBasedAuthentication)
    return { directory, user, binaries }
  }).pipe(Effect.orDie)

/** The same cluster a second time. It must not have been started yet. */
export const copyOf = ({ binaries, directory, user }: Cluster) =>
  Effect.gen(function*() {
    const copy = yield* DataDirectory.open(yield* temporaryDirectory("identity-outage-", databaseParent))
    execFileSync("cp", ["-pR", directory.cluster, copy.cluster])
    return { binaries, user, directory: copy }
  })

export const disposable = Effect.fnUntraced(
  function*({ binaries, directory, user }: Cluster, settings: Readonly<Record<string, string>>) {
    const port = yield* freePort
    const url = Redacted.make(`postgres://${PostgresCluster.role}@127.0.0.1:${port}/${PostgresCluster.database}`)
    const given = Object.entries({ listen_addresses: "127.0.0.1", port: String(port), ...settings })

    let server: ChildProcess | undefined
    const processes = Effect.sync(() => {
      const pid = String(server?.pid)
      return [pid, ...execFileSync("pgrep", ["-P", pid], { encoding: "utf8" }).trim().split("\n")].map(Number)
    })
    const signal = (name: "SIGSTOP" | "SIGCONT") =>
      Effect.map(processes, (pids) => {
        for (const pid of pids) sendIfAlive(pid, name)
      })
    // A server that was killed leaves children that hold its memory for a moment, and a new one refuses to start.
    const launchUnlessRunning = Effect.sync(() => {
      if (isRunning(server)) return
      server = spawn(binaries.postgres, [
        ...PostgresCluster.serverArguments(directory, user),
        ...given.flatMap(([name, value]) => ["-c", `${name}=${value}`])
      ], { cwd: directory.cluster, stdio: "ignore", env: { LC_ALL: "C" }, ...Option.getOrElse(user, () => ({})) })
    })
    const start = Effect.andThen(launchUnlessRunning, until(url, "SELECT true AS holds"))
    const end = Effect.fnUntraced(function*(name: "SIGQUIT" | "SIGKILL") {
      if (!isRunning(server)) return
      const family = yield* processes
      server.kill(name)
      // Sessions of a killed server notice a little later that it is gone, and answer until then.
      yield* Effect.suspend(() => family.some(exists) ? Effect.fail("running") : Effect.void).pipe(
        Effect.retry({ schedule: Schedule.spaced("5 millis"), times: 1000 }),
        Effect.orDie
      )
    })
    yield* start
    yield* Effect.addFinalizer(() => Effect.andThen(Effect.ignoreCause(signal("SIGCONT")), end("SIGQUIT")))

    return {
      url,
      port,
      database: PostgresCluster.database,
      directory: directory.cluster,
      start,
      end,
      freeze: signal("SIGSTOP"),
      thaw: signal("SIGCONT")
    }
  }
)

/** Runs a statement on a server of any kind, a standby too. */
export const administer = (url: Redacted.Redacted, statement: string) =>
  PgClient.makeClient({ url }).pipe(
    Effect.flatMap((sql) => sql.unsafe<PgConnection.Row>(statement)),
    Effect.scoped,
    Effect.provide(Reactivity.layer)
  )

/** Waits until a server answers a statement with one row, whose `holds` is true. */
export const until = (url: Redacted.Redacted, statement: string) =>
  administer(url, statement).pipe(
    Effect.flatMap(([row]) => row?.["holds"] === true ? Effect.void : Effect.fail("not yet")),
    Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 500 }),
    Effect.orDie
  )

const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A child of the server may end by itself between being listed and being signalled. */
const sendIfAlive = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error
  }
}

const isRunning = (child: ChildProcess | undefined): child is ChildProcess =>
  child !== undefined && child.exitCode === null && child.signalCode === null

const hostBasedAuthentication = [
  "local all all trust",
  "hostnossl all encrypted_only 127.0.0.1/32 reject",
  "hostssl all plain_only 127.0.0.1/32 reject",
  // The common name of the certificates of the tests.
  `hostssl all "identity test" 127.0.0.1/32 cert`,
  "host all with_password 127.0.0.1/32 scram-sha-256",
  "host all all 127.0.0.1/32 trust",
  "host replication all 127.0.0.1/32 trust"
].join("\n")

/** Below the ports that systems give to outgoing connections, one of which could take it while the server is down. */
const freePort = Effect.flatMap(Random.nextIntBetween(20_000, 30_000), (port) =>
  Effect.tryPromise(async () => {
    const listener = net.createServer().listen(port, "127.0.0.1")
    await once(listener, "listening")
    listener.close()
    await once(listener, "close")
    return port
  })).pipe(Effect.retry({ times: 20 }), Effect.orDie)
