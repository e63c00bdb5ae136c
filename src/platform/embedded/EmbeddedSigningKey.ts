/**
 * The signing key of the quickstart: generated once, and kept beside the database. Only the owner of the data directory
 * can read it. The Postgres server's user can't, so reading the whole database isn't enough to forge a token.
 */
import { DateTime, Effect, FileSystem, Option, Path, Redacted } from "effect"
import type { PlatformError } from "effect"
import * as DataDirectory from "./DataDirectory.ts"
import { EmbeddedPostgresUnavailable } from "./EmbeddedPostgresUnavailable.ts"

/**
 * The key as text, from its file or from `generate`. Processes that start at once on a new data directory get the same
 * key: each writes one aside, and linking it to the final name succeeds only for one of them.
 */
export const loadOrCreate = Effect.fn("EmbeddedSigningKey.loadOrCreate")(
  function*(dataDir: string, generate: Effect.Effect<Redacted.Redacted<string>>) {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* DataDirectory.open(dataDir)
    if (!(yield* fs.exists(directory.signingKey))) yield* Effect.scoped(create(directory, yield* generate))
    return yield* read(directory)
  },
  Effect.catchTag("PlatformError", (error) => unusable(error))
)

/** The key of an existing data directory, and when its file was written. `None` if there is no key yet. */
export const find = Effect.fnUntraced(
  function*(directory: DataDirectory.DataDirectory) {
    const fs = yield* FileSystem.FileSystem
    if (!(yield* fs.exists(directory.signingKey))) return Option.none()
    const { mtime } = yield* fs.stat(directory.signingKey)
    return Option.some({ key: yield* read(directory), writtenAt: Option.map(mtime, DateTime.fromDateUnsafe) })
  },
  Effect.catchTag("PlatformError", (error) => unusable(error))
)

const read = Effect.fnUntraced(function*({ signingKey }: DataDirectory.DataDirectory) {
  const fs = yield* FileSystem.FileSystem
  return Redacted.make((yield* fs.readFileString(signingKey)).trim(), { label: "signing key" })
})

const unusable = ({ message }: PlatformError.PlatformError) =>
  new EmbeddedPostgresUnavailable({ reason: `The signing key can't be used: ${message}.` })

const create = Effect.fnUntraced(function*(directory: DataDirectory.DataDirectory, key: Redacted.Redacted<string>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const partial = path.join(yield* DataDirectory.makePartial(directory.path), "signing-key")
  const file = yield* fs.open(partial, { flag: "wx", mode: 0o600 })
  yield* file.writeAll(Buffer.from(`${Redacted.value(key)}\n`))
  yield* file.sync
  yield* DataDirectory.handOver(directory, partial)
  yield* fs.link(partial, directory.signingKey).pipe(
    Effect.catchReason("PlatformError", "AlreadyExists", () => Effect.void)
  )
  yield* DataDirectory.sync(directory.path)
})
