import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { continuation, decoding } from "../../../src/adapters/cli/Values.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const accepted: ReadonlyArray<readonly [written: string, listed: boolean]> = [
  ["2026-03-01", true],
  ["2024-02-29", true],
  ["2026-03-01T11:59:59Z", true],
  ["2026-03-01t11:59:59.5z", true],
  ["2026-03-01T13:00:00+02:00", true],
  ["2026-03-01T23:59:59Z", false],
  ["2026-03-01T19:00:00-12:00", false],
  ["2026-03-02", false]
]

const refused = [
  "",
  "2026",
  "2026-3-1",
  "2025-02-29",
  "2026-13-01",
  "2026-00-10",
  "2026-04-31",
  "20260301",
  "2026-03-01 12:00:00Z",
  "2026-03-01T12:00Z",
  "2026-03-01T12:00:00",
  "2026-03-01T24:00:00Z",
  "2026-03-01T12:00:00.Z",
  "2026-03-01T12:00:00+1:00",
  "2026-03-01T12:00:00+01",
  "x2026-03-01",
  "2026-03-01x",
  "12026-03-01"
]

const ADA = ["create-account", "--email", "ada@example.com", "--display-name", "Ada", "--password-stdin"]

describe("an instant on the command line", () => {
  it.effect.each(accepted)("may be written %s", ([since, listed]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* run(ADA, { stdin: "correct horse battery" })
      const { exitCode, stdout } = yield* run(["audit-log", "--since", since, "--json"])
      assert.strictEqual(exitCode, 0)
      assert.strictEqual(stdout.includes("account.created"), listed)
    }).pipe(Effect.provide(layer())))

  it.effect.each(refused)("may not be written %j", (since) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr } = yield* run(["audit-log", `--since=${since}`])
      assert.strictEqual(exitCode, 2)
      assert.include(stderr, `--since must be an instant such as 2026-03-01T12:00:00Z, or a date: "${since}"`)
    }).pipe(Effect.provide(layer())))
})

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

describe("how many to show", () => {
  it.effect.each([["1", 1], ["2", 2], ["100", 3]] as const)("may be %s", ([limit, shown]) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      for (const email of ["a@example.com", "b@example.com", "c@example.com"]) {
        const named = ["create-account", "--email", email, "--display-name", "Ada", "--password-stdin"]
        yield* run(named, { stdin: "correct horse battery" })
      }
      const { stdout } = yield* run(["list-accounts", "--limit", limit, "-q"])
      assert.strictEqual(stdout.split("\n").length, shown)
    }).pipe(Effect.provide(layer())))

  it.effect.each(["1000", "0001", "x1", "1x", "", "٣"])("may not be %j", (limit) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr } = yield* run(["list-accounts", `--limit=${limit}`])
      assert.strictEqual(exitCode, 2)
      assert.include(stderr, `--limit must be a whole number from 1 to 100: "${limit}"`)
    }).pipe(Effect.provide(layer())))
})
