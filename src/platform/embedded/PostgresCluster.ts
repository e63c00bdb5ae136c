/**
 * Creates the Postgres cluster in a data directory, and starts its server. The cluster has one role and one database,
 * both named `identity`.
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
 * Creates the cluster when there is none. It is prepared aside and then renamed, so a crash never leaves half a
 * cluster. When two processes start at once, the slower one uses the other's cluster.
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
    // The built-in locale doesn't depend on the system, so every machine sorts and compares alike.
    yield* run(binaries.initdb, [
      `--pgdata=${at}`,
      `--username=${role}`,
      // Nobody is admitted before `ClientAuthentication` has written its rules.
      "--auth=reject",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-instructions",
      "--no-sync"
    ], options)
    // Renaming the existing database avoids copying 300 files.
    yield* run(binaries.postgres, ["--single", "-F", "-D", at, "-c", "exit_on_error=on", "template1"], {
      ...options,
      input: `ALTER DATABASE postgres RENAME TO ${database}\n`
    })
    // Everything reaches the disk at once, before the cluster gets its final name.
    yield* run(binaries.initdb, [`--pgdata=${at}`, "--sync-only", ...syncMethod], options)
  },
  Effect.catchTag(
    "ProgramFailed",
    ({ reason }) => new EmbeddedPostgresUnavailable({ reason: `The embedded database could not be created: ${reason}` })
  )
)

/**
 * On Linux one call syncs the whole file system instead of one call for each of a thousand new files, which takes
 * seconds on a busy disk.
 */
const syncMethod = process.platform === "linux" ? ["--sync-method=syncfs"] : []

/**
 * The arguments of the server. Unlike a configuration file, they apply to clusters of earlier releases, and nobody can
 * edit away what makes an acknowledged write durable.
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
  // Relative to the cluster, so the limit on the length of a socket's path doesn't apply to the server.
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
  // Error messages quote values such as emails and hashes, so only messages about the server itself are logged.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_checkpoints: "off"
}

/**
 * The path by which the server's user can reach the cluster. That user may have no right to enter the directories
 * above: a data directory is 0700, and may be in /root. So the program is started inside the cluster, and Linux lets it
 * return there through /proc without walking the path.
 */
const clusterArgument = (cluster: string, user: Option.Option<ServerUser>): string =>
  Option.isSome(user) && process.platform === "linux" ? "/proc/self/cwd" : cluster
