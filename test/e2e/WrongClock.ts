/**
 * A machine whose clock is wrong, and moves while its processes run: Debian's `faketime` around the real executable.
 */
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Variables } from "./IdentityProcess.ts"
import { emptyDirectory } from "./IdentityProcess.ts"

const { status, stdout } = spawnSync("faketime", ["-m", "-f", "+0", "printenv", "LD_PRELOAD"], { encoding: "utf8" })

/** Whether this machine has the package; the tests of wrong clocks are skipped where it has not. */
export const hasFaketime = status === 0

/** The error of a clock in the notation of `faketime`: `+8d`, `-1y`. */
export type Offset = `${"+" | "-"}${number}${"h" | "d" | "y"}`

/** The wall clock of all processes that are given `variables`. Elapsed time passes for them as it does for others. */
export const wrongClock = Effect.fnUntraced(function*(offset: Offset) {
  const file = join(yield* emptyDirectory, "time")
  // In one step, because a process that reads an empty file uses the true time.
  const set = (to: Offset) =>
    Effect.promise(async () => {
      await writeFile(`${file}.new`, `${to}\n`)
      await rename(`${file}.new`, file)
    })
  yield* set(offset)
  const variables: Variables = {
    LD_PRELOAD: stdout.trim(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1"
  }
  return { variables, set }
})
