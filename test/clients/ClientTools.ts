/**
 * Programs that generate clients from the document or lint it. They bring a TypeScript of an earlier major version and
 * some 450 packages, so they are installed apart: `npm ci --prefix test/clients`, as CI does. Without them their tests
 * are skipped.
 */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { apiDocument } from "../../src/adapters/http/pages/ReferencePages.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

export const here = fileURLToPath(new URL(".", import.meta.url))

const installed = join(here, "node_modules")

/** Skips tests of these programs when they aren't installed. */
export const areAbsent = !existsSync(installed)

/** Turns off their telemetry. */
const QUIET = {
  DO_NOT_TRACK: "1",
  REDOCLY_TELEMETRY: "off",
  REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
  SCARF_ANALYTICS: "false"
}

/**
 * A directory with the document of a server at `url` as `openapi.json`, and a way to run scripts of these packages
 * there, by a path below `node_modules` or of a file in the directory.
 */
export const toolbox = Effect.fnUntraced(function*(url: string) {
  const directory = yield* temporaryDirectory("identityd-client-")
  yield* Effect.promise(async () => {
    await symlink(installed, join(directory, "node_modules"))
    await writeFile(join(directory, "openapi.json"), JSON.stringify({ ...apiDocument(), servers: [{ url }] }))
  })
  const run = (script: string, ...args: ReadonlyArray<string>) =>
    Effect.promise(() =>
      promisify(execFile)(process.execPath, [script, ...args], {
        cwd: directory,
        env: { ...process.env, ...QUIET }
      }).then(
        ({ stderr, stdout }) => ({ code: 0, stderr, stdout }),
        ({ code, stderr, stdout }) => ({ code, stderr, stdout })
      )
    )
  return { directory, run }
})
