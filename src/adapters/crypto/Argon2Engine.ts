/**
 * argon2 by the reference implementation in C, from `argon2`. For machines for which `@node-rs/argon2` has no binary.
 */
import { Effect, Layer, Redacted } from "effect"
import { PasswordHash } from "../../domain/model/Password.ts"
import { PasswordHashEngine, TAG_LENGTH } from "./PasswordHashEngine.ts"
import type { Pepper } from "./PasswordHashEngine.ts"

export const layer = Layer.effect(
  PasswordHashEngine,
  Effect.gen(function*() {
    const argon2 = yield* Effect.promise(() => import("argon2"))
    return PasswordHashEngine.of({
      hash: (password, salt, { memoryKib, timeCost, parallelism }, pepper) =>
        Effect.promise(() =>
          argon2.hash(Redacted.value(password), {
            type: argon2.argon2id,
            version: 19,
            memoryCost: memoryKib,
            timeCost,
            parallelism,
            hashLength: TAG_LENGTH,
            salt: Buffer.from(salt),
            ...secretOf(pepper)
          })
        ).pipe(Effect.map((hash) => PasswordHash.make(hash))),
      verify: (password, hash, pepper) =>
        Effect.promise(() => argon2.verify(hash, Redacted.value(password), secretOf(pepper)))
    })
  })
)

const secretOf = (pepper: Pepper | undefined) =>
  pepper === undefined ? {} : { secret: Buffer.from(Redacted.value(pepper)) }
