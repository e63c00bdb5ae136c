import { assert, describe, it } from "@effect/vitest"
import { dictionary } from "@zxcvbn-ts/language-common"
import { Effect, Option, Redacted, Schema } from "effect"
import { Password } from "../../src/domain/model/Password.ts"
import { isSimplePattern, plainForms } from "../../src/domain/model/PasswordVariations.ts"
import { PasswordBlocklist } from "../../src/ports/PasswordBlocklist.ts"
import { blocklist } from "../support/blocklist.ts"

const isCommon = Effect.fnUntraced(function*(text: string) {
  const { contains } = yield* PasswordBlocklist
  const password = Schema.decodeSync(Password)(text)
  return isSimplePattern(password) || Option.isSome(yield* Effect.findFirst(plainForms(password), contains))
}, Effect.provide(blocklist))

/** The same numbers in each run, and spread well enough for samples. */
const numbers = (seed: number) => {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 2 ** 32 * below)
  }
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
const SIGNS = `${LETTERS}!#$%&*+-./:;<=>?@^_~`

const draw = (pick: (below: number) => number, signs: string, length: number) =>
  Array.from({ length }, () => signs[pick(signs.length)] ?? "").join("")

describe("a password is as easy to guess as the common one of which it is a variation", () => {
  it.effect.each([
    "password",
    "Password1!",
    "Passw0rd!",
    "P@$$w0rd",
    "$ummer2024",
    "Summer2024",
    "welcome2024",
    "2024welcome!",
    "123dragon456",
    "F00tba11!",
    "dragondragon",
    "Sunshine2024!!"
  ])(
    "[ASVS 6.2.4] by digits and signs around it, usual signs for letters, or repetition: %s",
    (text) => Effect.map(isCommon(text), assert.isTrue)
  )

  it.effect.each([
    "aaaaaaaa",
    "        ",
    "abababab",
    "12341234",
    "87654321",
    "34567890",
    "09876543",
    "abcdefghijklmnop",
    "hgfedcba",
    "abcd1234",
    "1111aaaa2222"
  ])("[ASVS 6.2.4] or by being no more than a pattern: %j", (text) => Effect.map(isCommon(text), assert.isTrue))
})

describe("the plain forms of a password", () => {
  it.each<readonly [text: string, forms: ReadonlyArray<string>]>([
    ["Dragon99", ["dragon99", "dragon"]],
    ["p4$$w0rd!!", ["p4$$w0rd!!", "passwordii", "p4$$w0rd", "password"]],
    ["p1ay", ["p1ay", "piay", "play"]],
    ["dragondragondragon", ["dragondragondragon", "dragon"]],
    ["pass!word99!!", ["pass!word99!!", "passiword99ii", "pass!word99", "passiword99", "pass!word", "passiword"]],
    ["1234abcd", ["1234abcd", "i2eaabcd", "l2eaabcd", "abcd"]],
    ["12345abc", ["12345abc", "i2easabc", "l2easabc"]],
    ["dragon1234567", ["dragon1234567", "dragoni2eas6t", "dragonl2eas6t"]]
  ])("of %s", (text, forms) => {
    const found = plainForms(Schema.decodeSync(Password)(text)).map(Redacted.value)
    assert.sameMembers(found, [...forms])
  })
})

describe("a simple pattern", () => {
  it.each([
    ["four characters repeated", "xkqzxkqz"],
    ["three runs of one character", "aaaakkkkzzzz"],
    ["runs through the 0 after 9", "8901278901kkk"],
    ["and back", "2109810987kkk"]
  ])("is %s: %s", (_, text) => assert.isTrue(isSimplePattern(Schema.decodeSync(Password)(text))))

  it.each([
    ["five characters repeated", "xkqzwxkqzw"],
    ["four runs", "aaakkkzzzqqq"],
    ["characters two apart", "acegikmoqs"],
    ["neighbours whose direction changes", "abcbabcbab"]
  ])("isn't %s: %s", (_, text) => assert.isFalse(isSimplePattern(Schema.decodeSync(Password)(text))))
})

describe("nothing else is refused", () => {
  it.effect.each([
    "a password",
    "password correct horse",
    "Summer2024-in-Aldgate",
    "summer20240711",
    "correct horse battery staple",
    "a well kept secret",
    "summerwinter",
    "tr0ub4dor&3-x",
    "abcd-4321-wxyz"
  ])(
    "[N3.1.1.2] for containing a common password, or more around it than a date: %s",
    (text) => Effect.map(isCommon(text), assert.isFalse)
  )

  it.effect("of 10,000 random passwords of each of 6 kinds", () =>
    Effect.gen(function*() {
      const pick = numbers(1)
      const words = dictionary["diceware-common"]
      const word = () => words[pick(words.length)] ?? ""
      const kinds = [
        () => draw(pick, LETTERS, 10),
        () => draw(pick, LETTERS, 12),
        () => draw(pick, SIGNS, 10),
        () => draw(pick, SIGNS, 16),
        () => `${word()} ${word()} ${word()}`,
        () => `${word()}${word()}${word()}${pick(100)}`
      ]
      const refused: Array<string> = []
      for (const kind of kinds) {
        for (let drawn = 0; drawn < 10_000; drawn++) {
          const text = kind()
          if (yield* isCommon(text)) refused.push(text)
        }
      }
      assert.deepStrictEqual(refused, [])
    }))
})
