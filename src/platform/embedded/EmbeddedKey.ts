/**
 * The keys of the quickstart: each generated once, and kept beside the database. Only the owner of the data directory
 * can read them. The Postgres server's user can't, so reading the whole database isn't enough to forge a token or to
 * open a sealed secret.
 */
import { DateTime, Effect, FileSystem, Option, Path, Redacted } from "effect"
import type { PlatformError } from "effect"
import * as DataDirectory from "./DataDirectory.ts"
import { EmbeddedPostgresUnavailable } from "./EmbeddedPostgresUnavailable.ts"

export type KeyName = keyof DataDirectory.DataDirectory["keys"]

/**
 * The key as text, from its file or from `generate`. Processes that start at once on a new data directory get the same
 * key: each writes one aside, and linking it to the final name succeeds only for one of them.
 */
export const loadOrCreate = Effect.fn("EmbeddedKey.loadOrCreate")(
  function*(dataDir: string, name: KeyName, generate: Effect.Effect<Redacted.Redacted<string>>) {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* DataDirectory.open(dataDir)
    if (!(yield* fs.exists(directory.keys[name]))) yield* Effect.scoped(create(directory, name, yield* generate))
    return yield* read(directory, name)
  },
  Effect.catchTag("PlatformError", (error) => unusable(error))
)

/** The key of an existing data directory, and when its file was written. `None` if there is no key yet. */
export const find = Effect.fnUntraced(
  function*(directory: DataDirectory.DataDirectory, name: KeyName) {
    const fs = yield* FileSystem.FileSystem
    if (!(yield* fs.exists(directory.keys[name]))) return Option.none()
    const { mtime } = yield* fs.stat(directory.keys[name])
    return Option.some({ key: yield* read(directory, name), writtenAt: Option.map(mtime, DateTime.fromDateUnsafe) })
  },
  Effect.catchTag("PlatformError", (error) => unusable(error))
)

const read = Effect.fnUntraced(function*({ keys }: DataDirectory.DataDirectory, name: KeyName) {
  const fs = yield* FileSystem.FileSystem
  return Redacted.make((yield* fs.readFileString(keys[name])).trim(), { label: "key" })
})

const unusable = ({ message }: PlatformError.PlatformError) =>
  new EmbeddedPostgresUnavailable({ reason: `A generated key can't be used: ${message}.` })

const create = Effect.fnUntraced(function*(
  directory: DataDirectory.DataDirectory,
  name: KeyName,
  key: Redacted.Redacted<string>
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const partial = path.join(yield* DataDirectory.makePartial(directory.path), name)
  const file = yield* fs.open(partial, { flag: "wx", mode: 0o600 })
  yield* file.writeAll(Buffer.from(`${Redacted.value(key)}\n`))
  yield* file.sync
  yield* DataDirectory.handOver(directory, partial)
  yield* fs.link(partial, directory.keys[name]).pipe(
    Effect.catchReason("PlatformError", "AlreadyExists", () => Effect.void)
  )
  yield* DataDirectory.sync(directory.path)
})
