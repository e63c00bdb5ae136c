/**
 * The contract of the secrets of API keys.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import type { Layer } from "effect"
import { ApiKeyId, apiKeyIdIn } from "../../src/domain/model/ApiKey.ts"
import { ApiKeySecrets } from "../../src/ports/ApiKeySecrets.ts"

const ID = ApiKeyId.make(`key_${"7".repeat(25)}`)

export const apiKeySecretsContract = <E>(name: string, secrets: Layer.Layer<ApiKeySecrets, E>): void => {
  layer(secrets)(`${name} API key secrets`, (it) => {
    it.effect("[P21] a key is `idk_`, the digits of its id and 256 random bits, never the same twice", () =>
      Effect.gen(function*() {
        const { make } = yield* ApiKeySecrets
        const made = yield* Effect.forEach(Array.from({ length: 200 }), () => Effect.map(make(ID), Redacted.value))
        assert.isTrue(made.every((text) => /^idk_7{25}_[\w-]{43}$/.test(text) && apiKeyIdIn(text) === ID))
        assert.strictEqual(new Set(made).size, made.length)
        assert.isTrue(made.every((text) => Buffer.from(text.slice(30), "base64url").length === 32))
      }))

    it.effect("a digest covers every character of the text, and shows none of its secret", () =>
      Effect.gen(function*() {
        const { areEqual, digest, make } = yield* ApiKeySecrets
        const secret = yield* make(ID)
        const text = Redacted.value(secret)
        const known = yield* digest(secret)
        assert.isTrue(areEqual(known, yield* digest(Redacted.make(text))))
        assert.notInclude(known, text.slice(-20))
        for (let at = 0; at < text.length; at += 1) {
          const other = `${text.slice(0, at)}${text[at] === "x" ? "y" : "x"}${text.slice(at + 1)}`
          assert.isFalse(areEqual(known, yield* digest(Redacted.make(other))))
        }
        assert.isFalse(areEqual(known, ""))
      }))
  })
}
