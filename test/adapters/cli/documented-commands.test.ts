import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll } from "vitest"
import { projectTree } from "../../architecture/SourceTree.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

/** What pages write for a value that only their reader knows. */
const VALUES: ReadonlyArray<readonly [placeholder: RegExp, value: string]> = [
  [/"\$(?:NOW|BEGAN|LEAKED)"/g, "2026-03-01T12:00:00Z"],
  [/\$\([^)]*\)|<\([^)]*\)/g, "made"],
  [/"\$MAIL"/g, `mail_${"0".repeat(25)}`],
  [/(?<=-api-key )ID\b/g, `key_${"0".repeat(25)}`],
  [/\bNETWORK\b/g, "192.0.2.0/24"],
  [/\bFILE\b|\S+\.txt\b"?/g, "/nowhere/checkpoint"]
]

const FENCED = /^ *(```+)(\w*)\n([\s\S]*?)^ *\1$/gm

/** Commands with flags or arguments, in blocks of shell and in sentences. Those without are in other tests. */
const commandsIn = (text: string): ReadonlyArray<string> => {
  const blocks = Array.from(text.matchAll(FENCED), ([, , language, block = ""]) => language === "sh" ? block : "")
  const lines = blocks.flatMap((block) => block.replaceAll("\\\n", " ").split("\n"))
  const code = Array.from(text.replaceAll(FENCED, "").matchAll(/`([^`]+)`/g), ([, words = ""]) => words)
  return [...lines, ...code]
    .map((line) => VALUES.reduce((filled, [placeholder, value]) => filled.replaceAll(placeholder, value), line.trim()))
    .filter((line) => !/^#|\[|…| v1$/.test(line))
    .flatMap((line) =>
      Array.from(line.matchAll(/(?:^|\s)(?:\.\/)?identity ([a-z][a-z-]* [^|;&>`#]+)/g), ([, rest]) => rest ?? "")
    )
}

const wordsIn = (command: string): ReadonlyArray<string> =>
  Array.from(command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g), ([word]) => word.replaceAll(/["']/g, ""))

const Failure = Schema.fromJsonString(Schema.Struct({ error: Schema.Struct({ message: Schema.String }) }))

/** What the command line says against it. The files that pages name are not here, nor is a terminal. */
const complaint = Effect.fnUntraced(function*(command: string) {
  const { run } = yield* CommandLine
  const { exitCode, stderr } = yield* run([...wordsIn(command), ...(command.includes("--json") ? [] : ["--json"])])
  if (exitCode !== 2) return Option.none()
  const { error } = yield* Schema.decodeEffect(Failure)(stderr)
  return /can't be read|^There is no terminal to ask/.test(error.message) ? Option.none() : Option.some(error.message)
}, Effect.provide(layer()))

const repository = fileURLToPath(new URL("../../..", import.meta.url))

const commands = [...projectTree(repository).values()]
  .filter(({ path }) => path.endsWith(".md") && path !== "CHANGELOG.md")
  .flatMap(({ path, text }) => commandsIn(text).map((command) => [path, command.trim()] as const))

describe("the commands that pages show", () => {
  const directory = mkdtempSync(join(tmpdir(), "identity-documented-"))
  beforeAll(() => process.chdir(directory))
  afterAll(() => {
    process.chdir(repository)
    rmSync(directory, { recursive: true })
  })

  it.effect("write no file into the repository", () =>
    Effect.gen(function*() {
      assert.isTrue(Option.isNone(yield* complaint("audit-log --checkpoint written")))
      assert.isFalse(existsSync(join(repository, "written")))
    }))

  it("are there", () => assert.isAbove(commands.length, 30))

  it.effect.each([
    "audit-log --action sign-in.refusd",
    "list-accounts --limit 101",
    "revoke-sessions --created-before yesterday",
    "audit-log --since-checkpoint FILE",
    "show-account"
  ])(
    "would not pass with a mistake: identity %s",
    (command) => Effect.map(complaint(command), (said) => assert.isTrue(Option.isSome(said)))
  )

  it.effect.each(commands)(
    "%s: identity %s",
    ([, command]) => Effect.map(complaint(command), (said) => assert.deepStrictEqual(said, Option.none()))
  )
})
