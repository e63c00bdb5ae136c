/**
 * Sessions that have ended while their rows still exist, and how the rows are deleted.
 *
 * Ending all sessions of an account touches none of their rows: it moves the account's epoch on and queues the previous
 * one, so that pruning finds the dead rows without reading the live ones.
 */
import { DateTime, Effect, identity, Schema } from "effect"
import { SESSIONS_COUNTED_MAX } from "../../../domain/model/Session.ts"
import type { Pruning } from "../../../ports/Retention.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { reader } from "../rows.ts"
import { readingOne, statement } from "../statement.ts"
import type { Statement } from "../statement.ts"

/**
 * A part of a statement in which `a` is an account after the change. An account without dead sessions is not queued. A
 * session that is being saved meanwhile may be missed: it is dead anyway, and is deleted when it expires.
 */
export const queueEnded = `
    INSERT INTO ended_epochs (account_id, epoch)
    SELECT a.id, a.session_epoch - 1 FROM a
    WHERE EXISTS (SELECT FROM sessions s WHERE s.account_id = a.id AND s.epoch < a.session_epoch)
    ON CONFLICT DO NOTHING`

/**
 * Counts, at the end of such a statement, the ended sessions that were not expired at the instant `now`. It reads only
 * the newest ones, up to the limit for counts.
 */
export const countEnded = (now: string) => `
    SELECT count(*)::int FROM (
      SELECT s.expires_at FROM sessions s WHERE s.account_id = a.id AND s.epoch = a.session_epoch - 1
      ORDER BY s.created_at DESC, s.id DESC LIMIT ${SESSIONS_COUNTED_MAX}
    ) ended_with_it
    WHERE expires_at > ${now}`

/**
 * Several short statements, each in its own transaction. No operation distinguishes an ended session from a deleted
 * one, so nothing is lost between two statements, and none holds many locks.
 */
export const pruneSessions = ({ run }: PostgresClient["Service"]) =>
  Effect.fnUntraced(function*({ asOf, limit }: Pruning) {
    const step = <I>(statement: Statement<I>, input: I) => run(name, readingOne(statement, input, toPruned))
    let count = 0
    for (let isDone = false; count < limit && !isDone;) {
      const pruned = yield* step(deleteExpired, { asOf, limit: limit - count })
      count += pruned.sessions
      isDone = pruned.seen < batch
    }
    for (let isDone = false; count < limit && !isDone;) {
      const pruned = yield* step(deleteQueued, limit - count)
      count += pruned.sessions
      isDone = pruned.sessions + pruned.seen === 0
    }
    return count
  })

const name = "Retention.pruneSessions"

/** How many sessions a step deleted, and how many rows it read or queue entries it deleted. */
const toPruned = reader("ended_epochs", "account_id", Schema.Struct({ sessions: Schema.Int, seen: Schema.Int }))

/** How many rows a statement reads. */
const batch = 1000

// Checks the sessions whose bound has passed, and either deletes them or moves the bound to the true expiry. Sessions
// that are being changed are skipped until the next time.
//
// An array, unlike a joined subquery, never makes the planner read the whole table for an unknown limit.
const deleteExpired = statement<Pruning>(($) => {
  const now = $((input) => DateTime.toDateUtc(input.asOf))
  return `
  WITH seen AS (
    SELECT id, expires_at <= ${now} AS is_over FROM sessions WHERE expires_not_before <= ${now}
    ORDER BY expires_not_before LIMIT ${$(() => batch)} FOR UPDATE SKIP LOCKED
  ), pruned AS (
    DELETE FROM sessions WHERE id = ANY (ARRAY (SELECT id FROM seen WHERE is_over LIMIT ${$(({ limit }) => limit)}))
    RETURNING id
  ), bounded AS (
    UPDATE sessions SET expires_not_before = expires_at
    WHERE id = ANY (ARRAY (SELECT id FROM seen WHERE NOT is_over))
  )
  SELECT (SELECT count(*) FROM pruned)::int AS sessions, (SELECT count(*) FROM seen)::int AS seen`
})

// A queue entry is deleted with the last of its sessions. If fewer sessions were found than asked for, no entry that
// was read has any left.
const deleteQueued = statement<number>(($) => {
  const wanted = $(identity)
  return `
  WITH queue AS (
    SELECT first.account_id, max(first.epoch) AS epoch
    FROM (SELECT account_id, epoch FROM ended_epochs ORDER BY account_id, epoch LIMIT ${$(() => batch)}) first
    GROUP BY first.account_id
  ), dead AS (
    SELECT of_account.id
    FROM queue q CROSS JOIN LATERAL (
      SELECT s.id FROM sessions s WHERE s.account_id = q.account_id AND s.epoch <= q.epoch LIMIT ${wanted}
    ) of_account
    LIMIT ${wanted}
  ), pruned AS (
    DELETE FROM sessions WHERE id = ANY (ARRAY (SELECT id FROM dead)) RETURNING id
  ), finished AS (
    DELETE FROM ended_epochs e USING queue q
    WHERE e.account_id = q.account_id AND e.epoch <= q.epoch AND (SELECT count(*) FROM dead) < ${wanted}
    RETURNING e.account_id
  )
  SELECT (SELECT count(*) FROM pruned)::int AS sessions, (SELECT count(*) FROM finished)::int AS seen`
})
