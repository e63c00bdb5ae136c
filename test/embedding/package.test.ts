/**
 * The package as those who install it see it: compiled and described as it is published, used by a project of theirs.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import manifest from "../../package.json" with { type: "json" }
import { IdentityApi } from "../../src/adapters/http/api/IdentityApi.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const tsc = join(root, "node_modules/typescript/bin/tsc")

let project = ""

const run = (...args: ReadonlyArray<string>) =>
  promisify(execFile)(process.execPath, args, { cwd: project }).catch((failure) => failure)

/** With several, the compiler checks much of the types in each, which takes twice the time where cores are few. */
const ONE_THREAD = "--singleThreaded"

/** What the project printed, beside the log. */
const printed = (text: string): unknown => JSON.parse(/^\{"statuses".*$/m.exec(text)?.[0] ?? "{}")

/** What installing the package brings, and what a project in TypeScript has besides. */
const INSTALLED = [...new Set(Object.keys(manifest.dependencies).map((name) => name.split("/")[0] ?? "")), "@types"]

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "identity-consumer-"))
  const options = { cwd: root }
  await promisify(execFile)(
    process.execPath,
    [
      tsc,
      "-p",
      "tsconfig.build.json",
      "--outDir",
      join(project, "package"),
      "--sourceMap",
      "false",
      "--inlineSources",
      "false",
      // The gate checks our sources before the tests.
      "--noCheck",
      ONE_THREAD
    ],
    options
  )
  await promisify(execFile)(process.execPath, ["scripts/write-manifest.ts", join(project, "package")], options)
  await mkdir(join(project, "node_modules"))
  await symlink(join(project, "package"), join(project, "node_modules", manifest.name))
  for (const name of INSTALLED) await symlink(join(root, "node_modules", name), join(project, "node_modules", name))
  for (const name of ["main.ts", "mounted.ts"]) {
    await cp(join(root, "test/embedding/consumer", name), join(project, name))
  }
  await writeFile(join(project, "package.json"), `{"type":"module"}`)
  return () => rm(project, { recursive: true })
}, 120_000)

describe("A project that depends on the package", () => {
  it("uses all that it exports", async () => {
    const texts = await Promise.all(["main.ts", "mounted.ts"].map((name) => readFile(join(project, name), "utf8")))
    for (const subpath of Object.keys(manifest.exports)) {
      assert.include(texts.join(""), `from "${join(manifest.name, subpath)}"`)
    }
  })

  it("compiles with TypeScript's defaults, our types looked into, and runs", async () => {
    await writeFile(join(project, "tsconfig.json"), `{"include":["main.ts"],"compilerOptions":{"noEmit":true}}`)
    assert.strictEqual((await run(tsc, "-p", ".", ONE_THREAD)).stdout, "")
    const { stderr, stdout } = await run("main.ts")
    assert.deepStrictEqual(
      [printed(stdout), stderr],
      [{ statuses: [201, 201, 200], address: "192.0.2.1", endpoints: Object.keys(IdentityApi.groups) }, ""]
    )
  }, 60_000)

  it("mounts the API in a server of node:http", async () => {
    const options = `{"include":["mounted.ts"],"compilerOptions":{"noEmit":true,"types":["node"]}}`
    await writeFile(join(project, "tsconfig.json"), options)
    assert.strictEqual((await run(tsc, "-p", ".", ONE_THREAD)).stdout, "")
    const { stderr, stdout } = await run("mounted.ts")
    assert.deepStrictEqual(
      [printed(stdout), stderr],
      [{ statuses: [404, 401, 200, 201], location: "https://example.com/id/accounts/me" }, ""]
    )
  }, 60_000)
})
