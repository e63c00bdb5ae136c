import { assert, describe, it } from "@effect/vitest"
import { Option, Redacted, Schema } from "effect"
import {
  explainRefusal,
  foldedPassword,
  NewPassword,
  Password,
  passwordLength,
  PasswordRefusal
} from "../../src/domain/model/Password.ts"
import { textOf } from "../support/texts.ts"

const presented = (text: string): string | undefined =>
  Option.getOrUndefined(Option.map(Schema.decodeOption(Password)(text, { errors: "all" }), Redacted.value))

const chosen = (text: string): string | undefined =>
  Option.getOrUndefined(Option.map(Schema.decodeOption(NewPassword)(text, { errors: "all" }), Redacted.value))

const texts = textOf(
  ["a", "Z", " ", "é", "e\u0301", "ﬁ", "ä\u0323", "🦉", "한", "\u1112\u1161", "\0", "\u0345"],
  { maxLength: 20 }
)

describe("password", () => {
  it.prop("NFC and NFD of a text are one password, and that is its NFC", { text: texts }, ({ text }) => {
    assert.strictEqual(presented(text), text.normalize("NFC"))
    assert.strictEqual(presented(text.normalize("NFD")), text.normalize("NFC"))
  })

  it.prop("whatever can be chosen is the same password when it is presented", { text: texts }, ({ text }) => {
    const password = chosen(text)
    if (password !== undefined) assert.deepStrictEqual([presented(text), presented(password)], [password, password])
  })

  it.each([
    ["letter case", "Password", "password"],
    ["blanks around it", "password", " password "],
    ["compatibility forms", "ﬁsh", "fish"],
    ["a NUL and what follows it", "nul\0a", "nul"],
    ["characters nobody sees", "pass\u200dword", "password"]
  ])("[ASVS 6.2.8] %s makes another password", (_, one, other) => {
    assert.notStrictEqual(presented(one), presented(other))
    assert.strictEqual(presented(one), one)
  })

  it.each([
    ["256 letters", "x".repeat(256)],
    ["256 characters of four bytes", "🦉".repeat(256)],
    ["256 characters that NFD writes with four code points each", "\u1f82".repeat(256).normalize("NFD")]
  ])("[ASVS 6.2.9] %s are accepted whole", (_, text) => {
    assert.strictEqual(chosen(text), text.normalize("NFC"))
  })

  it.each([
    ["257 letters", "x".repeat(257)],
    ["257 characters of four bytes", "🦉".repeat(257)],
    ["characters that become 258 in NFC", "\u{1d160}".repeat(86)],
    ["a million letters", "x".repeat(1_000_000)]
  ])("[ASVS 6.2.8] %s are refused and not cut", (_, text) => {
    assert.isUndefined(presented(text))
    assert.isUndefined(chosen(text))
  })

  it.each([["a lone high surrogate", "password\ud83e"], ["a lone low surrogate", "\udd89password"]])(
    "[ASVS 6.2.8] %s is refused, because it would hash like any other one",
    (_, text) => {
      assert.isUndefined(presented(text))
    }
  )

  it.each([
    ["7 letters", "1234567"],
    ["7 characters of four bytes", "🦉".repeat(7)],
    ["4 characters written with 8 code points", "e\u0301".repeat(4)],
    ["nothing", ""]
  ])("[ASVS 6.2.1] %s can't be chosen, but presented", (_, text) => {
    assert.isUndefined(chosen(text))
    assert.strictEqual(presented(text), text.normalize("NFC"))
  })

  it("[ASVS 6.2.1] [N3.1.1.2] 8 code points can be chosen", () => {
    assert.strictEqual(chosen("🦉é345678"), "🦉é345678")
  })

  it("length is counted in code points", () => {
    assert.strictEqual(passwordLength(Schema.decodeSync(Password)("🦉e\u03015")), 3)
  })

  it.each([["presented", Password], ["chosen", NewPassword]])(
    "one that was %s does not show when it is printed",
    (_, Read) => {
      const password = Schema.decodeSync(Read)("correct horse")
      assert.strictEqual(
        `${String(password)} ${JSON.stringify({ password })}`,
        `<redacted:Password> {"password":"<redacted:Password>"}`
      )
    }
  )

  it.each([["presented", Password], ["chosen", NewPassword]])("one that is %s is sent as it is", (_, Sent) => {
    assert.strictEqual(
      Schema.encodeSync(Sent)(Schema.decodeSync(Sent)("Gr\u00fc\u00dfe, \u{1f989}!")),
      "Gr\u00fc\u00dfe, \u{1f989}!"
    )
  })

  it.each([["x".repeat(300)], ["short"], ["lone\ud800lone"]])("the refusal of %j does not quote it", (text) => {
    assert.throws(() => Schema.decodeSync(NewPassword)(text, { errors: "all" }), /^(?!.*(xxx|short|lone)).*must be/s)
  })

  it.each<readonly [sentence: string, refusal: PasswordRefusal]>([
    ["The password must be at least 12 characters", { reason: "too-short", lengthMin: 12 }],
    [
      "The password is a common or breached password, a variation of one, or a simple pattern",
      { reason: "common" }
    ],
    ["The password must not be your email or name", { reason: "personal" }],
    ["The password must not be the name of this service", { reason: "service-name" }]
  ])("a refusal says: %s", (sentence, refusal) => {
    assert.strictEqual(`The password ${explainRefusal(refusal, "your")}`, sentence)
  })

  it("a refusal is whole", () => {
    const isRefusal = Schema.is(PasswordRefusal)
    assert.isTrue(isRefusal({ reason: "too-short", lengthMin: 12 }))
    assert.isFalse(isRefusal({ reason: "too-short" }))
    assert.isFalse(isRefusal({ reason: "unheard-of" }))
  })

  it("spellings that look or are typed alike are folded into one", () => {
    assert.strictEqual(foldedPassword("ﬁSH Ａ"), "fish a")
  })

  it("[ASVS 1.3.12] 64 KiB of combining marks are refused without a noticeable delay", () => {
    const before = process.cpuUsage()
    assert.isUndefined(presented("a".padEnd(32_000, "\u0301\u0316")))
    assert.isBelow(process.cpuUsage(before).user, 50_000)
  })
})
