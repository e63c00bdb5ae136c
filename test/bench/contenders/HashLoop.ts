/** The rate of the hash engine alone, which no sign-in can exceed. */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { progress } from "../suite/Progress.ts"

const script = fileURLToPath(new URL("hash-loop.ts", import.meta.url))

/** Hashes a second with this many at once. */
export const hashesPerSecond = (concurrency: number, seconds: number): Effect.Effect<number> =>
  Effect.promise(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(concurrency), String(seconds)])
    progress(`the hash engine alone, ${concurrency} at once: ${Number(stdout).toFixed(0)}/s`)
    return Number(stdout)
  })
