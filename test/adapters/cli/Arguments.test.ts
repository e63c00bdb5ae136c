import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option, Schema } from "effect"
import {
  accountArgument,
  accountFlag,
  continuation,
  decoding,
  followPages,
  instantFlag,
  pageFlags
} from "../../../src/adapters/cli/kit/Arguments.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { parseArguments } from "./parse-arguments.ts"

const since = { since: instantFlag("since", "") }

const instants: ReadonlyArray<readonly [written: string, meant: string]> = [
  ["2026-03-01", "2026-03-01T00:00:00.000Z"],
  ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  ["2026-03-01T11:59:59Z", "2026-03-01T11:59:59.000Z"],
  ["2026-03-01t11:59:59.5z", "2026-03-01T11:59:59.500Z"],
  ["2026-03-01T11:59:59.123Z", "2026-03-01T11:59:59.123Z"],
  ["2026-03-01T09:30:00+02:00", "2026-03-01T07:30:00.000Z"],
  ["2026-03-01T19:00:00-12:00", "2026-03-02T07:00:00.000Z"],
  ["2026-03-01T23:59:59Z", "2026-03-01T23:59:59.000Z"],
  ["2026-03-01T00:00:00Z", "2026-03-01T00:00:00.000Z"]
]

const noInstants = [
  "",
  "2026",
  "2026-3-1",
  "2025-02-29",
  "2026-13-01",
  "2026-00-10",
  "2026-04-31",
  "2026-04-31T12:00:00Z",
  "20260301",
  "2026-03-01 12:00:00Z",
  "2026-03-01T12:00Z",
  "2026-03-01T12:00:00",
  "2026-03-01T24:00:00Z",
  "2026-03-01T12:60:00Z",
  "2026-03-01T12:00:00.Z",
  "2026-03-01T12:00:00+1:00",
  "2026-03-01T12:00:00+01",
  "x2026-03-01",
  "2026-03-01x",
  "12026-03-01"
]

/** From 1971 to the end of 9998, so that every offset stays within four digits of the year. */
const Moment = Schema.Int.pipe(
  Schema.check(Schema.isBetween({ minimum: 31_536_000_000, maximum: 253_370_764_800_000 }))
)
const Offset = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: -14 * 60, maximum: 14 * 60 })))

/** An instant as clocks show it with this offset from UTC, in minutes. */
const writtenAt = (moment: number, offset: number): string => {
  const clock = new Date(moment + offset * 60_000).toISOString().slice(0, -1)
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60]
  return `${clock}${offset < 0 ? "-" : "+"}${[hours, minutes].map((part) => String(part).padStart(2, "0")).join(":")}`
}

it.effect.prop(
  "an instant is the same wherever it is written",
  { moment: Moment, offset: Offset },
  ({ moment, offset }) =>
    Effect.gen(function*() {
      const read = yield* parseArguments(since, ["--since", writtenAt(moment, offset)])
      assert.deepStrictEqual(Option.map(read.since, DateTime.toEpochMillis), Option.some(moment))
    })
)

describe("an instant on the command line", () => {
  it.effect.each(instants)("that is written %s is %s", ([written, meant]) =>
    Effect.gen(function*() {
      const flags = yield* parseArguments(since, ["--since", written])
      assert.deepStrictEqual(Option.map(flags.since, DateTime.formatIso), Option.some(meant))
    }))

  it.effect.each(noInstants)("may not be written %j", (written) =>
    Effect.gen(function*() {
      const { message } = yield* Effect.flip(parseArguments(since, [`--since=${written}`]))
      assert.include(message, `--since must be an instant such as 2026-03-01T12:00:00Z, or a date: "${written}"`)
    }))
})

const ID = `acct_${"0".repeat(25)}`

describe("an account on the command line", () => {
  it.effect.each([ID, "ada@example.com"])("may be written %s", (written) =>
    Effect.gen(function*() {
      const named = yield* parseArguments({ account: accountArgument }, [written])
      assert.strictEqual(named.account, written)
      const flags = yield* parseArguments({ account: accountFlag }, ["--account", written])
      assert.deepStrictEqual<Option.Option<string>>(flags.account, Option.some(written))
    }))

  it.effect.each(["", "ada", ID.toUpperCase(), `${ID}0`, `x${ID}`])(
    "may not be written %j",
    (written) =>
      Effect.gen(function*() {
        const complaint = `must be an account id or an email: "${written}"`
        const named = yield* Effect.flip(parseArguments({ account: accountArgument }, [written]))
        assert.include(named.message, `<account> ${complaint}`)
        const flags = yield* Effect.flip(parseArguments({ account: accountFlag }, [`--account=${written}`]))
        assert.include(flags.message, `--account ${complaint}`)
      })
  )
})

describe("how many to show", () => {
  it.effect.each([["1", 1], ["20", 20], ["100", 100]] as const)(
    "may be %s",
    ([written, limit]) =>
      Effect.gen(function*() {
        const flags = yield* parseArguments(pageFlags, ["--limit", written])
        assert.deepStrictEqual(flags.limit, Option.some(limit))
      })
  )

  it.effect.each(["0", "101", "1000", "0001", "x1", "1x", "1.5", "-1", "", "٣"])(
    "may not be %j",
    (written) =>
      Effect.gen(function*() {
        const { exitCode, message } = yield* Effect.flip(parseArguments(pageFlags, [`--limit=${written}`]))
        assert.strictEqual(exitCode, 2)
        assert.include(message, `--limit must be a whole number from 1 to 100: "${written}"`)
      })
  )
})

it.effect("without flags it is the first page, of no account and of any time", () =>
  Effect.gen(function*() {
    const flags = yield* parseArguments({ ...pageFlags, ...since, account: accountFlag }, [])
    const none = Option.none()
    assert.deepStrictEqual<unknown>(flags, { limit: none, after: none, since: none, account: none })
    const page = yield* followPages(flags, ({ limit }) => Effect.succeed({ items: [limit], next: none }))
    assert.deepStrictEqual(page.items, [20])
  }))

it.effect("what is wrong with a value is told with the name of its flag and as it was written", () =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(decoding("--email", Email)("ada\n"))
    assert.include(error.message, "--email must be an email address such as ada@example.com: \"ada\\n\"")
    assert.strictEqual(yield* decoding("--email", Email)("ada@example.com"), "ada@example.com")
  }))

it("a list that goes on says how, and one that does not says nothing", () => {
  assert.strictEqual(continuation(Option.none()), "")
  assert.strictEqual(continuation(Option.some("abc")), "There are more. The next page: --after abc")
})
