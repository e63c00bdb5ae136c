/** G1, G2, G3, H1: what checking a session costs, beside what it costs without a framework. */
import { Effect } from "effect"
import { startBaseline } from "../contenders/Baselines.ts"
import { startIdentity } from "../contenders/Identity.ts"
import type { ServerProcess } from "../machine/ServerProcess.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import type { Measurement } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atLeast, atMost } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

const MANY = 64

interface Contenders<A> {
  readonly ours: A
  readonly prepared: A
  readonly batched: A
}

/** Measures the three in turn; also on a database that is not the usual one. */
export const compareChecks = Effect.fnUntraced(
  function*(servers: Contenders<ServerProcess>, requests: string) {
    const { plan } = yield* Bench
    const one = (server: ServerProcess, connections: number, seconds: number = plan.seconds) =>
      measure(server, { requests, connections, seconds })
    for (const server of [servers.ours, servers.prepared, servers.batched]) {
      yield* one(server, MANY, plan.warmUpSeconds)
    }
    return yield* inRounds(
      plan.rounds,
      Effect.all({
        many: Effect.all({
          ours: one(servers.ours, MANY),
          prepared: one(servers.prepared, MANY),
          batched: one(servers.batched, MANY)
        }),
        single: Effect.all({
          ours: one(servers.ours, 1),
          prepared: one(servers.prepared, 1),
          batched: one(servers.batched, 1)
        })
      })
    )
  }
)

type Rounds = Effect.Success<ReturnType<typeof compareChecks>>

const row = (name: string, rounds: Rounds, of: (contenders: Contenders<Measurement>) => Measurement) => [
  name,
  medianOf(rounds, ({ many }) => of(many).perSecond),
  medianOf(rounds, ({ many }) => of(many).p99Ms),
  medianOf(rounds, ({ many }) => of(many).cpuMicros),
  medianOf(rounds, ({ single }) => of(single).meanMs),
  medianOf(rounds, ({ many }) => of(many).residentMb)
]

export const checkRows = (rounds: Rounds) => [
  row("identity", rounds, ({ ours }) => ours),
  row("`node:http` + `pg`, one prepared statement a request", rounds, ({ prepared }) => prepared),
  row("`node:http` + `pg`, batched by hand: the limit", rounds, ({ batched }) => batched)
]

export const CHECK_COLUMNS = ["", "checks/s", "p99 ms", "CPU µs each", "ms at 1 connection", "RSS MB"]

/** How many times the baseline's rate, and how many times the limit's. */
export const rateVerdicts = (goal: string, place: string, rounds: Rounds, limit: { goal: string; bound: number }) => [
  atLeast({
    goal,
    sentence: `Checks a second ${place}, of the prepared baseline's`,
    figure: medianOf(rounds, ({ many }) => many.ours.perSecond / many.prepared.perSecond),
    bound: 2,
    whyMissed: "even the batched limit is little more than twice the baseline"
  }),
  atLeast({
    goal: limit.goal,
    sentence: `Checks a second ${place}, of the batched limit's`,
    figure: medianOf(rounds, ({ many }) => many.ours.perSecond / many.batched.perSecond),
    bound: limit.bound,
    whyMissed:
      "kernel, Node's HTTP, HMAC and driver are most of either; the log, metrics, headers and Effect come on top"
  })
]

export const checks = Effect.gen(function*() {
  const bench = yield* Bench
  const { checks, url } = yield* bench.database(USUAL)
  const servers = {
    ours: yield* startIdentity({ database: url }),
    prepared: yield* startBaseline("prepared", url),
    batched: yield* startBaseline("batched", url)
  }
  const rounds = yield* compareChecks(servers, checks)
  const findings: Findings = {
    title: "Session checks",
    columns: CHECK_COLUMNS,
    rows: checkRows(rounds),
    verdicts: [
      ...rateVerdicts("G1", "at 64 connections", rounds, { goal: "H1", bound: 1.25 }),
      atMost({
        goal: "G2",
        sentence: "p99 at 64 connections, of the prepared baseline's",
        figure: medianOf(rounds, ({ many }) => many.ours.p99Ms / many.prepared.p99Ms),
        bound: 1
      }),
      atMost({
        goal: "G2",
        sentence: "Time of a check at 1 connection, of the prepared baseline's",
        figure: medianOf(rounds, ({ single }) => single.ours.meanMs / single.prepared.meanMs),
        bound: 1.3,
        whyMissed: "a single check finds little of our longer path in the processor's caches"
      }),
      atMost({
        goal: "G3",
        // 60 µs where the baseline needs 110: a machine's microseconds are not another's.
        sentence: "CPU time of a check, of the prepared baseline's",
        figure: medianOf(rounds, ({ many }) => many.ours.cpuMicros / many.prepared.cpuMicros),
        bound: 60 / 110,
        whyMissed: "the baselines have no framework, request log, metrics or security headers"
      })
    ],
    notes: [
      "`GET /sessions/me` at 64 connections for random ones of 100,000 sessions; everybody does the same work, one process each.",
      `The database needs ${databaseMicros(rounds, "ours")} µs of CPU time for a check of ours, ${
        databaseMicros(rounds, "prepared")
      } for one of the prepared baseline's, ${databaseMicros(rounds, "batched")} at the limit.`
    ]
  }
  return findings
}).pipe(Effect.scoped)

const databaseMicros = (rounds: Rounds, contender: keyof Contenders<Measurement>): string =>
  medianOf(rounds, ({ many }) => many[contender].databaseMicros).toFixed(0)
