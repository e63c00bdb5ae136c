import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import { createDecipheriv, hkdfSync } from "node:crypto"
import * as AesGcmSecretBox from "../../../src/adapters/crypto/AesGcmSecretBox.ts"
import { SecretBox } from "../../../src/ports/SecretBox.ts"
import { secretBoxContract } from "../../contracts/SecretBoxContract.ts"
import { NEW_KEY, OLD_KEY } from "../../support/signing-keys.ts"

secretBoxContract("AES-GCM", {
  before: AesGcmSecretBox.layer([OLD_KEY]),
  during: AesGcmSecretBox.layer([NEW_KEY, OLD_KEY]),
  after: AesGcmSecretBox.layer([NEW_KEY])
})

describe("AES-GCM secrets", () => {
  it.effect("a sealed secret is kid, nonce, ciphertext and tag of AES-256-GCM under a derived key", () =>
    Effect.gen(function*() {
      const box = yield* SecretBox
      const sealed = yield* box.seal(Redacted.make(Uint8Array.from(Buffer.from("a secret"))), "about it")
      const [id = "", encoded = ""] = sealed.split(".")
      const bytes = Buffer.from(encoded, "base64url")
      const purpose = "identity sealed secret v1"
      const key = Buffer.from(hkdfSync("sha256", Redacted.value(OLD_KEY.secret), "", purpose, 32))
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12))
        .setAAD(Buffer.from(`${purpose}\0${id}\0about it`))
        .setAuthTag(bytes.subarray(-16))
      assert.strictEqual(
        decipher.update(bytes.subarray(12, -16), undefined, "utf8") + decipher.final("utf8"),
        "a secret"
      )
    }).pipe(Effect.provide(AesGcmSecretBox.layer([OLD_KEY]))))

  it.effect("without a key nothing opens", () =>
    Effect.gen(function*() {
      const sealed = yield* SecretBox.use((box) => box.seal(Redacted.make(new Uint8Array(20)), "it")).pipe(
        Effect.provide(AesGcmSecretBox.layer([OLD_KEY]))
      )
      const keyless = yield* Effect.provide(SecretBox, AesGcmSecretBox.layer([]))
      assert.deepStrictEqual([yield* keyless.open(sealed, "it"), keyless.keyIds], [Option.none(), []])
    }))
})
