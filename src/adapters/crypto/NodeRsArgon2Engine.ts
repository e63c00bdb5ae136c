/**
 * argon2 in Rust, from `@node-rs/argon2`. It is about twice as fast as `argon2`, but its prebuilt binary is an optional
 * dependency that not every machine can load.
 */
import { Effect, Layer, Redacted, Schema } from "effect"
import { PasswordHash } from "../../domain/model/Password.ts"
import { PasswordHashEngine, TAG_LENGTH } from "./PasswordHashEngine.ts"
import type { Pepper } from "./PasswordHashEngine.ts"

/** There is no binary for this machine. */
class NodeRsArgon2Missing extends Schema.TaggedError<NodeRsArgon2Missing>()("NodeRsArgon2Missing", {}) {}

export const layer = Layer.effect(
  PasswordHashEngine,
  Effect.gen(function*() {
    const argon2 = yield* Effect.tryPromise({
      try: () => import("@node-rs/argon2"),
      catch: () => new NodeRsArgon2Missing()
    })
    return PasswordHashEngine.of({
      hash: (password, salt, { memoryKib, timeCost, parallelism }, pepper) =>
        Effect.promise(() =>
          argon2.hash(Redacted.value(password), {
            algorithm: ARGON2ID,
            version: VERSION_19,
            memoryCost: memoryKib,
            timeCost,
            parallelism,
            outputLen: TAG_LENGTH,
            salt,
            ...secretOf(pepper)
          })
        ).pipe(Effect.map((hash) => PasswordHash.make(hash))),
      verify: (password, hash, pepper) =>
        Effect.promise(() => argon2.verify(hash, Redacted.value(password), secretOf(pepper)))
    })
  })
)

const secretOf = (pepper: Pepper | undefined) => pepper === undefined ? {} : { secret: Redacted.value(pepper) }

// The package declares these as ambient const enums, which code that is compiled file by file can't use.
const ARGON2ID = 2
const VERSION_19 = 1
