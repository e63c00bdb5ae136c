/** G7, H4: a second worker process is worth something where there is a core for it; what it takes of memory. */
import { Effect } from "effect"
import { availableParallelism } from "node:os"
import { runIdentity, startIdentity } from "../contenders/Identity.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atLeast, atMost, NotMeasured } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

const SETTING = "IDENTITY_WORKERS"
const CONNECTIONS = 64

/** Two workers, the database and the load generator. With fewer cores a second worker takes from the others. */
const CORES_MIN = 4

export const workers = Effect.gen(function*() {
  const bench = yield* Bench
  const { rounds, seconds, warmUpSeconds } = bench.plan
  const { checks, url } = yield* bench.database(USUAL)
  const configuration = yield* runIdentity(["config"], { IDENTITY_DATABASE_URL: url })
  if (!configuration.includes(SETTING)) {
    return yield* new NotMeasured({ message: `this server has no ${SETTING}`, broken: false })
  }
  const one = yield* startIdentity({ database: url, name: "identity, 1 worker", variables: { [SETTING]: "1" } })
  const two = yield* startIdentity({ database: url, name: "identity, 2 workers", variables: { [SETTING]: "2" } })
  const load = { requests: checks, connections: CONNECTIONS }
  for (const server of [one, two]) yield* measure(server, { ...load, seconds: warmUpSeconds })
  const measured = yield* inRounds(
    rounds,
    Effect.all({ one: measure(one, { ...load, seconds }), two: measure(two, { ...load, seconds }) })
  )
  const cores = availableParallelism()
  const residentMb = medianOf(measured, ({ two }) => two.residentMb)
  const gain = medianOf(measured, ({ one, two }) => two.perSecond / one.perSecond)
  const findings: Findings = {
    title: "Workers",
    columns: ["", "checks/s", "p99 ms", "CPU µs each", "RSS MB"],
    rows: [
      [
        "1 worker",
        medianOf(measured, ({ one }) => one.perSecond),
        medianOf(measured, ({ one }) => one.p99Ms),
        medianOf(measured, ({ one }) => one.cpuMicros),
        medianOf(measured, ({ one }) => one.residentMb)
      ],
      [
        "2 workers",
        medianOf(measured, ({ two }) => two.perSecond),
        medianOf(measured, ({ two }) => two.p99Ms),
        medianOf(measured, ({ two }) => two.cpuMicros),
        residentMb
      ]
    ],
    verdicts: [
      ...cores < CORES_MIN
        ? []
        : [atLeast({ goal: "G7", sentence: "Checks a second of 2 workers, of those of 1", figure: gain, bound: 1.3 })],
      atMost({
        goal: "H4",
        sentence: "RSS of 2 workers and their primary, shared pages counted thrice",
        figure: residentMb,
        bound: 240,
        unit: "MB",
        whyMissed: "Node itself takes 44 MB of each process"
      })
    ],
    notes: cores < CORES_MIN
      ? [
        `Two workers answered ${
          gain.toFixed(2)
        } × as many checks. It is no goal here: of ${cores} cores none is free beside the server, the database and the load generator.`
      ]
      : []
  }
  return findings
}).pipe(Effect.scoped)
