/**
 * The contract of secret boxes. Each sentence in the port's documentation has a test here.
 *
 * The boxes have different rings of the same two keys: `before` a rotation only the old one, `during` it the new one in
 * front of the old one, and `after` it only the new one.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import type { Layer } from "effect"
import { SealedSecret } from "../../src/domain/model/Factor.ts"
import { sealingKeyOf, SecretBox } from "../../src/ports/SecretBox.ts"
import { bitFlips, fragments, lastCharacters, otherSpellings } from "../support/forgeries.ts"

export interface RotatingBoxes {
  readonly before: Layer.Layer<SecretBox>
  readonly during: Layer.Layer<SecretBox>
  readonly after: Layer.Layer<SecretBox>
}

const SECRET = Redacted.make(Uint8Array.from({ length: 20 }, (_, index) => index * 7))

const ABOUT = "totp seed of acct_1 fct_1"

type Box = RotatingBoxes["before"]

const seal = (box: Box, secret = SECRET) => SecretBox.use((it) => it.seal(secret, ABOUT)).pipe(Effect.provide(box))

/** The texts that open. */
const opened = Effect.fnUntraced(function*(box: Box, texts: ReadonlyArray<string>, about = ABOUT) {
  const service = yield* Effect.provide(SecretBox, box)
  const results = yield* Effect.forEach(texts, (text) => service.open(SealedSecret(text), about))
  return texts.filter((_, index) => Option.isSome(results[index] ?? Option.none()))
})

export const secretBoxContract = (name: string, { after, before, during }: RotatingBoxes): void => {
  describe(`${name} secret box`, () => {
    it.effect("a sealed secret opens to what it was, and says which key sealed it", () =>
      Effect.gen(function*() {
        const sealed = yield* seal(before)
        const service = yield* Effect.provide(SecretBox, before)
        const secret = Option.getOrThrow(yield* service.open(sealed, ABOUT))
        assert.deepStrictEqual([...Redacted.value(secret)], [...Redacted.value(SECRET)])
        assert.strictEqual(sealingKeyOf(sealed), service.keyIds[0])
        assert.notStrictEqual(yield* seal(before), sealed)
      }))

    it.effect("[ASVS 11.3.2] a secret does not show when it is sealed or opened", () =>
      Effect.gen(function*() {
        const sealed = yield* seal(before)
        const encoded = Buffer.from(Redacted.value(SECRET))
        const raw = Buffer.from(sealed.slice(sealed.indexOf(".") + 1), "base64url")
        assert.isFalse(raw.includes(encoded))
        const secret = yield* SecretBox.use((it) => it.open(sealed, ABOUT)).pipe(Effect.provide(before))
        assert.notInclude(JSON.stringify(secret), encoded.toString("base64"))
      }))

    it.effect("[ASVS 11.3.3] no sealed secret opens with any bit of it flipped, cut, lengthened or spelled otherwise", () =>
      Effect.gen(function*() {
        const sealed = yield* seal(before)
        const forgeries = [bitFlips, fragments, otherSpellings, lastCharacters].flatMap((forge) => forge(sealed))
        assert.deepStrictEqual(yield* opened(before, forgeries), [])
        assert.deepStrictEqual(yield* opened(before, [`${sealed}A`, `${sealed}.`, "", ".", "a".repeat(100_000)]), [])
      }))

    it.effect("[ASVS 11.3.3] a sealed secret opens only with the words that it was sealed with", () =>
      Effect.gen(function*() {
        const sealed = yield* seal(before)
        for (const about of ["", `${ABOUT} `, ABOUT.slice(1), ABOUT.replace("fct_1", "fct_2")]) {
          assert.deepStrictEqual(yield* opened(before, [sealed], about), [])
        }
      }))

    it.effect("[ASVS 11.1.1] a key put in front seals from then on, and what the old one sealed still opens", () =>
      Effect.gen(function*() {
        const [old, fresh] = [yield* seal(before), yield* seal(during)]
        assert.deepStrictEqual(yield* opened(during, [old, fresh]), [old, fresh])
        assert.deepStrictEqual(yield* opened(after, [old, fresh]), [fresh])
        const swapped = sealingKeyOf(fresh) + old.slice(old.indexOf("."))
        assert.deepStrictEqual(yield* opened(during, [swapped]), [])
      }))
  })
}
