import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { CommandFailed } from "../../../src/platform/process/CommandFailed.ts"
import { anEmail } from "../../support/builders.ts"
import { signIn, signUp } from "../../support/people.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const ADA = anEmail("ada.lovelace@analytical.example")

/** The least width of a list, because an id has 30 characters. */
const COLUMNS = 40

const tooWide = (text: string) => text.split("\n").filter((line) => line.length > COLUMNS)

const invalid = new CommandFailed({
  exitCode: 2,
  code: "invalid-configuration",
  message: "A setting is missing or invalid:\n  IDENTITY_PORT must be a whole number from 1 to 65535, not \"abc\""
})

const settings = [{ name: "IDENTITY_DATABASE_URL", value: Option.some("postgres://…"), origin: "environment" }]

describe("on a terminal of 40 columns", () => {
  const test = it.effect.each([
    ["list-accounts"],
    ["list-sessions", ADA],
    ["audit-log"],
    ["audit-log", "--account", ADA],
    ["audit-log", "--verify"],
    ["prune"],
    ["config"]
  ])
  test("%j shows no line that is longer", (args) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* signUp(ADA)
      yield* signIn(ADA)
      const { stderr, stdout } = yield* run(args, { columns: COLUMNS, typed: "" })
      assert.notStrictEqual(stdout, "")
      assert.deepStrictEqual([tooWide(stdout), tooWide(stderr)], [[], []])
    }).pipe(Effect.provide(layer({
      configuration: () => Effect.succeed({ settings, failure: Option.some(invalid) })
    }))))

  it.effect("help has no line that is longer but a flag with its value", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      for (const command of ["--help", "help", "serve", "audit-log", "revoke-sessions", "create-account", "doctor"]) {
        const { stdout } = yield* run([command, "--help"], { columns: COLUMNS })
        assert.deepStrictEqual(tooWide(stdout).filter((line) => !line.startsWith("    --")), [], command)
      }
    }).pipe(Effect.provide(layer())))

  it.effect("what is said beside a result is broken between words, and goes on below where it began", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { stderr } = yield* run(["config"], { columns: COLUMNS, typed: "" })
      assert.deepStrictEqual(stderr.split("\n"), [
        "A setting is missing or invalid:",
        "  IDENTITY_PORT must be a whole number",
        "    from 1 to 65535, not \"abc\""
      ])
    }).pipe(Effect.provide(layer({
      configuration: () => Effect.succeed({ settings, failure: Option.some(invalid) })
    }))))

  it.effect("only the id of an account is wider than that, and questions are not", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { id } = yield* signUp(ADA)
      const { stdout } = yield* run(["show-account", ADA], { columns: COLUMNS })
      for (const line of tooWide(stdout)) assert.isTrue(line.includes(id) || line.includes(ADA), line)
      const { stderr } = yield* run(["delete-account", ADA], { columns: COLUMNS, typed: "n" })
      assert.deepStrictEqual(tooWide(stderr), [])
      assert.match(stderr, /brought\sback\.\s\[y\/N\]/)
    }).pipe(Effect.provide(layer())))
})

it.effect("where no terminal shows it, what is said is one line", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const { stderr } = yield* run(["config"])
    assert.strictEqual(stderr, invalid.message)
  }).pipe(Effect.provide(layer({
    configuration: () => Effect.succeed({ settings, failure: Option.some(invalid) })
  }))))
