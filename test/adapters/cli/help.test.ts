import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { CommandName } from "../../../src/kernel/CommandName.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const commands = [
  "serve",
  "migrate",
  "prune",
  "config",
  "doctor",
  "generate-signing-key",
  "mail-templates",
  "create-account",
  "show-account",
  "list-accounts",
  "update-account",
  "set-password",
  "disable-account",
  "enable-account",
  "delete-account",
  "list-sessions",
  "revoke-sessions",
  "list-mails",
  "show-mail",
  "retry-mails",
  "send-test-mail",
  "audit-log",
  "help"
]

const matchesGolden = (name: string, text: string) =>
  Effect.promise(() => expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.txt`))

describe("help", () => {
  it.effect("of the program lists every command on stdout", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr, stdout } = yield* run(["--help"])
      assert.deepStrictEqual([exitCode, stderr], [0, ""])
      for (const command of commands) assert.include(stdout, command)
      yield* matchesGolden("help", stdout)
    }).pipe(Effect.provide(layer())))

  it.effect.each(commands)("of %s", (command) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stdout } = yield* run([command, "--help"])
      assert.strictEqual(exitCode, 0)
      for (const line of stdout.split("\n")) assert.isAtMost(line.length, 80, line)
      assert.deepStrictEqual(yield* run(["help", command]), { exitCode, stdout, stderr: "" })
      yield* matchesGolden(`help-${command}`, stdout)
    }).pipe(Effect.provide(layer())))

  it.effect("without a command lists them all, as --help does", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      assert.deepStrictEqual(yield* run(["help"]), yield* run(["--help"]))
    }).pipe(Effect.provide(layer())))

  it.effect.each(["serve", "convert-import", "import-accounts", "export-accounts"])(
    "of %s names commands as they are typed in a clone",
    (command) =>
      Effect.gen(function*() {
        const { run } = yield* CommandLine
        const { stdout } = yield* Effect.provideService(run(["help", command]), CommandName, "./identity")
        assert.match(stdout, /`\.\/identity\s+[a-z-]+`/)
        assert.notMatch(stdout, /`identity/)
      }).pipe(Effect.provide(layer()))
  )

  it.effect("of what is no command is wrong usage", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr } = yield* run(["help", "nonsense"])
      assert.strictEqual(exitCode, 2)
      assert.include(stderr, "nonsense")
    }).pipe(Effect.provide(layer())))

  it.effect("is as narrow as the terminal, and never wider than what is easy to read", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      for (const [columns, longest] of [[60, 60], [300, 100]] as const) {
        const { stdout } = yield* run(["revoke-sessions", "--help"], { columns })
        const widest = Math.max(...stdout.split("\n").map((line) => line.length))
        assert.isAtMost(widest, longest)
        assert.isAbove(widest, longest - 15)
      }
    }).pipe(Effect.provide(layer())))

  it.effect.each([[{ TERM: "xterm" }, true], [{ TERM: "dumb" }, false], [{ NO_COLOR: "1" }, false]] as const)(
    "with %j has escape codes: %s",
    ([variables, expected]) =>
      Effect.gen(function*() {
        const { run } = yield* CommandLine
        const { stdout } = yield* run(["--help"], { columns: 80, variables })
        assert.strictEqual(stdout.includes("\u001b"), expected)
      }).pipe(Effect.provide(layer()))
  )

  it.effect("goes to stderr with exit code 2 when no command was named", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr, stdout } = yield* run([])
      assert.deepStrictEqual([exitCode, stdout], [2, ""])
      assert.include(stderr, "USAGE")
    }).pipe(Effect.provide(layer())))

  it.effect("is no part of an error in JSON", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr } = yield* run(["--json"])
      assert.strictEqual(exitCode, 2)
      assert.deepStrictEqual(JSON.parse(stderr), {
        error: { code: "wrong-usage", message: "Say which command to run." }
      })
    }).pipe(Effect.provide(layer())))
})

it.effect("--version prints name and version", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    assert.deepStrictEqual(yield* run(["--version"]), { exitCode: 0, stdout: "identity 1.2.3", stderr: "" })
  }).pipe(Effect.provide(layer())))
