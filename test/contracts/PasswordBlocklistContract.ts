/**
 * The contract of password blocklists. Each sentence in the port's documentation has a test here.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import type { Layer } from "effect"
import { Password } from "../../src/domain/model/Password.ts"
import { PasswordBlocklist } from "../../src/ports/PasswordBlocklist.ts"

/** On every list of the most common passwords, and long enough to be accepted. */
const COMMON = ["12345678", "123456789", "password", "password1", "qwertyuiop", "iloveyou", "sunshine", "football"]

const contains = Effect.fnUntraced(function*(text: string) {
  const blocklist = yield* PasswordBlocklist
  return yield* blocklist.contains(Schema.decodeSync(Password)(text))
})

export const passwordBlocklistContract = <E>(name: string, blocklist: Layer.Layer<PasswordBlocklist, E>): void => {
  layer(blocklist)(`${name} password blocklist`, (it) => {
    it.effect.each(COMMON)(
      "[ASVS 6.2.4] [ASVS 6.2.12] %s is listed, in whatever letter case",
      (text) =>
        Effect.gen(function*() {
          assert.isTrue(yield* contains(text))
          assert.isTrue(yield* contains(text.toUpperCase()))
        })
    )

    it.effect("[ASVS 6.2.4] a listed password is also known in its compatibility spellings", () =>
      Effect.gen(function*() {
        assert.isTrue(yield* contains("ｐａｓｓｗｏｒｄ"))
        assert.isTrue(yield* contains("①②③④⑤⑥⑦⑧"))
      }))

    it.effect.each(["password correct horse", "sunshine-over-Aldgate", "a password", "correct horse battery staple"])(
      "[N3.1.1.2] what only contains a listed password is not listed: %s",
      (text) => Effect.map(contains(text), assert.isFalse)
    )

    it.effect.each(["dragon", "summer", "love"])(
      "words that a longer password may be a variation of are listed: %s",
      (text) => Effect.map(contains(text), assert.isTrue)
    )

    it.effect.each(["", "Grüße, 🦉", "constructor.prototype", "toString()", "\0\0\0\0\0\0\0\0"])(
      "what is not common is not listed: %j",
      (text) => Effect.map(contains(text), assert.isFalse)
    )
  })
}
