/**
 * The programs ours is compared with. Each has a manifest and a lock file of its own and is installed beside them when
 * it is first needed, so none of what they depend on reaches the project's own dependencies.
 */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { copyFileSync, existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { progress } from "../suite/Progress.ts"
import { NotMeasured } from "../suite/Verdict.ts"

const peers = fileURLToPath(new URL("../peers", import.meta.url))

/** The folder of a peer that can be started. */
export const installed = Effect.fnUntraced(function*(peer: string) {
  const folder = `${peers}/${peer}`
  const lock = `${folder}/package-lock.json`
  // A copy of the lock file says what was installed.
  const witness = `${folder}/node_modules/.installed-from`
  if (existsSync(witness) && readFileSync(witness, "utf8") === readFileSync(lock, "utf8")) return folder
  progress(`installing ${peer}`)
  yield* Effect.tryPromise({
    try: () => promisify(execFile)("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder }),
    catch: (error) => new NotMeasured({ message: `${peer} can't be installed: ${String(error)}`, broken: false })
  })
  copyFileSync(lock, witness)
  return folder
})
