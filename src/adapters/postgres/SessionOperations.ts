/**
 * The sessions of the identity store. Each operation is one statement, but for pruning.
 */
import { DateTime, Effect, Option } from "effect"
import { AccountNotFound } from "../../domain/model/IdentityErrors.ts"
import type { IdentityStore, SessionQuery } from "../../ports/IdentityStore.ts"
import { eventParameters, recordIf } from "./AuditStatements.ts"
import { countEnded, pruneSessions, queueEnded } from "./EndedSessions.ts"
import { countSessions, endMatchingSessions } from "./MatchingSessions.ts"
import type { Connection, PostgresClient } from "./PostgresClient.ts"
import { accountColumns, sessionColumns, toSession, toSessionCount, toSessionWithAccount } from "./rows.ts"
import { insertSession } from "./SessionInsertion.ts"

type SessionOperations = Pick<
  IdentityStore["Service"],
  | "countSessions"
  | "endAllSessions"
  | "endMatchingSessions"
  | "endOldestSessions"
  | "endSession"
  | "findSession"
  | "insertSession"
  | "listSessions"
  | "pruneSessions"
  | "touchSession"
>

/** Looks sessions up by id, many at a time. */
export const sessionLookup = (client: PostgresClient["Service"]) =>
  client.lookup("IdentityStore.findSession", selectByIds, "session_id")

type SessionLookup = Effect.Success<ReturnType<typeof sessionLookup>>

export const sessionOperations = (client: PostgresClient["Service"], lookUp: SessionLookup): SessionOperations => ({
  insertSession: (input) =>
    Effect.flatMap(
      client.run("IdentityStore.insertSession", (connection) => insertSession(connection, input)),
      Effect.fromResult
    ),

  findSession: (id) =>
    Effect.flatMap(lookUp(id), (row) =>
      row === undefined
        ? Effect.succeedNone
        : Effect.asSome(toSessionWithAccount(row))),

  touchSession: ({ expiresAt, id, lastUsedAt, unlessUsedSince }) =>
    client.run("IdentityStore.touchSession", (connection) =>
      Effect.asVoid(connection.query(noteUse, [
        id,
        DateTime.toDateUtc(lastUsedAt),
        DateTime.toDateUtc(expiresAt),
        DateTime.toDateUtc(unlessUsedSince)
      ]))),

  listSessions: (query) => client.run("IdentityStore.listSessions", (connection) => list(connection, query)),

  countSessions: (input) => client.run("IdentityStore.countSessions", (connection) => countSessions(connection, input)),

  endMatchingSessions: (input) =>
    client.run("IdentityStore.endMatchingSessions", (connection) => endMatchingSessions(connection, input)),

  endOldestSessions: ({ accountId, audit, keep, now }) =>
    client.run("IdentityStore.endOldestSessions", (connection) =>
      Effect.flatMap(
        connection.query(deleteOldest, [accountId, DateTime.toDateUtc(now), keep, ...eventParameters(audit)]),
        ({ rows: [row] }) => toSessionCount(row)
      )),

  endSession: ({ accountId, audit, id, now }) =>
    client.run("IdentityStore.endSession", (connection) =>
      Effect.flatMap(
        connection.query(deleteLive, [id, accountId, DateTime.toDateUtc(now), ...eventParameters(audit)]),
        ({ rows: [row] }) => Effect.map(toSessionCount(row), (count) => count === 1)
      )),

  endAllSessions: ({ accountId, audit, now }) =>
    client.run(
      "IdentityStore.endAllSessions",
      (connection) =>
        Effect.flatMap(
          connection.query(advanceEpoch, [accountId, DateTime.toDateUtc(now), ...eventParameters(audit)]),
          ({ rows: [row] }) => row === undefined ? Effect.succeedNone : Effect.asSome(toSessionCount(row))
        )
    ).pipe(
      Effect.flatMap(Option.match({
        onNone: () => Effect.fail(new AccountNotFound()),
        onSome: Effect.succeed
      }))
    ),

  pruneSessions: pruneSessions(client)
})

const selectByIds = `
  SELECT ${sessionColumns}, ${accountColumns}
  FROM sessions s JOIN accounts a ON a.id = s.account_id
  WHERE s.id = ANY ($1::text[])`

const list = Effect.fnUntraced(function*(connection: Connection, query: SessionQuery) {
  const first = [query.accountId, DateTime.toDateUtc(query.now), query.limit]
  const { rows } = yield* Option.match(query.after, {
    onNone: () => connection.query(selectLive(""), first),
    onSome: (after) =>
      connection.query(selectLive("AND (s.created_at, s.id) < ($4, $5)"), [
        ...first,
        DateTime.toDateUtc(after.createdAt),
        after.id
      ])
  })
  return yield* Effect.forEach(rows, toSession)
})

const selectLive = (position: string) => `
  SELECT ${sessionColumns}
  FROM accounts a JOIN sessions s ON s.account_id = a.id AND s.epoch = a.session_epoch
  WHERE a.id = $1 AND a.status = 'active' AND s.expires_at > $2 ${position}
  ORDER BY s.created_at DESC, s.id DESC LIMIT $3`

const noteUse = `
  UPDATE sessions SET last_used_at = $2, expires_at = greatest(expires_at, $3) WHERE id = $1 AND last_used_at <= $4`

const deleteLive = `
  WITH ended AS (
    DELETE FROM sessions s USING accounts a
    WHERE s.id = $1 AND s.account_id = $2 AND s.expires_at > $3
      AND a.id = s.account_id AND a.session_epoch = s.epoch AND a.status = 'active'
    RETURNING s.id
  ), ${recordIf("ended", 4)}
  SELECT $2::text AS account_id, (SELECT count(*) FROM ended)::int AS session_count`

const deleteOldest = `
  WITH oldest AS (
    SELECT s.id
    FROM accounts a JOIN sessions s ON s.account_id = a.id AND s.epoch = a.session_epoch
    WHERE a.id = $1 AND a.status = 'active' AND s.expires_at > $2
    ORDER BY s.created_at DESC, s.id DESC OFFSET $3
  ), ended AS (
    DELETE FROM sessions WHERE id IN (SELECT id FROM oldest) RETURNING id
  ), ${recordIf("ended", 4)}
  SELECT $1::text AS account_id, (SELECT count(*) FROM ended)::int AS session_count`

const advanceEpoch = `
  WITH a AS (
    UPDATE accounts SET session_epoch = session_epoch + 1 WHERE id = $1 RETURNING *
  ), queued AS (
    ${queueEnded}
  ), ${recordIf("a", 3)}
  SELECT a.id AS account_id, CASE WHEN a.status = 'active' THEN (${countEnded("$2")}) ELSE 0 END AS session_count
  FROM a`
