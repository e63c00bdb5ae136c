/** What was asked for on the command line, and how long everything takes because of it. */
import { parseArgs } from "node:util"

const USAGE = `npm run bench -- [--quick] [--only G1,G5] [--output DIRECTORY]

  --quick    one short round without what takes minutes, to see that all of it works; its figures mean little
  --only     the named goals alone
  --output   where report.md and report.json go (coverage/bench)`

export interface Plan {
  readonly quick: boolean
  readonly only: ReadonlyArray<string>
  readonly output: string
  /** How often everybody is measured in turn; figures are medians of it. */
  readonly rounds: number
  /** How long one measurement takes, and how long a server is loaded before its first one. */
  readonly seconds: number
  readonly warmUpSeconds: number
}

/** Ends the process when only help was asked for, and on a word it does not know. */
export const parsePlan = (words: ReadonlyArray<string>): Plan => {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      output: { type: "string", default: "coverage/bench" },
      help: { type: "boolean", short: "h", default: false }
    }
  })
  const { help, only, output, quick } = values
  if (help) {
    process.stdout.write(`${USAGE}\n`)
    process.exit(0)
  }
  return {
    quick,
    output,
    only: only.split(",").map((id) => id.trim().toUpperCase()).filter((id) => id !== ""),
    ...(quick ? { rounds: 1, seconds: 2, warmUpSeconds: 1 } : { rounds: 3, seconds: 8, warmUpSeconds: 4 })
  }
}
