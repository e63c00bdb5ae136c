/**
 * All the cryptography the services need, with a signing key that nobody keeps: for trials and tests of embedders,
 * whose sessions end with the process. Hashes are as costly as the defaults of the server.
 */
import { Effect, Layer, Redacted, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import * as Argon2PasswordHasher from "./Argon2PasswordHasher.ts"
import * as HmacTokenSigner from "./HmacTokenSigner.ts"
import * as InstalledPasswordHashEngine from "./InstalledPasswordHashEngine.ts"
import { generateSigningKey, KeyRing } from "./KeyRing.ts"
import * as SecureIdGenerator from "./SecureIdGenerator.ts"

const passwordHasher = Argon2PasswordHasher.layer({ memoryKib: 19_456, timeCost: 2, parallelism: 1, concurrency: 1 })
  .pipe(Layer.provide(InstalledPasswordHashEngine.layer))

const tokenSigner = Layer.unwrap(Effect.gen(function*() {
  const key = yield* generateSigningKey
  return HmacTokenSigner.layer(yield* Effect.orDie(Schema.decodeEffect(KeyRing)(Redacted.value(key))))
}))

export const layer = Layer.mergeAll(passwordHasher, tokenSigner, SecureIdGenerator.layer).pipe(
  Layer.provide(SecureRandom.layerWebCrypto)
)
