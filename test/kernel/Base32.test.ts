import { assert, describe, it } from "@effect/vitest"
import { base32, fromBase32 } from "../../src/kernel/Base32.ts"

const LONG = "=".repeat(2 ** 18)

describe("base32", () => {
  it.each([
    ["in capitals", "MZXW6YTB"],
    ["in small letters and groups", "mzxw 6ytb"],
    ["with padding", "MZXW-6YTB===="],
    ["with much padding", `MZXW6YTB${LONG}`]
  ])("is read %s", (_, text) => {
    assert.deepStrictEqual(fromBase32(text), new TextEncoder().encode("fooba"))
  })

  it("[ASVS 1.3.12] is refused without a noticeable delay with any amount of padding in front of its end", () => {
    assert.isUndefined(fromBase32(`${LONG}!`))
    assert.isUndefined(fromBase32(`A${LONG}A`))
  })

  it("is read as it was written", () => {
    const bytes = Uint8Array.from({ length: 21 }, (_, index) => index * 12)
    assert.deepStrictEqual(fromBase32(base32(bytes)), bytes)
  })
})
