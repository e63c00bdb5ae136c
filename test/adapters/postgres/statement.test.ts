import { assert, describe, it } from "@effect/vitest"
import { identity } from "effect"
import { Conditions } from "../../../src/adapters/postgres/Conditions.ts"
import { statement } from "../../../src/adapters/postgres/statement.ts"
import type { Placeholders } from "../../../src/adapters/postgres/statement.ts"

interface Range {
  readonly from: number
  readonly to: number
}

const from = ({ from }: Range) => from

const within = ($: Placeholders<Range>) => `${$(from)} <= it AND it < ${$(({ to }) => to)} AND it <> ${$(from)}`

const range = (input: { readonly range: Range }) => input.range

describe("a statement", () => {
  it("is written once, at its first use, whichever part of it that is", () => {
    let written = 0
    const select = statement<Range>(($) => `SELECT ${$(from)} -- ${++written}`)
    assert.strictEqual(written, 0)
    assert.deepStrictEqual(select.parameters({ from: 5, to: 9 }), [5])
    assert.strictEqual(select.text, "SELECT $1 -- 1")
    assert.strictEqual(select.text, "SELECT $1 -- 1")
  })

  it("numbers its parameters as it calls for them", () => {
    const select = statement<{ readonly range: Range; readonly name: string; readonly limit: number }>(($) =>
      `${$(({ name }) => name)}: ${within($.of(range))} LIMIT ${$(({ limit }) => limit)}`
    )
    assert.strictEqual(select.text, "$1: $2 <= it AND it < $3 AND it <> $2 LIMIT $4")
    assert.deepStrictEqual(select.parameters({ name: "a", range: { from: 5, to: 9 }, limit: 7 }), ["a", 5, 9, 7])
  })

  it("gives a value one parameter, however a fragment comes to it", () => {
    const select = statement<{ readonly range: Range }>(($) => `${$.of(range)(from)} ${$.of(range).of(identity)(from)}`)
    assert.strictEqual(select.text, "$1 $2")
    const again = statement<{ readonly range: Range }>(($) => `${$.of(range)(from)} ${$.of(range)(from)}`)
    assert.strictEqual(again.text, "$1 $1")
  })

  it("gives two parts of one type parameters of their own", () => {
    const select = statement<{ readonly outer: Range; readonly inner: Range }>(($) =>
      `${$.of(({ outer }) => outer)(from)} ${$.of(({ inner }) => inner)(from)}`
    )
    assert.strictEqual(select.text, "$1 $2")
    const input = { outer: { from: 1, to: 2 }, inner: { from: 3, to: 4 } }
    assert.deepStrictEqual(select.parameters(input), [1, 3])
  })
})

describe("conditions", () => {
  it("number their values and those of a fragment together", () => {
    const conditions = new Conditions()
    const { value } = conditions
    const text = conditions.and(`name = ${value("a")}`).and(within(conditions.of({ from: 5, to: 9 }))).clause
    assert.strictEqual(text, "WHERE name = $1 AND $2 <= it AND it < $3 AND it <> $2")
    assert.deepStrictEqual(conditions.parameters, ["a", 5, 9])
  })
})
