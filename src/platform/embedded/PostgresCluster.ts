/**
 * The Postgres cluster in a data directory: how it is created, and how its server is run. It has one role and one
 * database, both named `identity`.
 */
import { Effect, FileSystem, Option, Path } from "effect"
import * as DataDirectory from "./DataDirectory.ts"
import { EmbeddedPostgresUnavailable } from "./EmbeddedPostgresUnavailable.ts"
import type { PostgresBinaries } from "./PostgresBinaries.ts"
import { run } from "./ServerUser.ts"
import type { ServerUser } from "./ServerUser.ts"

export const role = "identity"
export const database = "identity"

/**
 * Creates the cluster when there is none. It is prepared aside and appears by being renamed, so a crash leaves none
 * rather than half of one, and of two starters the slower takes over the other's.
 */
export const ensure = Effect.fnUntraced(function*(
  directory: DataDirectory.DataDirectory,
  binaries: PostgresBinaries,
  user: Option.Option<ServerUser>
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const exists = fs.exists(path.join(directory.cluster, "PG_VERSION"))
  yield* DataDirectory.sweepPartials(directory.path)
  if (yield* exists) return
  yield* Effect.logInfo(`Creating the embedded database in ${directory.path}`)
  const partial = path.join(yield* DataDirectory.makePartial(directory.path), "cluster")
  yield* fs.makeDirectory(partial, { mode: 0o700 })
  if (Option.isSome(user)) yield* fs.chown(partial, user.value.uid, user.value.gid)
  yield* initialize(partial, binaries, user)
  yield* fs.rename(partial, directory.cluster).pipe(
    Effect.catch((error) => Effect.flatMap(exists, (exists) => exists ? Effect.void : Effect.fail(error)))
  )
  yield* DataDirectory.sync(directory.path)
}, Effect.scoped)

const initialize = Effect.fnUntraced(
  function*(cluster: string, binaries: PostgresBinaries, user: Option.Option<ServerUser>) {
    const options = { cwd: cluster, user }
    const at = clusterArgument(cluster, user)
    // The built-in locale needs none of the system's, so every machine orders and compares alike.
    yield* run(binaries.initdb, [
      `--pgdata=${at}`,
      `--username=${role}`,
      // Nobody is let in before `ClientAuthentication` has written its rules.
      "--auth=reject",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-instructions",
      ...syncMethod
    ], options)
    // Renaming the database that is there already spares the start a copy of 300 files, each of them synced.
    yield* run(binaries.postgres, ["--single", "-D", at, "-c", "exit_on_error=on", "template1"], {
      ...options,
      input: `ALTER DATABASE postgres RENAME TO ${database}\n`
    })
  },
  Effect.catchTag(
    "ProgramFailed",
    ({ reason }) => new EmbeddedPostgresUnavailable({ reason: `The embedded database could not be created: ${reason}` })
  )
)

/**
 * A thousand new files reach the disk by one call for their file system, where there is one, and not by one call each:
 * on a busy disk that is seconds.
 */
const syncMethod = process.platform === "linux" ? ["--sync-method=syncfs"] : []

/**
 * What the server is started with, in the cluster's directory. Given as arguments, they hold for clusters of earlier
 * releases too, and a changed configuration file can't turn off what an acknowledged write relies on.
 */
export const serverArguments = (
  directory: DataDirectory.DataDirectory,
  user: Option.Option<ServerUser>
): ReadonlyArray<string> => [
  "-D",
  clusterArgument(directory.cluster, user),
  ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
]

const settings = {
  listen_addresses: "",
  // Relative to the cluster, so the server itself has no limit on the length of the path.
  unix_socket_directories: ".",
  unix_socket_permissions: "0700",
  port: String(DataDirectory.serverPort),
  cluster_name: "identity",
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  max_connections: "100",
  shared_buffers: "32MB",
  max_wal_size: "256MB",
  io_method: "sync",
  max_parallel_workers_per_gather: "0",
  timezone: "UTC",
  log_timezone: "UTC",
  // Error messages quote values, and values are emails and hashes: only what concerns the server itself is logged.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_checkpoints: "off"
}

/**
 * The cluster as the server's user can name it. As root that user need not be allowed to enter the directories above
 * (a data directory is 0700, and may lie in /root): the program is started inside the cluster, and Linux lets it come
 * back there through /proc without walking the path.
 */
const clusterArgument = (cluster: string, user: Option.Option<ServerUser>): string =>
  Option.isSome(user) && process.platform === "linux" ? "/proc/self/cwd" : cluster
