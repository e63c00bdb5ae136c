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

/** One run for all of them reads what they have in common once. */
const compile = (directories: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { directory, run } = yield* toolbox("/")
    const include = directories.map((each) => join(each, "client.ts"))
    const options = JSON.stringify({ extends: join(here, "tsconfig.json"), include })
    yield* Effect.promise(() => writeFile(join(directory, "tsconfig.json"), options))
    return (yield* run("node_modules/typescript/bin/tsc", "-p", ".")).stdout
  })

const generate = Effect.fnUntraced(function*([name, [script, ...args]]: typeof generators[number]) {
  const url = `http://127.0.0.1:${yield* listening()}`
  const { directory, run } = yield* toolbox(url)
  yield* Effect.promise(async () => {
    await cp(join(here, name), directory, { recursive: true })
    await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }))
  })
  const generated = yield* run(`node_modules/${script}`, ...args)
  assert.strictEqual(generated.code, 0, generated.stdout + generated.stderr)
  return { name, directory, visit: run("client.ts", url) }
})

describe.skipIf(areAbsent)("A client generated of the document", () => {
  it.live(
    `by ${generators.map(([name]) => name).join(", ")} compiles, signs up, in and out, and knows the problems`,
    () =>
      Effect.gen(function*() {
        const clients = yield* Effect.forEach(generators, generate)
        assert.strictEqual(yield* compile(clients.map(({ directory }) => directory)), "")
        for (const { name, visit } of clients) {
          const { stderr, stdout } = yield* visit
          assert.strictEqual(stderr, "", name)
          assert.deepStrictEqual(JSON.parse(stdout), {
            status: 409,
            codes: ["email-already-exists", "version-conflict", "session-required"],
            name: "Ada King",
            email: "ada@example.com",
            signedOut: 204
          }, name)
        }
      }),
    60_000
  )
})
