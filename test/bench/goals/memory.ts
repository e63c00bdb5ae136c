/**
 * G9, H3: memory after a million checks, of the program as the image and as `npm start` runs it, and that it has
 * stopped growing.
 */
import { Effect } from "effect"
import { Executable, SOURCES, startIdentity } from "../contenders/Identity.ts"
import { residentMegabytes } from "../machine/ProcessUsage.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { slopeOf } from "../suite/LeastSquares.ts"
import { measure } from "../suite/Measurement.ts"
import { median } from "../suite/Rounds.ts"
import { atMost } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

const CHECKS = 1_000_000
const CHECKS_OF_QUICK_RUN = 50_000
const CONNECTIONS = 64
const CHUNK_SECONDS = 2

const WHY = "half of it is Node itself and V8's young generation, and a smaller one makes checks dearer"

/** Garbage comes and goes; growth beyond this in the second half is none that does. */
const GROWTH_MAX_MB = 8

const growthOf = Effect.fnUntraced(function*(name: string, wanted: number) {
  const bench = yield* Bench
  const { checks: requests, url } = yield* bench.database(USUAL)
  const server = yield* startIdentity({ database: url, name })
  const idle = residentMegabytes(server.pid)
  const samples: Array<readonly [checks: number, megabytes: number]> = []
  let checks = 0
  while (checks < wanted) {
    checks += (yield* measure(server, { requests, connections: CONNECTIONS, seconds: CHUNK_SECONDS })).requests
    samples.push([checks, residentMegabytes(server.pid)])
  }
  const slope = slopeOf(samples.filter(([at]) => at >= checks / 2))
  return {
    idle,
    most: Math.max(...samples.map(([, megabytes]) => megabytes)),
    after: median(samples.slice(-3).map(([, megabytes]) => megabytes)),
    growth: slope * checks / 2,
    slope
  }
}, Effect.scoped)

export const memory = Effect.gen(function*() {
  const { plan } = yield* Bench
  const wanted = plan.quick ? CHECKS_OF_QUICK_RUN : CHECKS
  const bundle = yield* growthOf("identity", wanted)
  const sources = yield* Effect.provideService(growthOf("identity from sources", wanted), Executable, SOURCES)
  const sentence = `RSS after ${wanted.toLocaleString("en")} checks`
  const findings: Findings = {
    title: "Memory",
    columns: ["RSS MB", "as the image runs it", "from sources"],
    rows: [
      ["idle", bundle.idle, sources.idle],
      ["most", bundle.most, sources.most],
      [`after ${wanted.toLocaleString("en")} checks`, bundle.after, sources.after]
    ],
    verdicts: [
      atMost({ goal: "G9", sentence, figure: bundle.after, bound: 160, unit: "MB" }),
      atMost({
        goal: "G9",
        sentence: "Growth of RSS over the second half of them",
        figure: bundle.growth,
        bound: GROWTH_MAX_MB,
        unit: "MB"
      }),
      atMost({ goal: "H3", sentence, figure: bundle.after, bound: 110, unit: "MB", whyMissed: WHY }),
      atMost({
        goal: "H3",
        sentence: `${sentence}, from sources`,
        figure: sources.after,
        bound: 140,
        unit: "MB",
        whyMissed: WHY
      })
    ],
    notes: [`A fitted line over the second half rises by ${(bundle.slope * 1e5).toFixed(2)} MB in 100,000 checks.`]
  }
  return findings
})
