import { assert, describe, it } from "@effect/vitest"
import { Duration, Option, Schema } from "effect"
import * as Syntax from "../../../src/adapters/configuration/Syntax.ts"

const accepts = <A>(schema: Schema.ConstraintCodec<A, string>, text: string): Option.Option<A> =>
  Schema.decodeOption(schema)(text)

const refused: ReadonlyArray<readonly [name: string, schema: Schema.ConstraintCodec<unknown, string>, text: string]> = [
  ["a port", Syntax.Port, "0"],
  ["a port", Syntax.Port, "65536"],
  ["a port", Syntax.Port, "80.5"],
  ["a port", Syntax.Port, "-1"],
  ["a port", Syntax.Port, "0x50"],
  ["a port", Syntax.Port, " 80"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "30"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "Infinity"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "-5 minutes"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "2 hours"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "10 millis"],
  ["a host", Syntax.Host, "http://localhost"],
  ["a host", Syntax.Host, "localhost:80"],
  ["a host", Syntax.Host, "a b"],
  ["a base URL", Syntax.BaseUrl, "id.example.com"],
  ["a base URL", Syntax.BaseUrl, "ftp://id.example.com"],
  ["a base URL", Syntax.BaseUrl, "https://user:secret@id.example.com"],
  ["a base URL", Syntax.BaseUrl, "https://id.example.com/?a=b"],
  ["origins", Syntax.Origins, "*"],
  ["origins", Syntax.Origins, "https://app.example.com/"],
  ["origins", Syntax.Origins, "https://App.example.com"],
  ["origins", Syntax.Origins, "https://app.example.com:443"],
  ["origins", Syntax.Origins, "null"],
  ["a switch", Syntax.Switch, "yes"],
  ["one of some words", Syntax.OneOf(["json", "pretty"]), "JSON"]
]

describe("is not accepted", () => {
  it.each(refused)("as %s: %3$j", (_, schema, text) => {
    assert.deepStrictEqual(accepts(schema, text), Option.none())
  })
})

describe("is accepted", () => {
  it.each([
    ["30 days", Duration.days(30)],
    ["1 day", Duration.days(1)],
    ["1.5 hours", Duration.minutes(90)],
    ["500 millis", Duration.millis(500)]
  ])("as a time span: %s", (text, expected) => {
    const span = accepts(Syntax.TimeSpan({ min: "1 milli", max: "60 days" }), text)
    assert.isTrue(Option.exists(span, (found) => Duration.equals(found, expected)))
  })

  it.each(["127.0.0.1", "0.0.0.0", "::1", "::", "localhost", "id.example.com"])("as a host: %s", (text) => {
    assert.deepStrictEqual(accepts(Syntax.Host, text), Option.some(text))
  })

  it.each([
    ["https://x.example/id/", "https://x.example/id"],
    ["HTTPS://X.example:443/", "https://x.example"]
  ])("as a base URL, in its one spelling: %s", (text, expected) => {
    assert.deepStrictEqual(accepts(Syntax.BaseUrl, text), Option.some(expected))
  })

  it("as origins, with blanks around the commas", () => {
    assert.deepStrictEqual(
      accepts(Syntax.Origins, "https://a.example, http://localhost:3000"),
      Option.some(["https://a.example", "http://localhost:3000"])
    )
  })
})
