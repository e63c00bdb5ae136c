import { assert, describe, it } from "@effect/vitest"
import { jsonFault } from "../../src/kernel/JsonText.ts"

const repeated: ReadonlyArray<string> = [
  `{"a":1,"a":2}`,
  `{"a" \t\r\n:1,"a":2}`,
  `{"a":1,"a" :2}`,
  `{"a":1,"\\u0061":2}`,
  `{"":1,"":2}`,
  `{"\\"":1,"\\"":2}`,
  `{"\\\\":1,"\\\\":2}`,
  `{"__proto__":1,"__proto__":2}`,
  `{"a":{"a":1},"a":2}`,
  `{"a":[{"a":1},"a"],"a":2}`,
  `[[],{"b":1,"b":1}]`,
  `{"a":"{[","a":1}`,
  `{"a":"]}","a":1}`,
  `{"a":{"b":{"c":1,"c":2}}}`
]

const single: ReadonlyArray<string> = [
  `1`,
  `"a"`,
  `""`,
  `{}`,
  `[]`,
  `["a","a"]`,
  `{"a":"a"}`,
  `{"a":"b","b":"a"}`,
  `{"a":{"a":{"a":1}}}`,
  `[{"a":1},{"a":2}]`,
  `{"a":{"b":1},"c":{"b":1}}`,
  `{"a":[],"b":["a","b","a"]}`,
  `{"a":"\\"a\\":1,\\"a\\":2"}`,
  `{"a":"\\\\","b":"\\\\"}`,
  `{"a":"{\\"b\\":1","b":2}`,
  `{"a":1,"A":2}`,
  `{"a":1,"a ":2}`
]

describe("[ASVS 15.3.7] members of the same name", () => {
  it.each(repeated.map((text) => [text]))("are found in %s", (text) => {
    assert.doesNotThrow(() => JSON.parse(text))
    assert.strictEqual(jsonFault(text), "duplicate-members")
  })

  it.each(single.map((text) => [text]))("are not seen in %s", (text) => {
    assert.doesNotThrow(() => JSON.parse(text))
    assert.isUndefined(jsonFault(text))
  })
})

const objectOf = (members: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: members }, (_, index) => [index, index])))

const listOf = (items: number) => JSON.stringify(Array.from({ length: items }, () => 0))

const nestedIn = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`

describe("[ASVS 15.2.2] a text", () => {
  it.each([
    [64, objectOf(64), objectOf(65), "too-many-members"],
    [1024, listOf(1024), listOf(1025), "too-many-values"],
    [32, nestedIn(32), nestedIn(33), "too-deep"]
  ])("may have %i of what costs to look at, and not one more", (_, fits, exceeds, fault) => {
    assert.isUndefined(jsonFault(fits))
    assert.strictEqual(jsonFault(exceeds), fault)
    assert.strictEqual(jsonFault(`{"a":${exceeds}}`), fault)
  })
})
