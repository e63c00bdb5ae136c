/**
 * The database of the quickstart: a real Postgres server that belongs to a data directory and runs as long as some
 * process uses it. The first process starts it, others on this machine (the server, its workers, commands) join, and it
 * stops when the last one leaves or dies. A watchdog process sees to that (`Watchdog.ts`).
 *
 * A first start takes seconds, so each of its steps is logged.
 *
 * An acknowledged write is on the disk: `fsync` and `synchronous_commit` are on and can't be turned off. The server
 * listens only on a Unix socket, and admits only the owner of the data directory and root.
 */
import { Effect, Option, Schedule } from "effect"
import * as ClientAuthentication from "./ClientAuthentication.ts"
import * as DataDirectory from "./DataDirectory.ts"
import { EmbeddedPostgresUnavailable } from "./EmbeddedPostgresUnavailable.ts"
import * as PostgresBinaries from "./PostgresBinaries.ts"
import * as PostgresCluster from "./PostgresCluster.ts"
import * as ServerUser from "./ServerUser.ts"
import * as WatchdogClient from "./WatchdogClient.ts"

/** Options for `PgClient.layer`. Valid while the scope is open, across restarts of the server. */
export interface Connection {
  /** The server's Unix socket. */
  readonly path: string
  readonly port: number
  readonly username: string
  readonly database: string
}

/**
 * Uses the database in `dataDir` until the scope closes. Creates and starts it if necessary.
 *
 * **Details**
 *
 * If the server dies, the watchdog starts it again. If the watchdog dies, each owner joins or starts another one. Both
 * take less than two seconds, and connections fail meanwhile.
 */
export const acquire = Effect.fn("EmbeddedPostgres.acquire")(
  function*(options: { readonly dataDir: string }) {
    const directory = yield* DataDirectory.open(options.dataDir)
    const base = yield* DataDirectory.shortPath(directory)
    const first = yield* own(directory, base)
    yield* WatchdogClient.closed(first).pipe(
      Effect.andThen(Effect.forever(keepOwning(directory, base))),
      Effect.forkScoped
    )
    return connectionAt(base)
  },
  Effect.catchTag(
    "PlatformError",
    (error) =>
      new EmbeddedPostgresUnavailable({
        reason: `The directory that IDENTITY_DATA_DIR names can't be used: ${error.message}.`
      })
  )
)

const connectionAt = (base: string): Connection => ({
  path: `${base}/${DataDirectory.serverSocket}`,
  port: DataDirectory.serverPort,
  username: PostgresCluster.role,
  database: PostgresCluster.database
})

/**
 * The running server of an existing data directory, if there is one. Only its owners keep it running. Starts and
 * changes nothing.
 */
export const findRunning = Effect.fnUntraced(function*(directory: DataDirectory.DataDirectory) {
  const base = yield* DataDirectory.shortPath(directory)
  const isRunning = yield* WatchdogClient.isGuarded(`${base}/${DataDirectory.watchdogSocket}`)
  return isRunning ? Option.some(connectionAt(base)) : Option.none()
})

/** Joins the watchdog of this directory, or starts one. Completes when the server accepts connections. */
const own = Effect.fnUntraced(
  function*(directory: DataDirectory.DataDirectory, base: string) {
    const control = `${base}/${DataDirectory.watchdogSocket}`
    const socket = yield* WatchdogClient.join(control).pipe(
      Effect.catchTag("WatchdogAbsent", () => startAndJoin(directory, control))
    )
    yield* WatchdogClient.ready(socket, directory)
    return socket
  },
  // Since we looked, the last owner may have left, or another process may have started a watchdog.
  Effect.retry({ while: (error) => error._tag === "WatchdogAbsent", schedule: Schedule.spaced("50 millis") }),
  Effect.timeout("60 seconds"),
  Effect.catchTag(
    ["WatchdogAbsent", "TimeoutError"],
    () => new EmbeddedPostgresUnavailable({ reason: "The embedded Postgres server did not start within 60 seconds." })
  )
)

const startAndJoin = Effect.fnUntraced(function*(directory: DataDirectory.DataDirectory, control: string) {
  const user = yield* ServerUser.find(directory)
  const binaries = yield* PostgresBinaries.install(directory, user)
  yield* PostgresCluster.ensure(directory, binaries, user)
  yield* Effect.logInfo("Starting the embedded Postgres server")
  yield* ClientAuthentication.write(directory, user)
  const watchdog = yield* WatchdogClient.start(directory, {
    postgres: binaries.postgres,
    arguments: PostgresCluster.serverArguments(directory, user),
    user
  })
  return yield* WatchdogClient.join(control).pipe(
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.raceFirst(WatchdogClient.ended(watchdog, directory))
  )
})

const keepOwning = (directory: DataDirectory.DataDirectory, base: string) =>
  own(directory, base).pipe(
    Effect.flatMap(WatchdogClient.closed),
    Effect.scoped,
    Effect.catch((error) => Effect.logError("The embedded Postgres server is gone", error)),
    Effect.andThen(Effect.sleep("200 millis"))
  )
