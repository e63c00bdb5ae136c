/** Linters of OpenAPI documents accept ours. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { areAbsent, toolbox } from "./ClientTools.ts"

const linters: ReadonlyArray<readonly [name: string, command: ReadonlyArray<string>]> = [
  ["Redocly", ["@redocly/cli/bin/cli.js", "lint", "--extends=recommended-strict", "openapi.json"]],
  ["Spectral", [
    "@stoplight/spectral-cli/dist/index.js",
    "lint",
    "--ruleset=spectral.yaml",
    "--fail-severity=hint",
    "openapi.json"
  ]]
]

/** All rules but one, because the document knows neither a page nor an address of the operator. */
const RULES = "extends: [[spectral:oas, all]]\nrules:\n  contact-properties: off\n"

/** One path of a document, with an operation that has no id. */
const spoilt = (text: string): string => {
  const document = JSON.parse(text)
  const paths = { "/accounts": document.paths["/accounts"] }
  return JSON.stringify({ ...document, paths }).replace(`"operationId":"createAccount",`, "")
}

describe.skipIf(areAbsent)("The document", () => {
  it.live.each(linters)(
    "gives %s, at its strictest, nothing to say",
    ([_, [script, ...args]]) =>
      Effect.gen(function*() {
        const { directory, run } = yield* toolbox("/")
        yield* Effect.promise(() => writeFile(join(directory, "spectral.yaml"), RULES))
        const lint = run(`node_modules/${script}`, ...args)
        const ours = yield* lint
        assert.strictEqual(ours.code, 0, ours.stdout + ours.stderr)

        const path = join(directory, "openapi.json")
        yield* Effect.promise(async () => writeFile(path, spoilt(await readFile(path, "utf8"))))
        const answer = yield* lint
        assert.notStrictEqual(answer.code, 0, "a document without an operation's id")
        assert.match(answer.stdout + answer.stderr, /operationId/)
      }),
    60_000
  )
})
