/**
 * The directory of the embedded database: the Postgres cluster, its log, the sockets and the generated keys. It
 * is private to its owner (0700), and doesn't depend on the working directory.
 */
import { Config, Duration, Effect, FileSystem, Option, Path, Predicate, Schedule } from "effect"
import type { PlatformError } from "effect"
import { createHash } from "node:crypto"
import { makeDirectories, missingFrom, systemCode } from "../process/Directories.ts"
import { DataDirectoryUnusable } from "./DataDirectoryUnusable.ts"
import { EmbeddedPostgresUnavailable } from "./EmbeddedPostgresUnavailable.ts"

export interface DataDirectory {
  readonly path: string
  /** The Postgres data directory; the server's socket is in it. */
  readonly cluster: string
  readonly log: string
  readonly keys: { readonly "encryption-key": string; readonly "signing-key": string }
}

export const serverPort = 5432

/** The watchdog's socket and the server's, below the data directory. */
export const watchdogSocket = "watchdog.sock"
export const serverSocket = `cluster/.s.PGSQL.${serverPort}`

/**
 * The default data directory: `/var/lib/identity` as root, else `$XDG_DATA_HOME/identity`, else
 * `~/.local/share/identity`. `None` when there is no home directory. A relative `XDG_DATA_HOME` is ignored, as the XDG
 * specification demands, because it would depend on the working directory.
 */
export const defaultPath = Effect.fnUntraced(function*(uid: number | undefined) {
  if (uid === 0) return Option.some("/var/lib/identity")
  const [data, home] = yield* Effect.all([absolute("XDG_DATA_HOME"), absolute("HOME")])
  return data.pipe(
    Option.orElse(() => Option.map(home, (home) => `${home}/.local/share`)),
    Option.map((base) => `${base.replace(/\/$/, "")}/identity`)
  )
})

const absolute = (name: string) =>
  Effect.orDie(Effect.map(Config.option(Config.String(name)), Option.filter((path) => path.startsWith("/"))))

/** Creates the directory when it is absent. Refuses one that other users can read or write, and one that we can't. */
export const open = Effect.fnUntraced(function*(dataDir: string) {
  const path = yield* Path.Path
  const requested = path.resolve(dataDir)
  const directory = yield* usable(
    requested,
    Effect.andThen(makeDirectories(requested, privateMode), inspect(requested))
  )
  if (yield* isExposed(directory)) {
    const fs = yield* FileSystem.FileSystem
    yield* fs.chmod(directory.path, privateMode)
  }
  return directory
})

/** The directory, if it exists. Refuses what `open` refuses, and changes nothing. */
export const look = Effect.fnUntraced(function*(dataDir: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const requested = path.resolve(dataDir)
  const { missing, nearest } = yield* usable(requested, missingFrom(requested))
  if (missing.length > 0) {
    yield* usable(requested, fs.access(nearest, { writable: true }))
    return Option.none()
  }
  const directory = yield* usable(requested, inspect(requested))
  yield* isExposed(directory)
  return Option.some(directory)
})

/** Reports a refusal by the system as a problem of the setting. */
const usable = <A, E, R>(requested: string, effect: Effect.Effect<A, E | PlatformError.PlatformError, R>) =>
  Effect.catchIf(
    effect,
    (error): error is PlatformError.PlatformError => Predicate.isTagged(error, "PlatformError"),
    (error) => new DataDirectoryUnusable({ directory: requested, reason: describeCause(error) })
  )

// Without Linux's /proc, the server's user reaches the cluster only along its path, so it must be able to enter, though
// not to list it.
const privateMode = process.getuid?.() === 0 && process.platform !== "linux" ? 0o711 : 0o700

/** Checks that this is a directory we can write in. Returns it by its path without links. */
const inspect = Effect.fnUntraced(function*(requested: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const real = yield* fs.realPath(requested)
  const { type } = yield* fs.stat(real)
  if (type !== "Directory") {
    return yield* new DataDirectoryUnusable({ directory: requested, reason: "which is no directory" })
  }
  yield* fs.access(real, { readable: true, writable: true })
  const directory: DataDirectory = {
    path: real,
    cluster: path.join(real, "cluster"),
    log: path.join(real, "postgres.log"),
    keys: { "encryption-key": path.join(real, "encryption-key"), "signing-key": path.join(real, "signing-key") }
  }
  return directory
})

/** In words, with the system's error code, such as EACCES. */
const describeCause = (error: PlatformError.PlatformError): string => {
  const code = systemCode(error)
  return error.reason._tag === "PermissionDenied"
    ? `where this user may not write (${code})`
    : `which can't be used (${code})`
}

/**
 * Whether other users can enter the directory, so that it must be made private. Fails unless it is empty or already
 * ours: a setting that names `/var/lib` or a home by mistake must not lock anyone out.
 */
const isExposed = Effect.fnUntraced(function*(directory: DataDirectory) {
  const fs = yield* FileSystem.FileSystem
  const mode = (yield* fs.stat(directory.path)).mode & 0o777
  if ((mode & ~privateMode) === 0) return false
  const names = yield* fs.readDirectory(directory.path)
  const isOurs = names.every((name) => name === "lost+found") ||
    names.some((name) => name === "cluster" || name === "signing-key")
  if (!isOurs) {
    return yield* new EmbeddedPostgresUnavailable({
      reason:
        `The data directory ${directory.path} is open to other users (mode ${mode.toString(8)}) and holds other ` +
        "files: name an empty or absent one in IDENTITY_DATA_DIR, or make it private with chmod 0700."
    })
  }
  return true
})

/** A temporary directory inside `parent`, for files that must appear whole or not at all. Removed with the scope. */
export const makePartial = Effect.fnUntraced(function*(parent: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.makeTempDirectoryScoped({ directory: parent, prefix: partialPrefix })
})

/** Gives a file that root made to the owner of the data directory, so that they can use it. */
export const handOver = Effect.fnUntraced(function*(directory: DataDirectory, file: string) {
  const fs = yield* FileSystem.FileSystem
  const { uid, gid } = yield* fs.stat(directory.path)
  if (process.getuid?.() !== 0 || Option.isNone(uid) || Option.isNone(gid)) return
  yield* fs.chown(file, uid.value, gid.value)
})

/** Makes a created or renamed entry of `directory` survive a power loss. */
export const sync = Effect.fnUntraced(function*(directory: string) {
  const fs = yield* FileSystem.FileSystem
  yield* Effect.scoped(Effect.flatMap(fs.open(directory, { flag: "r" }), (handle) => handle.sync))
})

/** Removes temporary directories of starts that were killed. No start takes ten minutes. */
export const sweepPartials = Effect.fnUntraced(function*(parent: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
  const names = yield* fs.readDirectory(parent)
  yield* Effect.forEach(
    names.filter((name) => name.startsWith(partialPrefix)).map((name) => path.join(parent, name)),
    Effect.fnUntraced(function*(partial) {
      const modified = Option.flatMap(yield* Effect.option(fs.stat(partial)), (info) => info.mtime)
      if (Option.isNone(modified) || now - modified.value.getTime() < Duration.toMillis("10 minutes")) return
      yield* fs.remove(partial, { recursive: true, force: true })
    }),
    { discard: true }
  )
})

const partialPrefix = ".partial-"

/**
 * The data directory under a path that is short enough for its sockets: at most 107 bytes, 103 on macOS. For a longer
 * path each process makes a symbolic link in /tmp, named after the path.
 */
export const shortPath = Effect.fnUntraced(function*(directory: DataDirectory) {
  if (Buffer.byteLength(`${directory.path}/${serverSocket}`) <= 103) return directory.path
  const hash = createHash("sha256").update(directory.path).digest("hex").slice(0, 16)
  const alias = `/tmp/identity-${process.getuid?.() ?? ""}-${hash}`
  yield* link(directory.path, alias)
  // Cleaners of /tmp remove files that haven't changed for days, and the server may run for months.
  yield* link(directory.path, alias).pipe(
    Effect.ignore,
    Effect.repeat(Schedule.spaced("6 hours")),
    Effect.delay("6 hours"),
    Effect.forkScoped
  )
  return alias
})

/**
 * Renaming replaces the old link in one step. It fails on a link that another user planted, because /tmp is sticky.
 * Following such a link would send our data to their server.
 */
const link = Effect.fnUntraced(function*(target: string, alias: string) {
  const fs = yield* FileSystem.FileSystem
  const partial = yield* fs.makeTempDirectoryScoped({ directory: "/tmp", prefix: "identity-" })
  yield* fs.symlink(target, `${partial}/link`)
  yield* fs.rename(`${partial}/link`, alias)
}, Effect.scoped)
