/**
 * Estimates the number of rows from Postgres's statistics: the planner's last count, or the running count of inserted
 * and deleted rows. A crash loses the latter, so the larger number is closer.
 */
import { Effect, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { RecordKind } from "../../../ports/Directory.ts"
import type { Connection } from "../connection/Connection.ts"
import { reader } from "../rows.ts"
import { execute, statement } from "../statement.ts"

const selectEstimates = statement<void>(() => `
  SELECT kind, greatest(reltuples, pg_stat_get_live_tuples(oid), 0)::float8 AS estimate
  FROM (VALUES ('account', 'accounts'), ('attempt-budget', 'attempt_budgets'), ('audit-entry', 'audit_log'),
    ('challenge', 'challenges'), ('idempotency-key', 'idempotency_keys'), ('mail', 'mails'), ('session', 'sessions')) AS counted(kind, name)
  JOIN pg_class ON oid = to_regclass(name)`)

const readEstimate = reader(
  "pg_class",
  "estimate",
  Schema.Struct({
    kind: Schema.Literals([
      "account",
      "attempt-budget",
      "audit-entry",
      "challenge",
      "idempotency-key",
      "mail",
      "session"
    ]),
    estimate: Schema.Finite
  })
)

const none: Readonly<Record<RecordKind, number>> = {
  "account": 0,
  "attempt-budget": 0,
  "audit-entry": 0,
  "challenge": 0,
  "idempotency-key": 0,
  "mail": 0,
  "session": 0
}

export const estimate = (connection: Connection): Effect.Effect<Readonly<Record<RecordKind, number>>, SqlError> =>
  Effect.flatMap(
    execute(connection, selectEstimates, undefined),
    ({ rows }) =>
      Effect.map(Effect.forEach(rows, (row) => readEstimate(row)), (found) => ({
        ...none,
        ...Object.fromEntries(found.map(({ estimate, kind }) => [kind, estimate]))
      }))
  )
