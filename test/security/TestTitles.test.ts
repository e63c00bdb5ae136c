import { assert, describe, it } from "@effect/vitest"
import { titlesIn } from "./TestTitles.ts"

describe("the title of a test", () => {
  const read = (text: string) =>
    titlesIn("test/a.test.ts", text).titles.map(({ groups, ids, title }) => [groups, title, ids].flat())

  it.each([
    ["it(\"[P4] one\", () => {})", [["one", "P4"]]],
    ["it.effect.each([[1, \"it(\"]])(\n  \"[ASVS 7.2.4, 7.4.3] [P2] %s\",\n  () => 1\n)", [
      ["%s", "ASVS 7.2.4", "ASVS 7.4.3", "P2"]
    ]],
    ["layer(a.b)(`[P2] ${name} store`, (it) => { it.live(\"does \\\"it\\\"\", f) })\nit(\"alone\", f)", [
      ["${name} store", "does \"it\"", "P2"],
      ["alone"]
    ]]
  ])("is read from %s", (text, expected) => assert.deepStrictEqual(read(text), expected))

  it.each(["// it(\"[P4] one\", f)", "const text = 'it(\"[P4] one\", f)'", "split(\"[P4]\", f)"])(
    "is not seen in %s",
    (text) => assert.deepStrictEqual(read(text), [])
  )

  it("that names a rule in another way is told", () => {
    const mistakes = "it(\"[NIST 3.1.1.2] a\", f)\nconst title = \"[P4] b\"\nit(\"[1.3.12] c\", f)"
    assert.deepStrictEqual(titlesIn("a.ts", mistakes).strays, ["a.ts:1", "a.ts:2", "a.ts:3"])
  })
})
