/** Generated clients compile, demand what is required, and work as the document says. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cp, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { listening } from "../support/RunningServer.ts"
import { areAbsent, here, toolbox } from "./ClientTools.ts"

/** Each has a directory with a program that uses what was generated, and how to generate it. */
const generators: ReadonlyArray<readonly [name: string, command: ReadonlyArray<string>]> = [
  ["openapi-typescript", ["openapi-typescript/bin/cli.js", "openapi.json", "--output", "schema.d.ts"]],
  ["hey-api", ["@hey-api/openapi-ts/bin/run.js"]],
  ["orval", ["orval/dist/bin/orval.mjs"]]
]

describe.skipIf(areAbsent)("A client generated of the document", () => {
  it.live.each(generators)(
    "by %s compiles, signs up, in and out, and knows the problems",
    ([name, [script, ...args]]) =>
      Effect.gen(function*() {
        const url = `http://127.0.0.1:${yield* listening()}`
        const { directory, run } = yield* toolbox(url)
        yield* Effect.promise(async () => {
          await cp(join(here, name), directory, { recursive: true })
          await cp(join(here, "tsconfig.json"), join(directory, "tsconfig.json"))
          await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }))
        })
        const generated = yield* run(`node_modules/${script}`, ...args)
        assert.strictEqual(generated.code, 0, generated.stdout + generated.stderr)
        assert.strictEqual((yield* run("node_modules/typescript/bin/tsc", "-p", ".")).stdout, "")

        const { stderr, stdout } = yield* run("client.ts", url)
        assert.strictEqual(stderr, "")
        assert.deepStrictEqual(JSON.parse(stdout), {
          status: 409,
          codes: ["email-already-exists", "version-conflict", "session-required"],
          name: "Ada King",
          email: "ada@example.com",
          signedOut: 204
        })
      }),
    60_000
  )
})
