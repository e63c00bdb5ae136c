import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { CommandLine, layer } from "./TestCommandLine.ts"

const commands = [
  "serve",
  "migrate",
  "prune",
  "config",
  "generate-signing-key",
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
  "audit-log"
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
      yield* matchesGolden(`help-${command}`, stdout)
    }).pipe(Effect.provide(layer())))

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

it.effect.each(["bash", "zsh", "fish"])(
  "--completions %s prints a script that knows the commands",
  (shell) =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { exitCode, stderr, stdout } = yield* run(["--completions", shell])
      assert.deepStrictEqual([exitCode, stderr], [0, ""])
      assert.include(stdout, "revoke-sessions")
    }).pipe(Effect.provide(layer()))
)
