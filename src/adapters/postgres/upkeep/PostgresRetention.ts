import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Schema } from "effect"
import { Retention } from "../../../ports/Retention.ts"
import type { Prunable, Pruning } from "../../../ports/Retention.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { commitIf, committed } from "../ledger/CommitStatements.ts"
import { reader } from "../rows.ts"
import { pruneSessions } from "../sessions/EndedSessions.ts"
import { counting, readingOne, statement } from "../statement.ts"

export const make = (client: PostgresClient["Service"]): Retention["Service"] => {
  const { run } = client
  const prunes: Record<Prunable, (pruning: Pruning) => ReturnType<Retention["Service"]["prune"]>> = {
    guessBudgets: (pruning) => run("Retention.pruneAttemptBudgets", counting(deleteBudgets, pruning)),
    auditEntries: (pruning) => run("Retention.pruneAuditEntries", readingOne(forgetEntries, pruning, toCount)),
    challenges: (pruning) => run("Retention.pruneChallenges", counting(deleteChallenges, pruning)),
    idempotencyKeys: (pruning) => run("Retention.pruneIdempotencyKeys", counting(deleteKeys, pruning)),
    mails: (pruning) => run("Retention.pruneMails", counting(deleteMails, pruning)),
    sessions: pruneSessions(client)
  }
  return Retention.of({
    prune: (kind, pruning) => prunes[kind](pruning),
    endChallengesOf: (input) => run("Retention.endChallengesOf", readingOne(endOfKey, input, toCount))
  })
}

// An array, unlike a joined subquery, never makes the planner read the whole table for an unknown limit.
const deleteExpired = (table: string, key: string, instant: string) =>
  statement<Pruning>(($) => {
    const asOf = $((pruning) => DateTime.toDateUtc(pruning.asOf))
    const limit = $((pruning) => pruning.limit)
    return `
  DELETE FROM ${table}
  WHERE ${key} = ANY (
    ARRAY (SELECT ${key} FROM ${table} WHERE ${instant} <= ${asOf} ORDER BY ${instant} LIMIT ${limit})
  ) AND ${instant} <= ${asOf}`
  })

const endOfKey = statement<Parameters<Retention["Service"]["endChallengesOf"]>[0]>(($) => `
  WITH ended AS (
    DELETE FROM challenges WHERE signing_key = ${$(({ key }) => key)} RETURNING id
  ), ${commitIf("ended", $.of(({ commit }) => commit))}
  SELECT ${committed}, (SELECT count(*)::int FROM ended) AS gone`)

const deleteChallenges = deleteExpired("challenges", "id", "expires_at")
const deleteBudgets = deleteExpired("attempt_budgets", "key", "expires_at")
const deleteKeys = deleteExpired("idempotency_keys", "key", "expires_at")
const deleteMails = deleteExpired("mails", "id", "settled_at")

const forgetEntries = statement<Pruning>(($) => `
  SELECT forget_audit_entries(${$(({ asOf }) => DateTime.toDateUtc(asOf))}, ${$(({ limit }) => limit)}) AS gone`)

const readCount = reader("audit_log", "gone", Schema.Struct({ gone: Schema.Int }))

const toCount = (row: Row | undefined): number => readCount(row).gone
