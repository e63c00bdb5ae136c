/**
 * A database of tens of thousands of accounts, sessions and audit entries, made by the database itself within seconds,
 * and the stores on it, whose statements are counted.
 *
 * Account number 1 has 8,000 live sessions of its epoch, 1,500 older ones that have expired and as many newer ones; the
 * other 17,700 accounts have two each. Every 25,000th entry is about a disabled account, and the others about sign-ins.
 * Every 5,000th account is disabled, each one after them has verified their email, and every 10,000th of the others'
 * sessions is from 203.0.113.9.
 */
import { Duration, Effect, Layer } from "effect"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import type { PostgresTarget } from "../../../src/adapters/postgres/connection/PostgresTarget.ts"
import * as PostgresStores from "../../../src/adapters/postgres/PostgresStores.ts"
import { StoreClock } from "../../../src/ports/StoreClock.ts"
import { START } from "../../support/builders.ts"
import { changing } from "../../support/stores.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"
import { countingClient, RowsRead } from "./RowsRead.ts"

/** Of which the first has sessions of its own. */
export const ACCOUNTS = 17_701
export const DISABLED = 3
export const SESSIONS_EACH = 2

export const OWN_SESSIONS = 8000
/** Before those that are live, and after them. */
export const OWN_EXPIRED = 1500

const CHAINS = 100
const ENTRIES_EACH = 1000
export const ENTRIES = CHAINS * ENTRIES_EACH
/** So many entries are as many as one that is rare among them. */
export const RARE = ENTRIES / 4

/** Ids as they look in that database. */
export const idOf = (prefix: "acct" | "aud" | "ses", number: number): string =>
  `${prefix}_1${String(number).padStart(24, "0")}`

const id = (prefix: string, number: string) => `'${prefix}_1' || lpad((${number})::text, 24, '0')`

const entry = `(depth - 1) * ${CHAINS} + c`

const action = `CASE WHEN (${entry}) % ${RARE} = 0 THEN 'account.disabled' ELSE 'session.started' END`

const at = `${START.epochMilliseconds - ENTRIES * 1000} + (${entry}) * 1000::bigint`

const now = `'${new Date(START.epochMilliseconds).toISOString()}'::timestamptz`

// Instants differ by less than a millisecond, as they do nowhere that we write them.
const sessions = (numbers: string, account: string, created: string, expires: string) => `
  INSERT INTO sessions (id, account_id, epoch, created_at, last_used_at, authenticated_at, expires_at, user_agent,
    ip_address)
  SELECT ${id("ses", "n")}, ${account}, 1, ${created}, ${created}, ${created}, ${expires},
    'Firefox', CASE WHEN n % 10000 = 0 THEN '203.0.113.9' ELSE '192.0.2.7' END
  FROM generate_series(${numbers}) AS n`

/** Of the large tables, all but their primary keys: they are built a few times faster than they grow. */
const INDEXES = `SELECT indexname, indexdef FROM pg_indexes
  WHERE tablename IN ('sessions', 'audit_log') AND indexname NOT LIKE '%pkey'`

const forEachIndex = (statement: string) =>
  `DO $$ DECLARE index record; BEGIN FOR index IN TABLE indexes LOOP EXECUTE ${statement}; END LOOP; END $$`

const statements = [
  `CREATE TEMP TABLE indexes AS ${INDEXES}`,
  forEachIndex("'DROP INDEX ' || index.indexname"),
  // Rows on their way stay in memory.
  "SET work_mem = '256MB'",
  `INSERT INTO accounts (id, email, email_key, email_verified, password_hash, display_name, status, version,
    session_epoch, created_at, updated_at)
  SELECT ${id("acct", "n")}, 'person-' || n || '@example.com', 'person-' || n || '@example.com', n % 5000 = 1, '$',
    'Ada',
    CASE WHEN n % 5000 = 0 THEN 'disabled' ELSE 'active' END, 1, 1, ${now} - n * interval '1 microsecond', ${now}
  FROM generate_series(1, ${ACCOUNTS}) AS n`,
  `INSERT INTO account_emails (email_key, account_id) SELECT email_key, id FROM accounts`,
  sessions(
    `1, ${OWN_SESSIONS}`,
    id("acct", "1"),
    `${now} - interval '1 day' - n * interval '1 microsecond'`,
    `${now} + interval '7 days'`
  ),
  sessions(`100001, ${100_000 + OWN_EXPIRED}`, id("acct", "1"), `${now} - interval '2 days'`, now),
  sessions(`200001, ${200_000 + OWN_EXPIRED}`, id("acct", "1"), `${now} - interval '1 hour'`, now),
  sessions(
    `1000000, ${1_000_000 + (ACCOUNTS - 1) * SESSIONS_EACH - 1}`,
    id("acct", `2 + (n - 1000000) / ${SESSIONS_EACH}`),
    `${now} - interval '1 day' - n * interval '1 microsecond'`,
    `${now} + interval '7 days'`
  ),
  `WITH RECURSIVE link AS (
    SELECT c, 0 AS depth, repeat('0', 64) AS hash FROM generate_series(1, ${CHAINS}) AS c
    UNION ALL
    SELECT c, depth, encode(sha256(convert_to(hash || format(
        '["%s","%s",%s,"system","%s","%s",null,[],null,null]',
        ${id("aud", entry)}, ${id("acct", "c")}, ${at}, ${action}, ${id("acct", "c")}
      ), 'UTF8')), 'hex')
    FROM (SELECT c, depth + 1 AS depth, hash FROM link WHERE depth < ${ENTRIES_EACH}) AS link
  )
  INSERT INTO audit_log (chain, sequence, hash, id, occurred_at, actor, action, account_id, changed)
  SELECT ${id("acct", "c")}, depth, hash, ${id("aud", entry)}, to_timestamp((${at}) / 1000.0), 'system', ${action},
    ${id("acct", "c")}, ''
  FROM link WHERE depth > 0`,
  `INSERT INTO audit_chains (chain, sequence, hash)
  SELECT chain, sequence, hash FROM audit_log WHERE sequence = ${ENTRIES_EACH}`,
  forEachIndex("index.indexdef"),
  // What autovacuum does by itself within a minute.
  "ANALYZE"
]

const clientOf = (target: PostgresTarget) =>
  Layer.orDie(PostgresClient.layer({ target, poolMax: 1, timeout: Duration.minutes(1) }))

export const stores = Layer.unwrap(Effect.gen(function*() {
  const target = yield* TestPostgres.freshDatabase
  yield* Effect.forEach(
    [
      ...statements,
      // What other processes read for a statement would not be counted.
      `ALTER DATABASE ${target.database} SET max_parallel_workers_per_gather = 0`,
      // Reading a table of so few rows as a whole would seem cheaper than looking up a thousand of them.
      `ALTER DATABASE ${target.database} SET random_page_cost = 1.1`
    ],
    (statement) =>
      Effect.flatMap(
        PostgresClient.PostgresClient,
        ({ run }) => run("Postgres.populate", (connection) => connection.query(statement))
      ),
    { discard: true }
  ).pipe(Effect.provide(clientOf(target)), Effect.orDie)
  return changing(StoreClock, () => ({ read: Effect.succeed(START) })).pipe(
    Layer.provideMerge(PostgresStores.layer),
    Layer.provide(countingClient),
    Layer.provide([clientOf(target), RowsRead.layer])
  )
}))
