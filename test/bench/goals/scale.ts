/** G4: a check costs the same however many sessions there are, and many connections are no burden. */
import { Effect } from "effect"
import { startIdentity } from "../contenders/Identity.ts"
import { execute } from "../machine/Postgres.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atLeast } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

const FEW = { accounts: 1000, sessions: 1000 }
export const MILLION = { accounts: 1_000_000, sessions: 1_000_000 }

const CONNECTIONS = 64
const WIDTHS = [1, 4, 16, 64, 256]

const start = Effect.fnUntraced(function*(population: typeof FEW) {
  const bench = yield* Bench
  const { checks, url } = yield* bench.database(population)
  const name = `identity with ${population.sessions.toLocaleString("en")} sessions`
  const server = yield* startIdentity({ database: url, name })
  yield* measure(server, { requests: checks, connections: CONNECTIONS, seconds: bench.plan.warmUpSeconds })
  return (connections: number) => measure(server, { requests: checks, connections, seconds: bench.plan.seconds })
})

/** What rows take, their indexes included. */
const sizes = Effect.gen(function*() {
  const { url } = yield* (yield* Bench).database(MILLION)
  const [row] = yield* execute(
    url,
    `SELECT (pg_total_relation_size('sessions') / ${MILLION.sessions})::int AS session,
       ((pg_total_relation_size('accounts') + pg_total_relation_size('account_emails')) / ${MILLION.accounts})::int
         AS account`
  )
  return `On the disk a session takes ${row?.["session"]} bytes and an account ${row?.["account"]}, with their indexes.`
})

export const sessionsScale = Effect.gen(function*() {
  const bench = yield* Bench
  const few = yield* start(FEW)
  const million = yield* start(MILLION)
  const measured = yield* inRounds(
    bench.plan.rounds,
    Effect.all({ few: few(CONNECTIONS), million: million(CONNECTIONS) })
  )
  const findings: Findings = {
    title: "From 1,000 sessions to 1,000,000",
    columns: ["sessions and accounts", "checks/s", "p99 ms", "CPU µs each"],
    rows: [
      [
        "1,000",
        medianOf(measured, ({ few }) => few.perSecond),
        medianOf(measured, ({ few }) => few.p99Ms),
        medianOf(measured, ({ few }) => few.cpuMicros)
      ],
      [
        "1,000,000",
        medianOf(measured, ({ million }) => million.perSecond),
        medianOf(measured, ({ million }) => million.p99Ms),
        medianOf(measured, ({ million }) => million.cpuMicros)
      ]
    ],
    notes: [yield* sizes],
    verdicts: [
      atLeast({
        goal: "G4",
        sentence: "Checks a second with 1,000,000 sessions, of those with 1,000",
        figure: medianOf(measured, ({ few, million }) => million.perSecond / few.perSecond),
        bound: 0.9
      })
    ]
  }
  return findings
}).pipe(Effect.scoped)

export const connectionsScale = Effect.gen(function*() {
  const bench = yield* Bench
  const at = yield* start(USUAL)
  const measured = yield* inRounds(bench.plan.rounds, Effect.forEach(WIDTHS, at))
  const rateAt = (connections: number) => (round: (typeof measured)[number]) =>
    round[WIDTHS.indexOf(connections)]?.perSecond ?? NaN
  const findings: Findings = {
    title: "From 1 connection to 256",
    columns: ["connections", "checks/s", "p99 ms", "CPU µs each"],
    rows: WIDTHS.map((connections, index) => [
      connections,
      medianOf(measured, rateAt(connections)),
      medianOf(measured, (round) => round[index]?.p99Ms ?? NaN),
      medianOf(measured, (round) => round[index]?.cpuMicros ?? NaN)
    ]),
    verdicts: [
      atLeast({
        goal: "G4",
        sentence: "Checks a second at 256 connections, of those at 64",
        figure: medianOf(measured, (round) => rateAt(256)(round) / rateAt(64)(round)),
        bound: 0.8
      })
    ]
  }
  return findings
}).pipe(Effect.scoped)
