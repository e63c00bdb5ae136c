/**
 * Estimates the number of rows from Postgres's statistics: the planner's last count, or the running count of inserted
 * and deleted rows. A crash loses the latter, so the larger number is closer.
 */
import { Effect, Record, Schema } from "effect"
import type { RecordKind } from "../../../ports/Directory.ts"
import type { Connection } from "../connection/Connection.ts"
import { reader } from "../rows.ts"
import { readingAll, statement } from "../statement.ts"

const tables: Readonly<Record<RecordKind, string>> = {
  "account": "accounts",
  "attempt-budget": "attempt_budgets",
  "audit-entry": "audit_log",
  "challenge": "challenges",
  "idempotency-key": "idempotency_keys",
  "mail": "mails",
  "session": "sessions"
}

const selectEstimates = statement<void>(($) => `
  SELECT name, greatest(reltuples, pg_stat_get_live_tuples(oid), 0)::float8 AS estimate
  FROM unnest(${$(() => Object.values(tables))}::text[]) AS counted(name) JOIN pg_class ON oid = to_regclass(name)`)

const readEstimate = reader("pg_class", "name", Schema.Struct({ name: Schema.String, estimate: Schema.Finite }))

export const estimate = (connection: Connection) =>
  Effect.map(
    readingAll(selectEstimates, undefined, readEstimate)(connection),
    (found) => Record.map(tables, (table) => found.find(({ name }) => name === table)?.estimate ?? 0)
  )
