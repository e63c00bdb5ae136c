/**
 * All the cryptography that the services need, with keys that aren't stored. For trials and tests of embedders,
 * whose sessions end with the process. Hashes cost as much as with the server's defaults.
 */
import { Effect, Layer, Redacted, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import * as AesGcmSecretBox from "./AesGcmSecretBox.ts"
import * as Argon2PasswordHasher from "./Argon2PasswordHasher.ts"
import * as HmacTokenSigner from "./HmacTokenSigner.ts"
import * as InstalledPasswordHashEngine from "./InstalledPasswordHashEngine.ts"
import { generateSigningKey, KeyRing } from "./KeyRing.ts"
import * as NodeOneTimeCodes from "./NodeOneTimeCodes.ts"
import { LEAST_COST } from "./PasswordHashEngine.ts"
import * as SecureApiKeySecrets from "./SecureApiKeySecrets.ts"
import * as SecureIdGenerator from "./SecureIdGenerator.ts"

const passwordHasher = Argon2PasswordHasher.layer({ ...LEAST_COST, concurrency: 1 })
  .pipe(Layer.provide(InstalledPasswordHashEngine.layer))

const freshKey = Effect.flatMap(
  generateSigningKey,
  (key) => Effect.orDie(Schema.decodeEffect(KeyRing)(Redacted.value(key)))
)

const tokenSigner = Layer.unwrap(Effect.map(freshKey, HmacTokenSigner.layer))

const secretBox = Layer.unwrap(Effect.map(freshKey, AesGcmSecretBox.layer))

export const layer = Layer.mergeAll(
  passwordHasher,
  tokenSigner,
  secretBox,
  NodeOneTimeCodes.layer,
  SecureIdGenerator.layer,
  SecureApiKeySecrets.layer
).pipe(
  Layer.provide(SecureRandom.layerWebCrypto)
)
