/** H6: people who sign in don't keep those waiting who are signed in. */
import { Effect } from "effect"
import { startIdentity } from "../contenders/Identity.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atLeast, atMost } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"
import { SIGN_IN_CONNECTIONS, UNLIMITED } from "./sign-ins.ts"

const CHECK_CONNECTIONS = 48

export const mixed = Effect.gen(function*() {
  const bench = yield* Bench
  const { rounds, seconds, warmUpSeconds } = bench.plan
  const database = yield* bench.database(USUAL)
  const server = yield* startIdentity({ database: database.url, variables: UNLIMITED })
  const checks = { requests: database.checks, connections: CHECK_CONNECTIONS, seconds }
  const signIns = { requests: database.signIns, connections: SIGN_IN_CONNECTIONS, seconds }
  yield* measure(server, { ...checks, seconds: warmUpSeconds })
  yield* measure(server, { ...signIns, seconds: warmUpSeconds })
  const measured = yield* inRounds(
    rounds,
    Effect.all({
      checks: measure(server, checks),
      signIns: measure(server, signIns),
      both: Effect.all({ checks: measure(server, checks), signIns: measure(server, signIns) }, { concurrency: 2 })
    })
  )
  const findings: Findings = {
    title: "Checks beside sign-ins",
    columns: ["", "alone: a second", "p99 ms", "beside the other: a second", "p99 ms"],
    rows: [
      [
        `checks at ${CHECK_CONNECTIONS} connections`,
        medianOf(measured, ({ checks }) => checks.perSecond),
        medianOf(measured, ({ checks }) => checks.p99Ms),
        medianOf(measured, ({ both }) => both.checks.perSecond),
        medianOf(measured, ({ both }) => both.checks.p99Ms)
      ],
      [
        `sign-ins at ${SIGN_IN_CONNECTIONS} connections`,
        medianOf(measured, ({ signIns }) => signIns.perSecond),
        medianOf(measured, ({ signIns }) => signIns.p99Ms),
        medianOf(measured, ({ both }) => both.signIns.perSecond),
        medianOf(measured, ({ both }) => both.signIns.p99Ms)
      ]
    ],
    verdicts: [
      atMost({
        goal: "H6",
        sentence: "p99 of checks beside sign-ins, of that alone",
        figure: medianOf(measured, ({ both, checks }) => both.checks.p99Ms / checks.p99Ms),
        bound: 2,
        whyMissed: "hashes keep one of two cores busy, and the load generator and the database need the other as well"
      }),
      atLeast({
        goal: "H6",
        sentence: "Sign-ins a second beside checks, of those alone",
        figure: medianOf(measured, ({ both, signIns }) => both.signIns.perSecond / signIns.perSecond),
        bound: 0.9,
        whyMissed: "checks, hashes, database and load generator want more than two cores"
      })
    ],
    notes: [
      "By default settings: one hash fewer at once than there are cores, and one on each core while nobody checks."
    ]
  }
  return findings
}).pipe(Effect.scoped)
