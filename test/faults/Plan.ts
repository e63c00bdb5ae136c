/** What was asked for on the command line. */
import { parseArgs } from "node:util"

const USAGE =
  `npm run test:faults -- [--full] [--only F3,F6] [--seed N] [--json] [--output DIRECTORY] [--without-suite] [--write]

  --full           as long and as often as the goals ask; otherwise what shows in a few minutes that all of it works
  --only           the named faults alone, F1 to F16
  --seed           repeats a run's choices: who does what, what is killed and when (a random number, which is printed)
  --json           one line of JSON for each fault instead of text
  --output         where the record of every request goes, a file for each fault (coverage/faults)
  --without-suite  leaves out what npm test shows as well: F8, F12 and F16
  --write          puts the figures into docs/faults.md, too, in the place of those of the same faults; only --full may`

export interface Plan {
  readonly full: boolean
  readonly only: ReadonlyArray<string>
  readonly seed: number
  readonly json: boolean
  readonly output: string
  readonly withoutSuite: boolean
  readonly write: boolean
}

/** Ends the process when only help was asked for, and on a word it does not know. */
export const parsePlan = (words: ReadonlyArray<string>): Plan => {
  const { values } = parseArgs({
    args: [...words],
    options: {
      full: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      json: { type: "boolean", default: false },
      output: { type: "string", default: "coverage/faults" },
      "without-suite": { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false }
    }
  })
  if (values.help) {
    process.stdout.write(`${USAGE}\n`)
    process.exit(0)
  }
  const { full, json, only, output, seed, "without-suite": withoutSuite, write } = values
  if (!/^\d+$/.test(seed)) stop(`--seed takes a number, not ${seed}`)
  if (write && !full) stop("The page has figures of whole runs: --full --write")
  return {
    full,
    json,
    output,
    withoutSuite,
    write,
    seed: Number(seed),
    only: only.split(",").map((id) => id.trim().toUpperCase()).filter((id) => id !== "")
  }
}

const stop = (reason: string): void => {
  process.stderr.write(`${reason}\n`)
  process.exit(2)
}
