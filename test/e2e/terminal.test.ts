/** Properties of real terminals: which keys are echoed, and where the cursor ends. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { migratedDatabase } from "./Database.ts"
import { emptyDirectory, Executable } from "./IdentityProcess.ts"

const KEY = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

/** util-linux' `script` runs a command in a terminal of its own. */
const hasTerminals = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false

/** Runs a command, typing each text once the terminal shows what is before it. */
const atTerminal = Effect.fnUntraced(function*(
  args: ReadonlyArray<string>,
  typing: ReadonlyArray<readonly [shown: string, typed: string]>,
  variables: Readonly<Record<string, string>> = {}
) {
  const cwd = yield* emptyDirectory
  const command = [process.execPath, yield* Executable, ...args].map((word) => `'${word}'`).join(" ")
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn("script", ["-qec", command, "/dev/null"], {
        cwd,
        env: { PATH: process.env["PATH"], HOME: cwd, TERM: "xterm", ...variables }
      })
    ),
    (spawned) => Effect.sync(() => spawned.kill("SIGKILL"))
  )
  let shown = ""
  const left = [...typing]
  child.stdout.on("data", (chunk) => {
    shown += String(chunk)
    const [next] = left
    if (next === undefined || !shown.endsWith(next[0])) return
    left.shift()
    child.stdin.write(next[1])
  })
  const [exitCode] = yield* Effect.timeout(Effect.promise(() => once(child, "close")), "15 seconds")
  return { exitCode, lines: shown.split("\r\n") }
})

describe.skipIf(!hasTerminals)("at a terminal", () => {
  it.live("what is typed is shown once, and Ctrl-C leaves the cursor on a line of its own", () =>
    Effect.gen(function*() {
      const { url } = yield* migratedDatabase
      const { exitCode, lines } = yield* atTerminal(
        ["create-account"],
        [["Email: ", "ada\u007fa@example.com\r"], ["Display name: ", "Ad\u0003"]],
        { IDENTITY_DATABASE_URL: Redacted.value(url), IDENTITY_SIGNING_KEYS: KEY }
      )
      assert.deepStrictEqual([exitCode, lines], [130, [
        "Email: ada\b \ba@example.com",
        "Display name: Ad",
        ""
      ]])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live.each([["xterm", true], ["dumb", false]] as const)(
    "TERM=%s has escape codes in its help: %s",
    ([term, has]) =>
      Effect.gen(function*() {
        const { exitCode, lines } = yield* atTerminal(["help"], [], { TERM: term })
        assert.deepStrictEqual([exitCode, lines.join("").includes("\u001b")], [0, has])
      }).pipe(Effect.provide(NodeFileSystem.layer))
  )
})
