import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { spawnSync } from "node:child_process"
import { CommandLine, layer } from "./TestCommandLine.ts"

const scriptFor = Effect.fnUntraced(function*(shell: string) {
  const { run } = yield* CommandLine
  const { exitCode, stderr, stdout } = yield* run(["--completions", shell])
  assert.deepStrictEqual([exitCode, stderr], [0, ""])
  return stdout
}, Effect.provide(layer()))

const isInstalled = (shell: string): boolean => spawnSync(shell, ["-c", ":"]).status === 0

/**
 * The completions that a shell with the script offers at the end of a line, in a directory with a file and a folder.
 */
const offered = (shell: "bash" | "fish", line: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const cwd = yield* fs.makeTempDirectoryScoped()
    yield* fs.writeFileString(`${cwd}/secret.txt`, "")
    yield* fs.makeDirectory(`${cwd}/secrets`)
    // Linux limits the length of one argument.
    const script = `${yield* fs.makeTempDirectoryScoped()}/script`
    yield* fs.writeFileString(script, yield* scriptFor(shell))
    const words = line.split(" ")
    const ask = shell === "fish"
      ? `complete --do-complete "$argv[1]" | string replace -r '\\t.*' ''`
      : `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}
         _identity identity "\${COMP_WORDS[COMP_CWORD]}"; printf '%s\\n' "\${COMPREPLY[@]}"`
    const args = shell === "fish" ? [line] : ["bash", ...words]
    const { stderr, stdout } = spawnSync(shell, ["-c", `source ${script}\n${ask}`, ...args], { cwd, encoding: "utf8" })
    assert.strictEqual(stderr, "")
    return stdout.split("\n").map((word) => word.trim()).filter((word) => word !== "")
  }).pipe(Effect.provide(NodeServices.layer))

const lines: ReadonlyArray<readonly [line: string, expected: ReadonlyArray<string>]> = [
  ["identity revoke-s", ["revoke-sessions"]],
  ["identity list-sessions --j", ["--json"]],
  ["identity --da", ["--data-dir"]],
  ["identity list-accounts --data-dir sec", ["secrets"]],
  ["identity create-account --password-file sec", ["secret.txt", "secrets"]],
  ["identity audit-log --since-checkpoint sec", ["secret.txt", "secrets"]],
  ["identity --completions f", ["fish"]],
  ["identity list-accounts --status d", ["disabled"]],
  ["identity help prune", ["prune"]]
]

describe.each(["bash", "fish"] as const)("%s completes", (shell) => {
  it.effect.skipIf(!isInstalled(shell))(
    "commands, all flags, shells, files and directories",
    () =>
      Effect.forEach(lines, ([line, expected]) =>
        Effect.map(offered(shell, line), (found) => {
          const words = found.map((word) => word.replace(/\/$/, "")).toSorted()
          // fish offers files after directories everywhere.
          if (shell === "fish") assert.includeMembers(words, [...expected], line)
          else assert.deepStrictEqual(words, expected, line)
        }))
  )
})

it.effect.skipIf(!isInstalled("zsh"))(
  "the script for zsh is one that zsh understands",
  () =>
    Effect.map(scriptFor("zsh"), (script) => {
      const { status, stderr } = spawnSync("zsh", ["-n"], { input: script, encoding: "utf8" })
      assert.deepStrictEqual([status, stderr], [0, ""])
    })
)

it.effect.each(["bash", "zsh", "fish", "powershell"])(
  "the script for %s knows global flags, files and shells",
  (shell) =>
    Effect.map(scriptFor(shell), (script) => {
      for (const word of ["revoke-sessions", "set-password", "quiet", "data-dir", "powershell"]) {
        assert.include(script, word)
      }
      assert.notInclude(script, "no-json")
    })
)
