/** G4: how a check's cost grows with sessions and with accounts, where the database's memory holds them. */
import { Effect } from "effect"
import { startIdentity } from "../contenders/Identity.ts"
import type { Population } from "../machine/Population.ts"
import { execute } from "../machine/Postgres.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { drawCurves } from "../suite/Curves.ts"
import { constant, fit, LEGEND, spellError, spellFormula } from "../suite/LeastSquares.ts"
import type { Model, Point } from "../suite/LeastSquares.ts"
import { measure } from "../suite/Measurement.ts"
import type { Measurement } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atLeast } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

const CONNECTIONS = 64
const ROUNDS = 2

const FEWEST = 1000
const MOST = 1_000_000
const COUNTS = [FEWEST, 10_000, 30_000, 100_000, 300_000, MOST]

/** Each power of ten is fitted. */
const isHeldOut = (count: number): boolean => !Number.isInteger(Math.log10(count))

const start = Effect.fnUntraced(function*(population: Population) {
  const { database, plan } = yield* Bench
  const { checks, url } = yield* database(population)
  const name = `identity, ${population.sessions} sessions of ${population.accounts} accounts`
  const server = yield* startIdentity({ database: url, name })
  const check = measure(server, { requests: checks, connections: CONNECTIONS, seconds: Math.ceil(plan.seconds / 4) })
  yield* check
  return check
})

interface Round {
  readonly sessions: ReadonlyArray<Measurement>
  readonly accounts: ReadonlyArray<Measurement>
}

interface Series {
  readonly figures: ReadonlyArray<{ readonly count: number; readonly rounds: ReadonlyArray<Measurement> }>
  readonly points: ReadonlyArray<Point>
  readonly model: Model
}

const toSeries = (rounds: ReadonlyArray<ReadonlyArray<Measurement>>): Series => {
  const figures = COUNTS.map((count, index) => ({ count, rounds: rounds.flatMap((round) => round[index] ?? []) }))
  const points = figures.map(({ count, rounds }) => ({
    size: count,
    micros: medianOf(rounds, ({ databaseMicros }) => databaseMicros),
    isHeldOut: isHeldOut(count)
  }))
  return { figures, points, model: fit(points, [constant, Math.log10]) }
}

const rateAt = ({ figures }: Series, count: number): number =>
  medianOf(figures.find((one) => one.count === count)?.rounds ?? [], ({ perSecond }) => perSecond)

/** What rows take, their indexes included. */
const sizes = Effect.gen(function*() {
  const { database } = yield* Bench
  const bytes = Effect.fnUntraced(function*(population: Population, tables: ReadonlyArray<string>, rows: number) {
    const { url } = yield* database(population)
    const sizes = tables.map((table) => `pg_total_relation_size('${table}')`).join(" + ")
    const [row] = yield* execute(url, `SELECT ((${sizes}) / ${rows})::int AS bytes`)
    return Number(row?.["bytes"])
  })
  const session = yield* bytes({ ...USUAL, sessions: MOST }, ["sessions"], MOST)
  const account = yield* bytes({ ...USUAL, accounts: MOST }, ["accounts", "account_emails"], MOST)
  return `On the disk a session takes ${session} bytes and an account ${account}, with their indexes.`
})

const formula = (what: string, { model }: Series): string =>
  `With ${what}, the database's part of a check is ${
    spellFormula(model, ["", " × log₁₀(their number)"])
  } µs. At numbers that were not fitted it is ${spellError(model)}.`

const measureAll = Effect.gen(function*() {
  const { database } = yield* Bench
  const ofSessions = COUNTS.map((sessions) => ({ accounts: USUAL.accounts, sessions }))
  const ofAccounts = COUNTS.map((accounts) => ({ accounts, sessions: USUAL.sessions }))
  yield* database(USUAL)
  // Two at once are filled in little more time than one.
  yield* Effect.forEach([...ofSessions, ...ofAccounts], database, { concurrency: 2, discard: true })
  const sessions = yield* Effect.forEach(ofSessions, start)
  const accounts = yield* Effect.forEach(ofAccounts, start)
  return yield* inRounds(ROUNDS, Effect.all({ sessions: Effect.all(sessions), accounts: Effect.all(accounts) }))
}).pipe(Effect.scoped)

const describe = (rounds: ReadonlyArray<Round>, sizes: string) => {
  const sessions = toSeries(rounds.map(({ sessions }) => sessions))
  const accounts = toSeries(rounds.map(({ accounts }) => accounts))
  const row = (name: string, { figures, model }: Series) =>
    figures.map(({ count, rounds }) => [
      `${count.toLocaleString("en")} ${name}`,
      medianOf(rounds, ({ perSecond }) => perSecond),
      medianOf(rounds, ({ cpuMicros }) => cpuMicros),
      medianOf(rounds, ({ databaseMicros }) => databaseMicros),
      model.at(count),
      isHeldOut(count) ? "" : "yes"
    ])
  const findings: Findings = {
    title: "What a check costs with sessions and accounts",
    columns: ["", "checks/s", "CPU µs each", "database's", "by the model", "fitted"],
    rows: [...row("sessions", sessions), ...row("accounts", accounts)],
    pictures: [{
      name: "cost-with-rows",
      alt:
        `Two curves over 1,000 to 1,000,000 rows, the horizontal axis logarithmic: the database's CPU time for a check rises from ${
          sessions.model.at(FEWEST).toFixed(0)
        } to ${sessions.model.at(MOST).toFixed(0)} µs with sessions and from ${
          accounts.model.at(FEWEST).toFixed(0)
        } to ${accounts.model.at(MOST).toFixed(0)} µs with accounts.`,
      svg: drawCurves({
        title: "The database's CPU time for a check",
        subtitle: LEGEND,
        x: { name: "sessions or accounts", from: FEWEST, to: MOST, base: 10 },
        y: { name: "µs" },
        curves: [
          { name: "with sessions, of 10,000 accounts", at: sessions.model.at, points: sessions.points },
          { name: "with accounts, with 100,000 sessions", at: accounts.model.at, points: accounts.points }
        ]
      })
    }],
    verdicts: ([["sessions", sessions], ["accounts", accounts]] as const).map(([name, series]) =>
      atLeast({
        goal: "G4",
        sentence: `Checks a second with 1,000,000 ${name}, of those with 1,000`,
        figure: rateAt(series, MOST) / rateAt(series, FEWEST),
        bound: 0.9,
        whyMissed:
          "the database's longer look-ups take from the cores that the server and the load generator need as well"
      })
    ),
    notes: [formula("sessions", sessions), formula("accounts", accounts), sizes]
  }
  return { findings, sessions: sessions.model, accounts: accounts.model }
}

export const rowsCost = Effect.gen(function*() {
  const rounds = yield* measureAll
  return describe(rounds, yield* sizes)
})
