/**
 * The signing key of the quickstart: generated once, kept beside the database, readable by its owner only. Not by the
 * server's user either: who can read all of the database still can't mint a token.
 */
import { Effect, FileSystem, Path, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Hex from "effect/encoding/Hex"
import * as DataDirectory from "./DataDirectory.ts"
import { EmbeddedPostgresUnavailable } from "./EmbeddedPostgresUnavailable.ts"

/**
 * The key as `IDENTITY_SIGNING_KEYS` spells one: `kid:base64url` of 32 random bytes. All who start at once on a new
 * data directory get the same one: the key is written aside, and linking it to its name succeeds for one of them only.
 */
export const loadOrCreate = Effect.fn("EmbeddedSigningKey.loadOrCreate")(
  function*(dataDir: string) {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* DataDirectory.open(dataDir)
    if (!(yield* fs.exists(directory.signingKey))) yield* Effect.scoped(create(directory))
    return Redacted.make((yield* fs.readFileString(directory.signingKey)).trim(), { label: "signing key" })
  },
  Effect.catchTag(
    "PlatformError",
    (error) => new EmbeddedPostgresUnavailable({ reason: `The signing key can't be used: ${error.message}.` })
  )
)

const create = Effect.fnUntraced(function*(directory: DataDirectory.DataDirectory) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const random = yield* SecureRandom.SecureRandom
  const keyId = Hex.encode(yield* random.randomBytes(4))
  const key = Base64Url.encode(yield* random.randomBytes(32))
  const partial = path.join(yield* DataDirectory.makePartial(directory.path), "signing-key")
  const file = yield* fs.open(partial, { flag: "wx", mode: 0o600 })
  yield* file.writeAll(Buffer.from(`${keyId}:${key}\n`))
  yield* file.sync
  yield* DataDirectory.handOver(directory, partial)
  yield* fs.link(partial, directory.signingKey).pipe(
    Effect.catchReason("PlatformError", "AlreadyExists", () => Effect.void)
  )
  yield* DataDirectory.sync(directory.path)
})
