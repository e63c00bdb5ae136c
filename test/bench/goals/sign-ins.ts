/** G5, H8, H9: a sign-in or sign-up costs one password hash and little else. */
import { Effect } from "effect"
import { availableParallelism } from "node:os"
import { hashesPerSecond } from "../contenders/HashLoop.ts"
import { startIdentity } from "../contenders/Identity.ts"
import type { IdentityServer } from "../contenders/Identity.ts"
import { PASSWORD } from "../machine/Population.ts"
import { execute } from "../machine/Postgres.ts"
import { tapWire } from "../machine/Wiretap.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { inRounds, median, medianOf } from "../suite/Rounds.ts"
import { atLeast, atMost } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

/** How many sign in at once. */
export const SIGN_IN_CONNECTIONS = 8

/** What is sent from one address; the shipped limits would refuse nearly all of it. */
export const UNLIMITED = { IDENTITY_RATE_LIMITS: "off" }

const hashesOf = Effect.fnUntraced(function*(server: IdentityServer) {
  const text = yield* Effect.promise(async () => (await fetch(`${server.managementUrl}/metrics`)).text())
  return Array.from(text.matchAll(/^identity_password_hash_seconds_count\S* (\d+)$/gm)).reduce(
    (sum, [, count]) => sum + Number(count),
    0
  )
})

const signIn = (person: number) => ({
  path: "/sessions",
  json: { email: `person${person}@example.com`, password: PASSWORD }
})

const signUp = (person: number) => ({
  path: "/accounts",
  json: { email: `newcomer${person}@example.com`, password: PASSWORD, display_name: "Newcomer" }
})

/** Requests one by one, under the limits that ship. What runs beside them now and then leaves the median alone. */
const costOfOne = Effect.fnUntraced(function*(request: typeof signIn | typeof signUp) {
  const bench = yield* Bench
  const { url } = yield* bench.database(USUAL)
  const wire = yield* tapWire(bench.postgres.port)
  const server = yield* startIdentity({ database: url.replace(`:${bench.postgres.port}/`, `:${wire.port}/`) })
  const costs: Array<{ statements: number; roundTrips: number; hashes: number }> = []
  for (let person = 1; person <= 15; person++) {
    const before = { ...yield* wire.counted, hashes: yield* hashesOf(server) }
    const { json, path } = request(person)
    const status = yield* Effect.promise(async () => {
      const response = await fetch(`${server.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(json)
      })
      return response.status
    })
    if (status !== 201) return yield* Effect.die(new Error(`${path} was answered ${status}`))
    // What it does after its answer counts as well.
    yield* Effect.sleep("250 millis")
    const after = { ...yield* wire.counted, hashes: yield* hashesOf(server) }
    costs.push({
      statements: after.statements - before.statements,
      roundTrips: after.roundTrips - before.roundTrips,
      hashes: after.hashes - before.hashes
    })
  }
  // The first ones also prepare statements.
  const usual = costs.slice(5)
  return {
    statements: medianOf(usual, ({ statements }) => statements),
    roundTrips: medianOf(usual, ({ roundTrips }) => roundTrips),
    hashes: medianOf(usual, ({ hashes }) => hashes)
  }
}, Effect.scoped)

/** A server that hashes this many at once, and the engine alone at the same. */
const compare = Effect.fnUntraced(function*(concurrency: number) {
  const bench = yield* Bench
  const { rounds, seconds, warmUpSeconds } = bench.plan
  const { signIns, url } = yield* bench.database(USUAL)
  const server = yield* startIdentity({
    database: url,
    variables: { ...UNLIMITED, IDENTITY_HASH_CONCURRENCY: String(concurrency) }
  })
  const load = { requests: signIns, connections: SIGN_IN_CONNECTIONS }
  yield* measure(server, { ...load, seconds: warmUpSeconds })
  const measured = yield* inRounds(
    rounds,
    Effect.all({ ours: measure(server, { ...load, seconds }), engine: hashesPerSecond(concurrency, seconds) })
  )
  return {
    share: medianOf(measured, ({ engine, ours }) => ours.perSecond / engine),
    rows: [
      [
        `sign-ins, ${concurrency} hashed at once`,
        medianOf(measured, ({ ours }) => ours.perSecond),
        medianOf(measured, ({ ours }) => ours.p99Ms),
        medianOf(measured, ({ ours }) => ours.cpuMicros / 1000)
      ],
      [`the hash engine alone, ${concurrency} at once`, median(measured.map(({ engine }) => engine)), "", ""]
    ]
  }
}, Effect.scoped)

export const signIns = Effect.gen(function*() {
  const cores = availableParallelism()
  const oneCoreFree = yield* compare(Math.max(1, cores - 1))
  const allCores = yield* compare(cores)
  const one = yield* costOfOne(signIn)
  const another = yield* costOfOne(signUp)
  const [entry] = yield* execute(
    (yield* (yield* Bench).database(USUAL)).url,
    "SELECT (pg_total_relation_size('audit_log') / count(*))::int AS bytes FROM audit_log"
  )
  const findings: Findings = {
    title: "Sign-ins",
    columns: ["", "a second", "p99 ms", "CPU ms each"],
    rows: [...oneCoreFree.rows, ...allCores.rows],
    verdicts: [
      atLeast({
        goal: "G5",
        sentence: "Sign-ins a second, of the hash engine's own rate",
        figure: oneCoreFree.share,
        bound: 0.95,
        whyMissed: "the speed of a hash differs by a tenth from one process to the next, for the engine alone as well"
      }),
      atMost({ goal: "G5", sentence: "Password hashes in a sign-in", figure: one.hashes, bound: 1, unit: "" }),
      ...([["sign-in", one], ["sign-up", another]] as const).flatMap(([name, { roundTrips, statements }]) => [
        atMost({ goal: "H9", sentence: `Statements in a ${name}`, figure: statements, bound: 2, unit: "" }),
        atMost({
          goal: "H9",
          sentence: `Round trips to the database in a ${name}`,
          figure: roundTrips,
          bound: 2,
          unit: ""
        })
      ]),
      atMost({
        goal: "H8",
        sentence: "Disk for the audit log's entry of a sign-in, with its indexes",
        figure: Number(entry?.["bytes"]),
        bound: 330,
        unit: "bytes",
        whyMissed: "columns as text and three indexes stay for as long as a server of an earlier release may run beside"
      })
    ],
    notes: [
      "`POST /sessions` at 8 connections, limits on guessing off; argon2id with m=19456, t=2, p=1. Statements and round trips are counted with them on."
    ]
  }
  return findings
})
