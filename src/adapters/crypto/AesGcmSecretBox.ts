/**
 * Seals secrets with AES-256-GCM.
 *
 * A sealed secret is `<kid>.<nonce, ciphertext and tag in base64url>`. The tag also covers the kid and the words about
 * the secret. Each key of the ring is derived into one of 256 bits by HKDF-SHA256, for this purpose alone. Nonces are
 * 96 random bits: one key seals far fewer than the 2^32 secrets after which they may repeat.
 */
import { Effect, Layer, Option, Redacted } from "effect"
import { Aead, Kdf, SecureRandom } from "effect/crypto"
import { SealedSecret } from "../../domain/model/Factor.ts"
import { SecretBox } from "../../ports/SecretBox.ts"
import type { SigningKey } from "./KeyRing.ts"

/** Without a key nothing can be sealed: callers that allow that don't seal. */
export const layer = (ring: ReadonlyArray<SigningKey>): Layer.Layer<SecretBox> =>
  Layer.effect(
    SecretBox,
    Effect.gen(function*() {
      const aead = yield* Aead.Aead
      const random = yield* SecureRandom.SecureRandom
      const keys = yield* Effect.forEach(ring, derive)
      const current = keys[0]

      const seal: SecretBox["Service"]["seal"] = Effect.fnUntraced(function*(secret, about) {
        if (current === undefined) return yield* Effect.die(new Error("there is no key to seal with"))
        const nonce = yield* random.randomBytes(NONCE_LENGTH)
        const aad = associated(current.id, about)
        const sealed = yield* Effect.orDie(aead.encrypt(current.key, Redacted.value(secret), { nonce, aad }))
        return SealedSecret(`${current.id}.${Buffer.concat([nonce, sealed]).toString("base64url")}`)
      })

      const open: SecretBox["Service"]["open"] = Effect.fnUntraced(function*(sealed, about) {
        const [, id = "", encoded = ""] = spelling.exec(sealed) ?? []
        const bytes = Buffer.from(encoded, "base64url")
        const key = keys.find((it) => it.id === id)?.key
        // Node decodes any text. Only the canonical spelling is the same after encoding it again.
        if (key === undefined || bytes.toString("base64url") !== encoded || bytes.length < NONCE_LENGTH) {
          return Option.none()
        }
        const [nonce, rest] = [bytes.subarray(0, NONCE_LENGTH), bytes.subarray(NONCE_LENGTH)]
        const opened = yield* Effect.option(aead.decrypt(key, rest, { nonce, aad: associated(id, about) }))
        return Option.map(opened, (secret) => Redacted.make(secret, { label: "Secret" }))
      })

      return SecretBox.of({ seal, open, keyIds: ring.map(({ id }) => id) })
    })
  ).pipe(
    Layer.provide([Aead.layerWebCrypto, Kdf.layerWebCrypto]),
    Layer.provide(SecureRandom.layerWebCrypto)
  )

const NONCE_LENGTH = 12

/** No class contains the separator, so matching takes linear time. */
const spelling = /^([a-z0-9-]{1,32})\.([A-Za-z0-9_-]+)$/

const PURPOSE = "identity sealed secret v1"

/** A kid contains no separator, so different kids and words never become the same bytes. */
const associated = (id: string, about: string): Uint8Array => Buffer.from(`${PURPOSE}\0${id}\0${about}`)

const derive = Effect.fnUntraced(function*({ id, secret }: SigningKey) {
  const kdf = yield* Kdf.Kdf
  const options = { length: Aead.aes256Gcm.keyLength, info: Buffer.from(PURPOSE), salt: new Uint8Array() }
  const bytes = yield* kdf.derive(Kdf.hkdfSha256, Redacted.value(secret), options)
  return { id, key: yield* Aead.key(Aead.aes256Gcm, bytes) }
}, Effect.orDie)
