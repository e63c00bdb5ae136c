/** What was asked for on the command line, and how long everything takes because of it. */
import { parseArgs } from "node:util"

const USAGE =
  `npm run bench -- [--quick] [--only G1,G5 | --micro] [--rows NUMBER] [--seconds NUMBER] [--output DIRECTORY] [--write] [--sources]

  --quick    one short round without what takes minutes, unless it is named: shows that all of it works, no more
  --only     the named goals alone, G1 to G13, H1 to H13, IMPORT, and NGINX for what other gateways take
  --rows     how many rows IMPORT brings (200000)
  --micro    parts of a check alone, in this process
  --output   where report.md and report.json go (coverage/bench)
  --seconds  how long each measurement takes (8)
  --write    put their tables into docs/performance.md, too, in the place of those that it had
  --sources  measure the sources, as npm start runs them; otherwise dist, as the image does`

export interface Plan {
  readonly quick: boolean
  readonly only: ReadonlyArray<string>
  /** Of an import. */
  readonly rows: number
  readonly output: string
  readonly write: boolean
  readonly sources: boolean
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
      sources: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      micro: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      rows: { type: "string", default: "200000" },
      seconds: { type: "string", default: "8" },
      output: { type: "string", default: "coverage/bench" },
      help: { type: "boolean", short: "h", default: false }
    }
  })
  const { help, micro, only, output, quick, rows, seconds, sources, write } = values
  if (help) {
    process.stdout.write(`${USAGE}\n`)
    process.exit(0)
  }
  if (write && quick) {
    process.stderr.write("A quick run's figures mean nothing: --write does not go with --quick.\n")
    process.exit(2)
  }
  return {
    quick,
    rows: Number(rows),
    output,
    write,
    sources,
    only: micro ? ["MICRO"] : only.split(",").map((id) => id.trim().toUpperCase()).filter((id) => id !== ""),
    ...(quick ? { rounds: 1, seconds: 1, warmUpSeconds: 1 } : { rounds: 3, seconds: Number(seconds), warmUpSeconds: 4 })
  }
}
