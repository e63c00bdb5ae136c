/** The executable as it is published, bundled into a directory that goes with its scope. */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { temporaryDirectory } from "./temporary-directory.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** The directory of its scripts. */
export const bundled = Effect.gen(function*() {
  const directory = yield* temporaryDirectory("identity-bundle-")
  yield* Effect.promise(async () => {
    await promisify(execFile)(process.execPath, ["scripts/bundle.ts", join(directory, "bin")], { cwd: root })
    await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }))
    await symlink(join(root, "node_modules"), join(directory, "node_modules"))
  })
  return join(directory, "bin")
})
