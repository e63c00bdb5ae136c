/** G9: memory after a million checks, and that it has stopped growing. */
import { Effect } from "effect"
import { startIdentity } from "../contenders/Identity.ts"
import { residentMegabytes } from "../machine/ProcessUsage.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { median, slopeOf } from "../suite/Rounds.ts"
import { atMost } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

const CHECKS = 1_000_000
const CHECKS_OF_QUICK_RUN = 50_000
const CONNECTIONS = 64
const CHUNK_SECONDS = 2

/** Garbage comes and goes; growth beyond this in the second half is none that does. */
const GROWTH_MAX_MB = 8

export const memory = Effect.gen(function*() {
  const bench = yield* Bench
  const { checks: requests, url } = yield* bench.database(USUAL)
  const server = yield* startIdentity({ database: url })
  const wanted = bench.plan.quick ? CHECKS_OF_QUICK_RUN : CHECKS
  const idle = residentMegabytes(server.pid)
  const samples: Array<readonly [checks: number, megabytes: number]> = []
  let checks = 0
  while (checks < wanted) {
    checks += (yield* measure(server, { requests, connections: CONNECTIONS, seconds: CHUNK_SECONDS })).requests
    samples.push([checks, residentMegabytes(server.pid)])
  }
  const secondHalf = samples.filter(([at]) => at >= checks / 2)
  const growth = slopeOf(secondHalf) * checks / 2
  const after = median(samples.slice(-3).map(([, megabytes]) => megabytes))
  const findings: Findings = {
    title: "Memory",
    columns: ["", "RSS MB"],
    rows: [
      ["idle", idle],
      ["most", Math.max(...samples.map(([, megabytes]) => megabytes))],
      [`after ${checks.toLocaleString("en")} checks`, after]
    ],
    verdicts: [
      atMost({
        goal: "G9",
        sentence: `RSS after ${wanted.toLocaleString("en")} checks`,
        figure: after,
        bound: 160,
        unit: "MB"
      }),
      atMost({
        goal: "G9",
        sentence: "Growth of RSS over the second half of them",
        figure: growth,
        bound: GROWTH_MAX_MB,
        unit: "MB"
      })
    ],
    notes: [
      `A fitted line over the second half rises by ${(slopeOf(secondHalf) * 1e5).toFixed(2)} MB in 100,000 checks.`
    ]
  }
  return findings
}).pipe(Effect.scoped)
