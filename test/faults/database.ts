/** F2, F3 and F7: what a Postgres server may do to its clients. */
import { Duration, Effect } from "effect"
import { administer } from "../adapters/postgres/DisposableServer.ts"
import { request } from "../e2e/IdentityProcess.ts"
import { checkOf, renameOf } from "./Crowd.ts"
import { least, most, none, Trial } from "./Fault.ts"
import type { Fault } from "./Fault.ts"
import { millisecondsOf } from "./Recorder.ts"
import type { Exchange } from "./Recorder.ts"
import { makeWorld, RECOVERY_SECONDS, secondsUntil, untilWell } from "./World.ts"

const CROWD = { size: 8 } as const

const are = (exchanges: ReadonlyArray<Exchange>, status: number) => exchanges.filter((it) => it.status === status)

const crash = Effect.gen(function*() {
  const { plan } = yield* Trial
  const times = plan.full ? 20 : 3
  const world = yield* makeWorld()
  yield* world.start()
  const session = yield* world.signedIn
  const round = Effect.gen(function*() {
    yield* Effect.sleep(Duration.millis(world.dice.between(300, plan.full ? 3000 : 1000)))
    yield* world.database.end("SIGQUIT")
    yield* Effect.sleep(Duration.millis(world.dice.between(100, 500)))
    yield* world.database.start
    return yield* untilWell(world, session)
  })
  const recoveries = yield* world.during(CROWD, Effect.replicateEffect(round, times))
  const refusals = are(world.recorder.exchanges, 503).length
  return [
    least("immediate stops", recoveries.length, times),
    least("answers of 503 meanwhile", refusals, 1),
    ...yield* world.judged,
    most("longest from accepting to a checked session", Math.max(...recoveries), 2, "s")
  ]
})

const POOL_MAX = 6

const BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()"

const terminations = Effect.gen(function*() {
  const { plan } = yield* Trial
  const times = plan.full ? 600 : 40
  const world = yield* makeWorld({ variables: { IDENTITY_DATABASE_POOL_MAX: `${POOL_MAX}` } })
  const server = yield* world.start()
  const session = yield* world.signedIn
  const { database, dice, recorder } = world
  const terminate = Effect.gen(function*() {
    const victim = dice.pick(yield* administer(database.url, BACKENDS))
    if (victim === undefined) return false
    const [row] = yield* administer(database.url, `SELECT pg_terminate_backend(${Number(victim["pid"])}) AS holds`)
    return row?.["holds"] === true
  }).pipe(Effect.zipWith(Effect.sleep("100 millis"), (isTerminated) => isTerminated, { concurrent: true }))
  const { full, terminated } = yield* world.during(
    { size: 2 * POOL_MAX },
    Effect.gen(function*() {
      const outcomes = yield* Effect.replicateEffect(terminate, times)
      // A pool grows when it is asked for more: changes of one account wait for each other, each on its connection.
      const burst = Effect.promise(() =>
        Promise.all(
          Array.from({ length: 4 * POOL_MAX }, (_, index) =>
            recorder.send(server.url, renameOf("", session, `Probe ${index}`)))
        )
      )
      const pool = Effect.andThen(burst, administer(database.url, BACKENDS)).pipe(
        Effect.map((rows) => rows.length >= POOL_MAX)
      )
      return { terminated: outcomes.filter((is) => is).length, full: yield* secondsUntil(pool) }
    })
  )
  return [
    least("terminated backends", terminated, times / 2),
    ...yield* world.judged,
    most("until the pool is full again", full, 5, "s")
  ]
}).pipe(Effect.orDie)

const TABLES = ["accounts", "sessions", "account_emails", "audit_chains"] as const

/** Requests behind a lock wait for their deadline, of two seconds, and for what a loaded machine takes. */
const QUICK_SECONDS = 3

const locks = Effect.gen(function*() {
  const { plan } = yield* Trial
  const world = yield* makeWorld({ variables: { IDENTITY_DATABASE_POOL_MAX: `${POOL_MAX}` } })
  const server = yield* world.start()
  const session = yield* world.signedIn
  const { database, recorder } = world
  const statusOf = (path: string) => Effect.map(request(`${server.managementUrl}${path}`), ({ status }) => status)
  const ask = (index: number) =>
    Effect.promise(() =>
      recorder.send(
        server.url,
        index % 2 === 0
          ? checkOf("", session)
          : renameOf("", session, `Probe ${index}`)
      )
    )
  const round = Effect.fnUntraced(function*(table: string) {
    const lock = administer(
      database.url,
      `DO $$ BEGIN LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE; PERFORM pg_sleep(4); END $$`
    )
    const probes = Effect.gen(function*() {
      yield* Effect.sleep("200 millis")
      return yield* Effect.all({
        answers: Effect.forEach(Array.from({ length: 10 * POOL_MAX }, (_, index) => index), ask, {
          concurrency: "unbounded"
        }),
        ready: statusOf("/readyz"),
        alive: statusOf("/livez")
      }, { concurrency: "unbounded" })
    })
    const [, found] = yield* Effect.all([lock, probes], { concurrency: "unbounded" })
    return { table, ...found, recovery: yield* untilWell(world, session) }
  })
  const rounds = yield* world.during(
    { size: 4 },
    Effect.forEach(plan.full ? [...TABLES, ...TABLES, ...TABLES] : TABLES.slice(0, 2), round)
  )
  const answers = rounds.flatMap((found) => found.answers)
  const [deadlocks] = yield* administer(
    database.url,
    "SELECT deadlocks::int AS count FROM pg_stat_database WHERE datname = current_database()"
  )
  // The two that a session check reads.
  const reading = rounds.filter(({ table }) => table === "accounts" || table === "sessions")
  return [
    least("answers of 503 to 10 × the pool's clients", are(answers, 503).length, answers.length / 4),
    most("longest of these answers", Math.max(...answers.map(millisecondsOf)) / 1000, QUICK_SECONDS, "s"),
    none("rounds that were ready behind a lock on what checks read", reading.filter(({ ready }) => ready === 200)),
    none("rounds that were not alive", rounds.filter(({ alive }) => alive !== 200)),
    none("deadlocks", Number(deadlocks?.["count"])),
    ...yield* world.judged,
    most("longest recovery", Math.max(...rounds.map(({ recovery }) => recovery)), RECOVERY_SECONDS, "s")
  ]
}).pipe(Effect.orDie)

export const databaseFaults: ReadonlyArray<Fault> = [
  { id: "F2", title: "Postgres crashes under load", run: crash },
  { id: "F3", title: "Postgres ends a connection every 100 ms", run: terminations },
  { id: "F7", title: "Tables are locked", run: locks }
]
