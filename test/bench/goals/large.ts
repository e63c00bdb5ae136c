/**
 * H10: what an administrator waits for in a system of 1,000,000 accounts, 10,000,000 sessions and 20,000,000 entries of
 * the audit log, the start of the command included.
 */
import { Effect } from "effect"
import { runIdentity } from "../contenders/Identity.ts"
import { addAuditEntries, addLargeSessions } from "../machine/LargePopulation.ts"
import { execute, MAINTENANCE, startPostgresWith } from "../machine/Postgres.ts"
import { progress } from "../suite/Progress.ts"
import { medianOf } from "../suite/Rounds.ts"
import { atMost } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"
import { secondsOf } from "./start.ts"

const LARGE = { accounts: 1_000_000, sessions: 10_000_000 }
const ENTRIES = 20_000_000

const REPETITIONS = 3

/** A number that no other round of a command has, so that each acts on an account of its own. */
type Words = (round: number) => ReadonlyArray<string>

const person = (number: number) => `person${number}@example.com`
const always = (...words: ReadonlyArray<string>): Words => () => words

const commands: ReadonlyArray<Words> = [
  always("list-accounts"),
  always("list-accounts", "--email-prefix", "person99"),
  always("list-accounts", "--status", "disabled"),
  always("list-accounts", "--verified", "no"),
  always("list-accounts", "--verified", "yes"),
  always("list-accounts", "--created-before", "2001-01-01T00:00:00Z"),
  always("list-accounts", "--last-sign-in-before", "2001-01-01T00:00:00Z"),
  always("list-mails"),
  always("list-api-keys"),
  always("audit-log"),
  always("audit-log", "--action", "account.disabled"),
  always("audit-log", "--action", "session.started"),
  (round) => ["audit-log", "--account", person(1000 + round)],
  (round) => ["audit-log", "--account", person(1000 + round), "--action", "account.deleted"],
  (round) => ["show-account", person(1000 + round)],
  (round) => ["list-sessions", person(1000 + round)],
  (round) => ["list-factors", person(1000 + round)],
  (round) => ["update-account", person(1000 + round), "--display-name", "Lovelace"],
  (round) => ["revoke-sessions", person(2000 + round), "--yes"],
  (round) => ["revoke-sessions", person(3000 + round), "--ip", "192.0.2.0/24", "--yes"],
  (round) => ["disable-account", person(4000 + round), "--yes"],
  (round) => ["delete-account", person(5000 + round), "--yes"],
  always("doctor"),
  always("prune")
]

/** Milliseconds of the slowest statement since the last reset, and its text. */
const slowest = (url: string) =>
  Effect.map(
    execute(
      url,
      `SELECT max_exec_time::float8 AS ms, left(regexp_replace(query, '\\s+', ' ', 'g'), 200) AS query
       FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid AND d.datname = current_database()
       WHERE query NOT LIKE '%pg_stat_statements%' ORDER BY max_exec_time DESC LIMIT 1`
    ),
    ([row]) => ({ ms: Number(row?.["ms"] ?? 0), query: String(row?.["query"] ?? "") })
  )

const fill = Effect.gen(function*() {
  const postgres = yield* startPostgresWith({ shared_preload_libraries: "pg_stat_statements" })
  const url = postgres.url(MAINTENANCE)
  yield* runIdentity(["migrate"], { IDENTITY_DATABASE_URL: url })
  progress("filling a database with 10,000,000 sessions and 20,000,000 entries, which takes minutes")
  yield* addLargeSessions(url, LARGE)
  yield* addAuditEntries(url, ENTRIES, LARGE)
  yield* execute(url, "CREATE EXTENSION pg_stat_statements")
  return url
})

/** `doctor` ends with a status of its own where it finds something. */
const run = (words: ReadonlyArray<string>, url: string) =>
  runIdentity(words, { IDENTITY_DATABASE_URL: url }).pipe(
    Effect.catchDefect((defect) => words[0] === "doctor" ? Effect.succeed("") : Effect.die(defect))
  )

const measureCommand = Effect.fnUntraced(function*(words: Words, url: string) {
  yield* execute(url, "SELECT pg_stat_statements_reset()")
  const rounds = yield* Effect.forEach(
    Array.from({ length: REPETITIONS }, (_, round) => round),
    (round) => secondsOf(run(words(round), url))
  )
  const { ms, query } = yield* slowest(url)
  const name = words(0).join(" ")
  progress(`${name}: ${rounds.map((seconds) => seconds.toFixed(2)).join(", ")} s; ${ms.toFixed(0)} ms: ${query}`)
  return { name, seconds: medianOf(rounds, (seconds) => seconds), ms }
})

export const large = Effect.gen(function*() {
  const url = yield* fill
  const measured = yield* Effect.forEach(commands, (words) => measureCommand(words, url))
  const findings: Findings = {
    title: "Commands at 1,000,000 accounts, 10,000,000 sessions and 20,000,000 audit entries",
    columns: ["", "seconds", "its slowest statement, ms"],
    rows: measured.map(({ ms, name, seconds }) => [`\`identity ${name}\``, seconds, ms]),
    verdicts: [
      atMost({
        goal: "H10",
        sentence: "The slowest command, for its first page",
        figure: Math.max(...measured.map(({ seconds }) => seconds)),
        bound: 1,
        unit: "s"
      }),
      atMost({
        goal: "H10",
        sentence: "The slowest statement",
        figure: Math.max(...measured.map(({ ms }) => ms)),
        bound: 250,
        unit: "ms"
      })
    ]
  }
  return findings
}).pipe(Effect.scoped, Effect.orDie)
