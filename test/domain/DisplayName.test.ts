import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { DisplayName } from "../../src/domain/model/Account.ts"
import { textOf } from "../support/texts.ts"

const nameOf = (text: string): string | undefined =>
  Option.getOrUndefined(Schema.decodeOption(DisplayName)(text, { errors: "all" }))

const texts = textOf(["a", "é", "e\u0301", " ", "\u00a0", "\u3000", "\t", "🦉", "👩\u200d💻", "'", "<"])

describe("display name", () => {
  it.prop("[ASVS 1.1.1] the normal form of a normal form is itself", { text: texts }, ({ text }) => {
    const name = nameOf(text)
    if (name !== undefined) assert.strictEqual(nameOf(name), name)
  })

  it.prop("every Unicode form of a name, and blanks around it, make one name", { text: texts }, ({ text }) => {
    assert.strictEqual(nameOf(text.normalize("NFD")), nameOf(text))
    assert.strictEqual(nameOf(` ${text}\u3000`), nameOf(text))
  })

  it.each([
    ["a name with everything people have", "  Zoë O'Hara-李 🦉 👩\u200d💻 ", "Zoë O'Hara-李 🦉 👩\u200d💻"],
    ["markup, which is only text", "<b>Ada</b>", "<b>Ada</b>"],
    ["one letter among 1,599 blanks", " ".repeat(1_599) + "x", "x"],
    ["200 characters of four bytes", "🦉".repeat(200), "🦉".repeat(200)],
    [
      "200 characters that NFD writes with four code points each",
      "\u1f82".repeat(200).normalize("NFD"),
      "\u1f82".repeat(200)
    ]
  ])("%s is kept", (_, text, name) => {
    assert.strictEqual(nameOf(text), name)
  })

  it.each([
    ["nothing", ""],
    ["blanks", " \t\u00a0\u3000"],
    ["201 characters", "x".repeat(201)],
    ["one letter among 1,600 blanks", " ".repeat(1_600) + "x"],
    ["a million characters", "x".repeat(1_000_000)],
    ["a line break", "Ada\nLovelace"],
    ["a carriage return", "Ada\rLovelace"],
    ["a line separator", "Ada\u2028Lovelace"],
    ["a paragraph separator", "Ada\u2029Lovelace"],
    ["NUL", "Ada\0"],
    ["an escape sequence of terminals", "Ada\u001b[31m"],
    ["the control character of C1 that begins one", "Ada\u009b31m"],
    ["a lone surrogate", "Ada\ud800"]
  ])("%s is refused", (_, text) => {
    assert.isUndefined(nameOf(text))
  })

  it("a client sends it as it is", () => {
    assert.strictEqual(Schema.encodeSync(DisplayName)(DisplayName.make("Zoë 🦉")), "Zoë 🦉")
  })

  it("[ASVS 1.3.12] 64 KiB of combining marks are refused without a noticeable delay", () => {
    const before = process.cpuUsage()
    assert.isUndefined(nameOf("a".padEnd(32_000, "\u0301\u0316")))
    assert.isBelow(process.cpuUsage(before).user, 50_000)
  })
})
