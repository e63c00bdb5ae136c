import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { temporaryDirectory } from "../../support/temporary-directory.ts"
import * as TestCommandLine from "./TestCommandLine.ts"

const run = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
  const commandLine = yield* TestCommandLine.CommandLine
  return yield* commandLine.run(["mail-templates", ...args])
})

const directory = temporaryDirectory("identity-templates-")

layer(TestCommandLine.layer())("identity mail-templates", (it) => {
  it.effect("writes templates that are right as they are", () =>
    Effect.gen(function*() {
      const folder = yield* directory
      const { exitCode, stderr, stdout } = yield* run("--export", folder)
      assert.strictEqual(exitCode, 0)
      const files = stdout.trim().split("\n").length
      assert.isAtLeast(files, 72)
      assert.strictEqual(stderr, `Wrote ${files} templates. Remove those that you don't change.`)
      assert.include(stdout, join(folder, "de", "recovery.subject.txt"))
      assert.strictEqual(
        yield* Effect.promise(() => readFile(join(folder, "en/recovery.subject.txt"), "utf8")),
        "Set a new password\n"
      )
      const checked = yield* run("--check", folder)
      assert.deepStrictEqual(checked, { exitCode: 0, stdout: "", stderr: "All templates are right." })
    }).pipe(Effect.scoped))

  it.effect("overwrites nothing, and writes nothing then", () =>
    Effect.gen(function*() {
      const folder = yield* directory
      yield* run("--export", folder)
      const mine = join(folder, "de/test.html")
      yield* Effect.promise(async () => {
        await writeFile(mine, "mine")
        await rm(join(folder, "en"), { recursive: true })
      })
      const { exitCode, stderr } = yield* run("--export", folder)
      assert.strictEqual(exitCode, 3)
      assert.match(stderr, /exists\. Nothing was written, because it may be yours\.$/)
      assert.strictEqual(yield* Effect.promise(() => readFile(mine, "utf8")), "mine")
    }).pipe(Effect.scoped))

  it.effect("names every mistake", () =>
    Effect.gen(function*() {
      const folder = yield* directory
      yield* run("--export", folder)
      yield* Effect.promise(() => writeFile(join(folder, "de/test.html"), "{{{link}}}"))
      const { exitCode, stderr, stdout } = yield* run("--check", folder, "--json")
      assert.strictEqual(exitCode, 3)
      assert.deepStrictEqual(JSON.parse(stdout), {
        problems: [{ file: "de/test.html", problem: "shows {{{link}}} unescaped, where {{link}} is safe" }]
      })
      assert.include(stderr, "1 mistake must be mended.")
      yield* Effect.promise(() => writeFile(join(folder, "de/test.html"), "{{tiem}}{{nme}}"))
      const { stdout: sentences } = yield* run("--check", folder)
      assert.deepStrictEqual(sentences.split("\n"), [
        "de/test.html names {{tiem}}, which there isn't. Did you mean {{time}}?",
        "de/test.html names {{nme}}, which there isn't. There are service, email, display_name, time, device, ip_address."
      ])
    }).pipe(Effect.scoped))

  it.effect("wants one thing at a time, and a directory that is there", () =>
    Effect.gen(function*() {
      const folder = yield* directory
      for (const args of [[], ["--export", folder, "--check", folder]]) {
        const { exitCode, stderr } = yield* run(...args)
        assert.strictEqual(exitCode, 2)
        assert.include(stderr, "Give either --export or --check, with a directory.")
      }
      const { exitCode, stderr } = yield* run("--check", join(folder, "none"))
      assert.strictEqual(exitCode, 2)
      assert.strictEqual(stderr, `The templates in ${join(folder, "none")} can't be read (ENOENT).`)
      yield* Effect.promise(() => writeFile(join(folder, "file"), ""))
      const onFile = yield* run("--export", join(folder, "file", "templates"))
      assert.deepStrictEqual([onFile.exitCode, onFile.stderr], [
        1,
        `The templates can't be written to ${
          join(folder, "file", "templates")
        } (ENOTDIR). Name a directory that this user can ` +
        "write."
      ])
    }).pipe(Effect.scoped))
})
