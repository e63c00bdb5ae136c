/**
 * The sessions of the identity store. Each operation is one statement, but for pruning.
 */
import { DateTime, Effect, Option } from "effect"
import { AccountNotFound } from "../../domain/model/IdentityErrors.ts"
import type { Session } from "../../domain/model/Session.ts"
import type { IdentityStore, SessionQuery } from "../../ports/IdentityStore.ts"
import { countEnded, pruneSessions, queueEnded } from "./EndedSessions.ts"
import type { Connection, PostgresClient } from "./PostgresClient.ts"
import { accountColumns, sessionColumns, toAccount, toSession, toSessionCount } from "./rows.ts"

type SessionOperations = Pick<
  IdentityStore["Service"],
  "endAllSessions" | "endSession" | "findSession" | "insertSession" | "listSessions" | "pruneSessions"
>

export const sessionOperations = (client: PostgresClient["Service"]): SessionOperations => ({
  insertSession: (session) => client.run("IdentityStore.insertSession", (connection) => insert(connection, session)),

  findSession: (id) =>
    client.run(
      "IdentityStore.findSession",
      (connection) =>
        Effect.flatMap(connection.query(selectById, [id]), ({ rows: [row] }) =>
          row === undefined
            ? Effect.succeedNone
            : Effect.asSome(Effect.all({ session: toSession(row), account: toAccount(row) })))
    ),

  listSessions: (query) => client.run("IdentityStore.listSessions", (connection) => list(connection, query)),

  endSession: ({ accountId, id, now }) =>
    client.run("IdentityStore.endSession", (connection) =>
      Effect.map(
        connection.query(deleteLive, [id, accountId, DateTime.toDateUtc(now)]),
        ({ rowCount }) => rowCount === 1
      )),

  endAllSessions: ({ accountId, now }) =>
    client.run(
      "IdentityStore.endAllSessions",
      (connection) =>
        Effect.flatMap(connection.query(advanceEpoch, [accountId, DateTime.toDateUtc(now)]), ({ rows: [row] }) =>
          row === undefined ? Effect.succeedNone : Effect.asSome(toSessionCount(row)))
    ).pipe(
      Effect.flatMap(Option.match({
        onNone: () =>
          Effect.fail(new AccountNotFound()),
        onSome: Effect.succeed
      }))
    ),

  pruneSessions: pruneSessions(client)
})

const insert = Effect.fnUntraced(function*(connection: Connection, session: Session) {
  const { rowCount } = yield* connection.query(insertIfCurrent, [
    session.id,
    session.accountId,
    session.epoch,
    DateTime.toDateUtc(session.createdAt),
    DateTime.toDateUtc(session.lastUsedAt),
    DateTime.toDateUtc(session.authenticatedAt),
    DateTime.toDateUtc(session.expiresAt),
    session.userAgent,
    session.ipAddress
  ])
  return rowCount === 1
})

// Takes no lock on the account. Should its epoch move on meanwhile, the session is saved dead.
const insertIfCurrent = `
  INSERT INTO sessions (id, account_id, epoch, created_at, last_used_at, authenticated_at, expires_at, user_agent,
    ip_address)
  SELECT $1, a.id, a.session_epoch, $4, $5, $6, $7, $8, $9
  FROM accounts a WHERE a.id = $2 AND a.session_epoch = $3 AND a.status = 'active'`

const selectById = `
  SELECT ${sessionColumns}, ${accountColumns}
  FROM sessions s JOIN accounts a ON a.id = s.account_id
  WHERE s.id = $1`

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

const deleteLive = `
  DELETE FROM sessions s USING accounts a
  WHERE s.id = $1 AND s.account_id = $2 AND s.expires_at > $3
    AND a.id = s.account_id AND a.session_epoch = s.epoch AND a.status = 'active'`

const advanceEpoch = `
  WITH a AS (
    UPDATE accounts SET session_epoch = session_epoch + 1 WHERE id = $1 RETURNING *
  ), queued AS (
    ${queueEnded}
  )
  SELECT a.id AS account_id, CASE WHEN a.status = 'active' THEN (${countEnded("$2")}) ELSE 0 END AS session_count
  FROM a`
