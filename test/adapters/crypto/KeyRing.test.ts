import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option, Redacted, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { randomBytes } from "node:crypto"
import { generateSigningKey, judgeAge, KeyRing } from "../../../src/adapters/crypto/KeyRing.ts"
import { lastCharacters, otherSpellings } from "../../support/forgeries.ts"
import { bytes, nearly } from "../../support/texts.ts"

const decode = Schema.decodeEffect(KeyRing)

const refusal = (text: string) => Effect.map(Effect.flip(decode(text)), (error) => error.message)

const random = (bytes = 32): string => randomBytes(bytes).toString("base64url")

const text = (value: string): string => Buffer.from(value, "latin1").toString("base64url")

describe("a key ring", () => {
  it.effect("keeps the order, the names and the bytes of its keys", () =>
    Effect.gen(function*() {
      const [first, second] = [random(), random(64)]
      const ring = yield* decode(` 2026-b:${first}, a:${second}\n`)
      assert.deepStrictEqual(
        ring.map(({ id, secret }) => [id, Buffer.from(Redacted.value(secret)).toString("base64url")]),
        [["2026-b", first], ["a", second]]
      )
    }))

  it.effect("does not show its keys when it is printed, nor when it is encoded", () =>
    Effect.gen(function*() {
      const key = random()
      const ring = yield* decode(`a:${key}`)
      assert.strictEqual(JSON.stringify(ring), `[{"id":"a","secret":"<redacted:SigningKey>"}]`)
      const error = yield* Effect.flip(Schema.encodeEffect(KeyRing)(ring))
      assert.notInclude(error.message, key)
    }))

  it.effect("does not show a generated key when it is printed", () =>
    Effect.gen(function*() {
      const key = yield* generateSigningKey
      assert.strictEqual(`${key} ${JSON.stringify({ key })}`, `<redacted:SigningKey> {"key":"<redacted:SigningKey>"}`)
    }).pipe(Effect.provide(SecureRandom.layerWebCrypto)))

  it.effect("takes any freshly generated key", () =>
    Effect.gen(function*() {
      for (let round = 0; round < 500; round++) {
        const key = yield* generateSigningKey
        assert.match(Redacted.value(key), /^k19700101-[0-9a-z]{6}:[A-Za-z0-9_-]{43}$/)
        yield* decode(Redacted.value(key))
      }
    }).pipe(Effect.provide(SecureRandom.layerWebCrypto)))

  it.effect("[ASVS 11.5.1] of generated keys has a different name and key each time", () =>
    Effect.gen(function*() {
      const [first, second] = [yield* generateSigningKey, yield* generateSigningKey]
      assert.strictEqual((yield* decode(`${Redacted.value(first)},${Redacted.value(second)}`)).length, 2)
    }).pipe(Effect.provide(SecureRandom.layerWebCrypto)))

  it.effect("tells how old the key is that signs, by its name or by when its file was written", () =>
    Effect.gen(function*() {
      const ring = yield* decode(`k20250301-abc123:${random()},old:${random()}`)
      const undated = yield* decode(`main:${random()}`)
      const at = DateTime.makeUnsafe
      assert.deepStrictEqual(judgeAge("signing-key", ring, at("2026-03-01T23:59:00Z")), {
        check: "keys",
        outcome: "ok",
        detail: "2 keys of 256 bits or more. k20250301-abc123, which signs, was made on 2025-03-01."
      })
      const old = judgeAge("signing-key", ring, at("2026-03-02T00:01:00Z"))
      assert.strictEqual(old.outcome, "warning")
      assert.include(old.advice, "docs/guides/keys.md")
      assert.deepStrictEqual(judgeAge("signing-key", undated, at("2026-03-01")), {
        check: "keys",
        outcome: "ok",
        detail: "1 key of 256 bits or more. The age of main, which signs, is not known."
      })
      assert.strictEqual(judgeAge("signing-key", undated, at("2026-03-01"), at("2024-01-01")).outcome, "warning")
      assert.strictEqual(judgeAge("signing-key", ring, at("2026-03-01"), at("2024-01-01")).outcome, "ok")
      assert.include(judgeAge("encryption-key", ring, at("2026-03-01")).detail, "k20250301-abc123, which seals")
    }))

  it.effect.prop(
    "is what was written, and each key has one spelling",
    { secret: bytes(32, 80) },
    ({ secret }) =>
      Effect.gen(function*() {
        const encoded = Buffer.from(secret).toString("base64url")
        const read = yield* Effect.option(decode(`a:${encoded}`))
        // A key that happens to look like a pattern is refused.
        if (Option.isNone(read)) return
        assert.deepStrictEqual(read.value.map((key) => Redacted.value(key.secret)), [secret])
        for (const spelling of [...otherSpellings(encoded), ...lastCharacters(encoded)]) {
          const other = yield* Effect.option(decode(`a:${spelling.replaceAll(",", "")}`))
          const same = Option.exists(other, ([key]) => Buffer.compare(Redacted.value(key.secret), secret) === 0)
          assert.strictEqual(same && spelling.trim() !== encoded, false, spelling)
        }
      })
  )

  it.effect.prop("that can't be read is refused without a word of it", {
    written: nearly("k1", ":", ",", "c2lnbmluZyBrZXk", "canary".repeat(8))
  }, ({ written }) =>
    Effect.gen(function*() {
      assert.notInclude(yield* refusal(written), "canary")
    }))

  it.effect.each(["", "  "])("without a key is refused: %j", (written) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* refusal(written), "must name at least one key, written kid:base64url")
    }))

  const named = "must be written kid:base64url with a kid of 1 to 32 letters a-z, digits or hyphens"
  const notRandom = "must be random, no pattern and no example, as `identity generate-signing-key` prints it"

  it.effect.each(
    [
      ["a key alone", random(), named],
      ["an empty kid", `:${random()}`, named],
      ["a kid with a capital", `K1:${random()}`, named],
      ["a kid with a dot", `k.1:${random()}`, named],
      ["a kid of 33 characters", `${"k".repeat(33)}:${random()}`, named],
      ["an empty key", "a:", "must have at least 32 bytes"],
      ["31 bytes", `a:${random(31)}`, "must have at least 32 bytes"],
      ["padding", `a:${random()}=`, "must be base64url without padding"],
      ["the alphabet of plain base64", `a:${"+/".repeat(21)}+`, "must be base64url without padding"],
      ["loose trailing bits", `a:${text("x".repeat(32)).slice(0, -1)}B`, "must be base64url without padding"],
      ["a blank inside", `a:${random(24)} ${random(24)}`, "must be base64url without padding"],
      ["a second colon", `a:b:${random()}`, "must be base64url without padding"],
      ["zeros", `a:${"A".repeat(43)}`, notRandom],
      ["one byte again and again", `a:${text("\xff".repeat(48))}`, notRandom],
      [
        "bytes counting up",
        `a:${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString("base64url")}`,
        notRandom
      ],
      [
        "bytes counting down",
        `a:${Buffer.from(Array.from({ length: 32 }, (_, i) => 250 - 3 * i)).toString("base64url")}`,
        notRandom
      ],
      [
        "bytes counting past 255",
        `a:${Buffer.from(Array.from({ length: 32 }, (_, i) => 240 + i)).toString("base64url")}`,
        notRandom
      ],
      ["half a key twice", `a:${text("0123456789abcdef".repeat(2))}`, notRandom],
      ["a beginning repeated and cut", `a:${text("correct horse battery".repeat(2))}`, notRandom],
      ["few different bytes", `a:${text("aaabbbcccdddeeefffggghhhiiijjjkkk")}`, notRandom],
      ["a phrase from a manual", `a:${text("please-CHANGE-ME-before-you-go-live!")}`, notRandom],
      ["eleven different bytes", `a:${text("aabbccddeeffgghhiijjkkabdcfehgjik")}`, notRandom],
      ["the word for a signing key", `a:${text("my-SigningKey-0123456789-abcdefgh")}`, notRandom],
      ["the words for a signing key", `a:${text("my signing key 0123456789 abcdefgh")}`, notRandom],
      ["the words for a test vector", `a:${text("the Test-Vector 0123456789 abcdefgh")}`, notRandom],
      ["a phrase from a manual in place of base64url", "a:this-is-an-example-key-0123456789-ABCDEFG-A", notRandom]
    ] as const
  )("[ASVS 13.3.1] with %s is refused and not quoted", ([, written, reason]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* refusal(written), `key 1 ${reason}`)
    }))

  it.effect("[ASVS 13.3.1] with twelve different bytes passes for random", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* decode(`a:${text("aabbccddeeffgghhiijjkkllabdcfehgjilk")}`)).length, 1)
    }))

  it.effect("names every key that is refused by its place", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* refusal(`a:${random()},b:${random(8)},${random()}`),
        `key 2 must have at least 32 bytes; key 3 ${named}`
      )
    }))

  it.effect("[ASVS 13.3.1] with one name for two keys, or one key under two names, is refused", () =>
    Effect.gen(function*() {
      const key = random()
      assert.strictEqual(yield* refusal(`a:${key},b:${random()},a:${random()}`), "key 3 has the kid of key 1")
      assert.strictEqual(yield* refusal(`a:${random()},b:${key},c:${key}`), "key 3 is key 2 again")
      assert.strictEqual(yield* refusal(`a:${key},b:${random()},c:${key}`), "key 3 is key 1 again")
    }))
})
