import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { CliOutput } from "effect/cli"
import { fromNow, properties, table } from "../../../src/adapters/cli/kit/Table.ts"
import { instant, START } from "../../support/builders.ts"
import { signIn, signUp } from "../../support/people.ts"
import { textOf } from "../../support/texts.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const at = (columns: number) => ({ columns: Option.some(columns), now: START })
const piped = { columns: Option.none(), now: START }

const people = table(
  ["ID", "EMAIL", "NAME", "CREATED"],
  [
    [
      "acct_1",
      "ada.lovelace@analytical.example",
      "Augusta Ada King, Countess of Lovelace",
      instant("2026-02-27T12:00:00Z")
    ],
    ["acct_2", "b@example.com", "山田太郎", instant("2026-03-01T12:05:00Z")]
  ],
  { whole: ["ID", "CREATED"], spare: ["CREATED", "NAME"] }
)

describe("a table", () => {
  it("is whole and exact where no terminal shows it", () => {
    assert.strictEqual(
      people(piped),
      [
        "ID      EMAIL                            NAME                                    CREATED",
        "acct_1  ada.lovelace@analytical.example  Augusta Ada King, Countess of Lovelace  2026-02-27T12:00:00.000Z",
        "acct_2  b@example.com                    山田太郎                                2026-03-01T12:05:00.000Z"
      ].join("\n")
    )
  })

  it("has its widest columns cut on a terminal, and instants told from now", () => {
    assert.strictEqual(
      people(at(60)),
      [
        "ID      EMAIL              NAME                      CREATED",
        "acct_1  ada.lovelace@ana…  Augusta Ada King, Count…  2d ago",
        "acct_2  b@example.com      山田太郎                  in 5m",
        "Shortened at … A wider terminal or --json shows everything."
      ].join("\n")
    )
  })

  it("does without what can be spared before it is of no use", () => {
    assert.strictEqual(people(at(30)).split("\n")[1], "acct_1  ada.lov…  Augusta Ada…")
    assert.strictEqual(people(at(20)).split("\n")[1], "acct_1  ada.lovelac…")
    assert.include(people(at(20)).replaceAll("\n", " "), "Without NAME, CREATED. Shortened at …")
  })

  it("cuts ids in the middle before anything else, and leaves others out for what is looked for", () => {
    const id = "acct_0123456789abcdefghijklmno"
    const entries = table(
      ["ACTION", "ACTOR", "ACCOUNT", "ADDRESS"],
      [["session.started", "admin:grace.hopper", id, "2001:db8::1234:5678"]],
      { whole: ["ACTION"], prior: ["ACTOR", "ADDRESS"], ids: ["ACCOUNT"], spare: ["ACCOUNT"] }
    )
    const [, shown = "", hint = ""] = entries(at(72)).split("\n")
    assert.strictEqual(shown, "session.started  admin:grace.hopper  acct_01…jklmno  2001:db8::1234:5678")
    assert.include(hint, "--json")
    assert.notInclude(entries(at(60)), "acct")
    assert.include(entries(at(60)), "admin:grace.hopper  2001:db8::1234:5678")
    assert.notInclude(entries(at(200)), "--json")
  })

  it("can go on in the next line instead of cutting", () => {
    const settings = table(["NAME", "VALUE"], [["A", "one/two/three"], ["B", "x"]], {
      whole: ["NAME"],
      wrapped: ["VALUE"],
      spare: []
    })
    assert.strictEqual(settings(at(14)), "NAME  VALUE\nA     one/two/\n      three\nB     x")
  })

  it.prop(
    "fits whatever is in it",
    { text: textOf(["a", "é", "🦉", "👩\u200d💻", "山", "\u001b", "\u0301", " "], { maxLength: 60 }) },
    ({ text }) => {
      const lines = table(["A", "B"], [[text, text]], { whole: [], spare: [] })(at(40)).split("\n")
      assert.isAtMost(lines.length, 4)
      for (const line of lines) assert.isAtMost(CliOutput.displayWidth(line), 40)
    }
  )
})

describe("the properties of one thing", () => {
  const shown = properties([["name", "Ada"], ["created", instant("2026-02-28T12:00:00Z")]])

  it("say on a terminal how long ago, beside when", () => {
    assert.strictEqual(shown(at(80)), "name     Ada\ncreated  2026-02-28T12:00:00.000Z (1d ago)")
    assert.strictEqual(shown(piped), "name     Ada\ncreated  2026-02-28T12:00:00.000Z")
  })
})

describe("an instant from now", () => {
  it.each(
    [
      ["0 seconds", "just now", "just now"],
      ["59 seconds", "in 1m", "just now"],
      ["61 seconds", "in 1m", "1m ago"],
      ["3599 seconds", "in 1h", "59m ago"],
      ["23 hours", "in 23h", "23h ago"],
      ["30 days", "in 30d", "30d ago"],
      ["604799 seconds", "in 7d", "6d ago"],
      ["31 days", "2026-04-01", "2026-01-29"]
    ] as const
  )("%s away", (away, after, before) => {
    assert.strictEqual(fromNow(DateTime.addDuration(START, away), START), after)
    assert.strictEqual(fromNow(DateTime.subtractDuration(START, away), START), before)
  })
})

describe("lists on a terminal", () => {
  it.effect.each([["list-accounts"], ["list-sessions", "ada@example.com"], ["audit-log"], ["config"]])(
    "%j fits 80 columns",
    (args) =>
      Effect.gen(function*() {
        const { run } = yield* CommandLine
        const { email } = yield* signUp()
        yield* signIn(email)
        const { stdout } = yield* run(args[1] === undefined ? args : ["list-sessions", email], { columns: 80 })
        for (const line of stdout.split("\n")) assert.isAtMost(line.length, 80, line)
      }).pipe(Effect.provide(layer()))
  )

  it.effect("print nothing on stderr when there is no more", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* signUp()
      assert.strictEqual((yield* run(["list-accounts"])).stderr, "")
    }).pipe(Effect.provide(layer())))
})
