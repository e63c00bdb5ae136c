import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option, Schema } from "effect"
import * as Syntax from "../../../src/platform/configuration/Syntax.ts"
import { nearly, textOf } from "../../support/texts.ts"

const accepts = <A>(schema: Schema.ConstraintCodec<A, string>, text: string): Option.Option<A> =>
  Schema.decodeOption(schema)(text)

const refused: ReadonlyArray<readonly [name: string, schema: Schema.ConstraintCodec<unknown, string>, text: string]> = [
  ["a port", Syntax.Port, "0"],
  ["a port", Syntax.Port, "65536"],
  ["a port", Syntax.Port, "80.5"],
  ["a port", Syntax.Port, "-1"],
  ["a port", Syntax.Port, "0x50"],
  ["a port", Syntax.Port, " 80"],
  ["a port", Syntax.Port, "80 "],
  ["a port", Syntax.Port, ""],
  ["a number", Syntax.WholeNumber({ min: 0, max: 10 ** 20 }), "1".repeat(16)],
  ["a text", Syntax.Text, ""],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "30"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "about 30 minutes"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "30 minutes or so"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "30minutes"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "30  minutes"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "1. minutes"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), ".5 minutes"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "3600001 millis"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "Infinity"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "-5 minutes"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "2 hours"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "10 millis"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), ""],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "m"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "90 m"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "90M"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "1h 30m"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "30m1h"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "1h1h"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "1h30"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "-5m"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "5m or so"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "2h"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "10ms"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "1e3s"],
  ["a host", Syntax.Host, "http://localhost"],
  ["a host", Syntax.Host, "localhost:80"],
  ["a host", Syntax.Host, "a b"],
  ["a host", Syntax.Host, ""],
  ["a host", Syntax.Host, ".example.com"],
  ["a host", Syntax.Host, "-a"],
  ["a host", Syntax.Host, "a_b"],
  ["a host", Syntax.Host, "[::1]"],
  ["a host", Syntax.Host, "::1 "],
  ["a host", Syntax.Host, " ::1"],
  ["a host", Syntax.Host, "::g"],
  ["a base URL", Syntax.BaseUrl, "id.example.com"],
  ["a base URL", Syntax.BaseUrl, "ftp://id.example.com"],
  ["a base URL", Syntax.BaseUrl, "https://user:secret@id.example.com"],
  ["a base URL", Syntax.BaseUrl, "https://id.example.com/?a=b"],
  ["a base URL", Syntax.BaseUrl, "https://id.example.com/#a"],
  ["a base URL", Syntax.BaseUrl, "https://id.example.com/?"],
  ["a base URL", Syntax.BaseUrl, "https://id.example.com/#"],
  ["a base URL", Syntax.BaseUrl, "https://user@id.example.com"],
  ["a base URL", Syntax.BaseUrl, "https://:secret@id.example.com"],
  ["origins", Syntax.Origins, "*"],
  ["origins", Syntax.Origins, "https://*.example.com"],
  ["origins", Syntax.Origins, "capacitor://localhost/"],
  ["origins", Syntax.Origins, "capacitor://Localhost"],
  ["origins", Syntax.Origins, "capacitor://"],
  ["origins", Syntax.Origins, "chrome-extension://*"],
  ["origins", Syntax.Origins, "javascript://localhost"],
  ["origins", Syntax.Origins, "ftp://app.example.com"],
  ["origins", Syntax.Origins, "app.example.com"],
  ["origins", Syntax.Origins, "https://a.example,https://b.example/"],
  ["origins", Syntax.Origins, "https://app.example.com/"],
  ["origins", Syntax.Origins, "https://App.example.com"],
  ["origins", Syntax.Origins, "https://app.example.com:443"],
  ["origins", Syntax.Origins, "null"],
  ["a switch", Syntax.Switch, "yes"],
  ["a switch", Syntax.Switch, "untrue"],
  ["a switch", Syntax.Switch, "falsely"],
  ["one of some words", Syntax.OneOf(["json", "pretty"]), "JSON"]
]

/** A value survives being written and read, and what was read once is read alike ever after. */
const survives = <A>(schema: Schema.Codec<A, string>, text: string) => {
  for (const value of Option.toArray(Schema.decodeOption(schema)(text))) {
    const written = Schema.encodeSync(schema)(value)
    assert.deepStrictEqual(Schema.decodeSync(schema)(written), value)
    assert.strictEqual(Schema.encodeSync(schema)(Schema.decodeSync(schema)(written)), written)
  }
}

const AnySpan = Syntax.TimeSpan({ min: 0, max: "36500 days" })

/** What is shorter than the clocks we have tell is written in another way. */
const inMilliseconds = (text: string) =>
  Option.exists(accepts(AnySpan, text), (span) => Number.isInteger(Duration.toMillis(span)))

describe("what is accepted is the same when it is written again", () => {
  it.prop(
    "as a number",
    { text: nearly("7", "65535", "007", "+", "-", "1e3") },
    ({ text }) => survives(Syntax.Port, text)
  )

  it.prop("as a time span", {
    amount: nearly("1", "30", "0", ".", ".5"),
    unit: Schema.Literals(["millis", "seconds", "minute", "hours", "days", "week", "fortnights"])
  }, ({ amount, unit }) => {
    const text = `${amount} ${unit}`
    if (inMilliseconds(text)) survives(AnySpan, text)
  })

  it.prop("as a time span in short", { text: textOf(["1", "30", "0", "w", "d", "h", "m", "s", "ms"]) }, ({ text }) => {
    survives(AnySpan, text)
  })

  it.prop(
    "as a base URL",
    { text: nearly("id.example", "ID", ":8080", "/", "/..", "[::1]", "ü", "@", "?", "#") },
    ({ text }) => survives(Syntax.BaseUrl, `https://${text}`)
  )

  it.prop("as origins", {
    text: nearly("https://a.example", "http://b.example:8080", "null", "*", ",", "/")
  }, ({ text }) => survives(Syntax.Origins, text))
})

describe("is not accepted", () => {
  it.each(refused)("as %s: %3$j", (_, schema, text) => {
    assert.deepStrictEqual(accepts(schema, text), Option.none())
  })
})

const messages: ReadonlyArray<
  readonly [name: string, schema: Schema.ConstraintCodec<unknown, string>, message: string]
> = [
  ["a number", Syntax.WholeNumber({ min: 2, max: 9 }), "must be a whole number from 2 to 9"],
  ["a time span", Syntax.TimeSpan({ min: "1 second", max: "1 hour" }), "from 1 second to 1 hour"],
  ["a host", Syntax.Host, "must be a host name or an IP address without a port"],
  ["a base URL", Syntax.BaseUrl, "must be an http or https address without user, query or fragment"],
  ["origins", Syntax.Origins, "must be a list of origins such as https://app.example.com"],
  ["a switch", Syntax.Switch, "must be true or false"],
  ["one of some words", Syntax.OneOf(["json", "pretty"]), "must be json or pretty"]
]

describe("what is not accepted is told how it is written", () => {
  it.effect.each(messages)("as %s", ([, schema, message]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Schema.decodeEffect(schema)("://swordfish"))
      assert.include(error.message, message)
    }))
})

it.effect("a wildcard is no origin, and is told so", () =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(Schema.decodeEffect(Syntax.Origins)("https://*.example.com"))
    assert.include(error.message, "must name each origin in full")
  }))

describe("is accepted", () => {
  it.each([
    ["30 days", Duration.days(30)],
    ["1 day", Duration.days(1)],
    ["1.5 hours", Duration.minutes(90)],
    ["12.25 minutes", Duration.seconds(735)],
    ["500 millis", Duration.millis(500)],
    ["1 milli", Duration.millis(1)],
    ["2 weeks", Duration.days(14)],
    ["60 days", Duration.days(60)],
    ["90m", Duration.minutes(90)],
    ["2s", Duration.seconds(2)],
    ["7d", Duration.days(7)],
    ["500ms", Duration.millis(500)],
    ["1h30m", Duration.minutes(90)],
    ["1w2d3h4m5s6ms", Duration.millis(788_645_006)],
    ["1.5h", Duration.minutes(90)],
    ["0h30m", Duration.minutes(30)]
  ])("as a time span: %s", (text, expected) => {
    const span = accepts(Syntax.TimeSpan({ min: "1 milli", max: "60 days" }), text)
    assert.isTrue(Option.exists(span, (found) => Duration.equals(found, expected)))
  })

  it.each(["127.0.0.1", "0.0.0.0", "::1", "::", "localhost", "id.example.com", "7", "fe80::1%25", "::ffff:10.0.0.1"])(
    "as a host: %s",
    (text) => {
      assert.deepStrictEqual(accepts(Syntax.Host, text), Option.some(text))
    }
  )

  it.each([
    ["https://id.example.com/a//", "https://id.example.com/a"],
    ["https://x.example/id/", "https://x.example/id"],
    ["http://x.example/a/b", "http://x.example/a/b"],
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

  it("as origins of app shells", () => {
    const text = "capacitor://localhost,tauri://localhost,chrome-extension://gdbjlmhnhnmmkmjdckoohhjkcnjdgblf"
    assert.deepStrictEqual(accepts(Syntax.Origins, text), Option.some(text.split(",")))
  })

  it("as origins, none of them", () => {
    assert.deepStrictEqual(accepts(Syntax.Origins, " , "), Option.some([]))
  })

  it.each([["1", 1], ["65535", 65_535], ["080", 80]])("as a port: %s", (text, port) => {
    assert.deepStrictEqual(accepts(Syntax.Port, text), Option.some(port))
  })

  it.each([["true", true], ["false", false]])("as a switch: %s", (text, on) => {
    assert.deepStrictEqual(accepts(Syntax.Switch, text), Option.some(on))
  })
})

it.effect("a text that is empty is told so", () =>
  Effect.gen(function*() {
    assert.include((yield* Effect.flip(Schema.decodeEffect(Syntax.Text)(""))).message, "must not be empty")
  }))

it.effect("what was accepted is written back as it would be given", () =>
  Effect.gen(function*() {
    assert.strictEqual(yield* Schema.encodeEffect(Syntax.Port)(8080), "8080")
    assert.strictEqual(yield* Schema.encodeEffect(Syntax.Switch)(false), "false")
    assert.strictEqual(
      yield* Schema.encodeEffect(Syntax.Origins)(["https://a.example", "https://b.example"]),
      "https://a.example,https://b.example"
    )
    assert.strictEqual(yield* Schema.encodeEffect(Syntax.BaseUrl)("https://a.example/id"), "https://a.example/id")
  }))
