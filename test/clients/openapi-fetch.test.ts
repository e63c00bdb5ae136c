/**
 * What openapi-typescript and openapi-fetch make of the document. They need a TypeScript of an earlier major version,
 * so they are installed apart: `npm ci --prefix test/clients/openapi-fetch`, as CI does. Without them this is skipped.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { cp, symlink } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { listening } from "../support/RunningServer.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

const directory = fileURLToPath(new URL("openapi-fetch", import.meta.url))
const document = fileURLToPath(new URL("../../docs/openapi.json", import.meta.url))
const installed = join(directory, "node_modules")

describe.skipIf(!existsSync(installed))("A client that openapi-typescript makes of the document", () => {
  it.live("compiles, signs up, in and out, and knows the problems", () =>
    Effect.gen(function*() {
      const project = yield* temporaryDirectory("identity-client-")
      const run = (...args: ReadonlyArray<string>) =>
        Effect.promise(() => promisify(execFile)(process.execPath, args, { cwd: project }).catch((failure) => failure))
          .pipe(Effect.map(({ stderr, stdout }) => ({ stderr: String(stderr), stdout: String(stdout) })))
      yield* Effect.promise(async () => {
        for (const name of ["client.ts", "package.json", "tsconfig.json"]) {
          await cp(join(directory, name), join(project, name))
        }
        await symlink(installed, join(project, "node_modules"))
      })
      yield* run(join(installed, "openapi-typescript/bin/cli.js"), document, "--output", "schema.d.ts")
      assert.strictEqual((yield* run(join(installed, "typescript/bin/tsc"), "-p", ".")).stdout, "")

      const port = yield* listening()
      const { stderr, stdout } = yield* run("client.ts", `http://127.0.0.1:${port}`)
      assert.strictEqual(stderr, "")
      assert.deepStrictEqual(JSON.parse(stdout), {
        status: 409,
        codes: ["email-already-exists", "version-conflict", "session-required"],
        name: "Ada King",
        email: "ada@example.com",
        signedOut: 204
      })
    }), 60_000)
})
