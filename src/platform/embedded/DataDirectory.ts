/**
 * The directory that holds everything of the embedded database: the Postgres cluster, its log, the sockets, the
 * generated signing key. Private to its owner (0700), and the same from every working directory.
 */
import { Config, Duration, Effect, FileSystem, Option, Path, Predicate, Schedule } from "effect"
import type { PlatformError } from "effect"
import { createHash } from "node:crypto"
import { DataDirectoryUnusable } from "./DataDirectoryUnusable.ts"
import { EmbeddedPostgresUnavailable } from "./EmbeddedPostgresUnavailable.ts"

export interface DataDirectory {
  readonly path: string
  /** The Postgres data directory; the server's socket is in it. */
  readonly cluster: string
  readonly log: string
  readonly signingKey: string
}

export const serverPort = 5432

/** The watchdog's socket and the server's, below the data directory. */
export const watchdogSocket = "watchdog.sock"
export const serverSocket = `cluster/.s.PGSQL.${serverPort}`

/**
 * Where the data is when nobody says otherwise: `/var/lib/identity` as root, else `$XDG_DATA_HOME/identity`, else
 * `~/.local/share/identity`. `None` where not even a home is known. A relative `XDG_DATA_HOME` is no answer, as the
 * XDG specification demands: it would differ from one working directory to another.
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

/** Creates the directory when it is absent, and refuses one that others can read or write or that we can't. */
export const open = Effect.fnUntraced(function*(dataDir: string) {
  const path = yield* Path.Path
  const requested = path.resolve(dataDir)
  const directory = yield* usable(requested, Effect.andThen(makeDirectories(requested), inspect(requested)))
  if (yield* isExposed(directory)) {
    const fs = yield* FileSystem.FileSystem
    yield* fs.chmod(directory.path, privateMode)
  }
  return directory
})

/** The directory if it is there. Refuses what `open` would, and changes nothing. */
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

/** Says what the system refuses as what is wrong with the setting. */
const usable = <A, E, R>(requested: string, effect: Effect.Effect<A, E | PlatformError.PlatformError, R>) =>
  Effect.catchIf(
    effect,
    (error): error is PlatformError.PlatformError => Predicate.isTagged(error, "PlatformError"),
    (error) => new DataDirectoryUnusable({ directory: requested, reason: describeCause(error) })
  )

// Without Linux' /proc a server user can reach the cluster only along its path: names below stay unlistable, though.
const privateMode = process.getuid?.() === 0 && process.platform !== "linux" ? 0o711 : 0o700

/** Makes sure that what is there is a directory we can write in; answers it by its path without links. */
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
    signingKey: path.join(real, "signing-key")
  }
  return directory
})

/**
 * Step by step: the recursion of Node never ends where the system has a directory and answers that there is none when
 * something is created in it, as below /proc.
 */
const makeDirectories = Effect.fnUntraced(function*(requested: string) {
  const fs = yield* FileSystem.FileSystem
  const { missing } = yield* missingFrom(requested)
  for (const directory of missing) {
    yield* fs.makeDirectory(directory, { mode: privateMode }).pipe(
      // Another starter was faster.
      Effect.catchReason("PlatformError", "AlreadyExists", () => Effect.void)
    )
  }
})

/** The directories that are not there yet, outermost first, and the one that they go into. */
const missingFrom = Effect.fnUntraced(function*(requested: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const missing: Array<string> = []
  let nearest = requested
  for (; !(yield* fs.exists(nearest)); nearest = path.dirname(nearest)) missing.unshift(nearest)
  return { missing, nearest }
})

/** With the system's name of what went wrong, such as EACCES. */
const describeCause = ({ reason }: PlatformError.PlatformError): string => {
  const code = Predicate.hasProperty(reason.cause, "code") ? String(reason.cause.code) : reason._tag
  return reason._tag === "PermissionDenied"
    ? `where this user may not write (${code})`
    : `which can't be used (${code})`
}

/**
 * Whether others can enter the directory, so that it is to be made private. Only what is empty or already ours is: a
 * setting that names `/var/lib` or a home by mistake must not lock anyone out of it.
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

/** A directory inside this one for what must appear at once or not at all; removed with the scope. */
export const makePartial = Effect.fnUntraced(function*(parent: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.makeTempDirectoryScoped({ directory: parent, prefix: partialPrefix })
})

/** Gives what root makes in another user's directory to that user, so that they can use it. */
export const handOver = Effect.fnUntraced(function*(directory: DataDirectory, file: string) {
  const fs = yield* FileSystem.FileSystem
  const { uid, gid } = yield* fs.stat(directory.path)
  if (process.getuid?.() !== 0 || Option.isNone(uid) || Option.isNone(gid)) return
  yield* fs.chown(file, uid.value, gid.value)
})

/** Makes the creation or renaming of an entry of `directory` survive a power loss. */
export const sync = Effect.fnUntraced(function*(directory: string) {
  const fs = yield* FileSystem.FileSystem
  yield* Effect.scoped(Effect.flatMap(fs.open(directory, { flag: "r" }), (handle) => handle.sync))
})

/** Removes what starters left behind that were killed half-way. Nobody takes ten minutes. */
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
 * The data directory under a path short enough for its sockets: the system allows 107 bytes, macOS 103. A longer one
 * gets a symbolic link in /tmp, named after the path, that every process makes for itself.
 */
export const shortPath = Effect.fnUntraced(function*(directory: DataDirectory) {
  if (Buffer.byteLength(`${directory.path}/${serverSocket}`) <= 103) return directory.path
  const hash = createHash("sha256").update(directory.path).digest("hex").slice(0, 16)
  const alias = `/tmp/identity-${process.getuid?.() ?? ""}-${hash}`
  yield* link(directory.path, alias)
  // Cleaners of /tmp remove what has not changed for days, and the server may run for months.
  yield* link(directory.path, alias).pipe(
    Effect.ignore,
    Effect.repeat(Schedule.spaced("6 hours")),
    Effect.delay("6 hours"),
    Effect.forkScoped
  )
  return alias
})

/**
 * Renaming replaces the old link in one step, and fails on one that another user planted: /tmp is sticky. Following
 * that one would hand our data to a server of theirs.
 */
const link = Effect.fnUntraced(function*(target: string, alias: string) {
  const fs = yield* FileSystem.FileSystem
  const partial = yield* fs.makeTempDirectoryScoped({ directory: "/tmp", prefix: "identity-" })
  yield* fs.symlink(target, `${partial}/link`)
  yield* fs.rename(`${partial}/link`, alias)
}, Effect.scoped)
