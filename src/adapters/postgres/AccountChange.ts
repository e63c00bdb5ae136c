/**
 * Changes of an account against the version it is expected to have.
 *
 * Each is one statement, except for a change of email. A statement sees one state of the database, so it can't both lose
 * a race for a claim and leave the account as it was: that one is a transaction.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { emailKey } from "../../domain/model/Email.ts"
import type { Email } from "../../domain/model/Email.ts"
import { AccountNotFound, EmailAlreadyExists, VersionConflict } from "../../domain/model/IdentityErrors.ts"
import type { AccountUpdate, IdentityStore, UpdatedAccount } from "../../ports/IdentityStore.ts"
import { eventParameters, recorded, recordIf } from "./AuditStatements.ts"
import { countEnded, queueEnded } from "./EndedSessions.ts"
import type { Connection } from "./PostgresClient.ts"
import { accountColumns, toAccount, toPreviousEmailKey, toSessionCount } from "./rows.ts"

type Refusal = AccountNotFound | EmailAlreadyExists | VersionConflict

type Changed<A, E = Refusal> = Effect.fn.Return<Result.Result<A, E>, SqlError>

export const changeAccount = Effect.fnUntraced(
  function*(connection: Connection, update: AccountUpdate): Changed<UpdatedAccount> {
    const changed = yield* changeRow(connection, update)
    if (Result.isFailure(changed)) return Result.fail(changed.failure)
    return Result.succeed(yield* toUpdatedAccount(changed.success))
  }
)

/** Needs a transaction around it. */
export const changeAccountWithEmail = Effect.fnUntraced(
  function*(connection: Connection, update: AccountUpdate, email: Email): Changed<UpdatedAccount> {
    const changed = yield* changeRow(connection, update)
    if (Result.isFailure(changed)) return Result.fail(changed.failure)
    const previous = yield* toPreviousEmailKey(changed.success)
    const key = emailKey(email)
    if (key !== previous) {
      const { rowCount } = yield* connection.query(claimEmail, [key, update.id])
      if (rowCount === 0) return Result.fail(new EmailAlreadyExists())
      yield* connection.query(releaseEmail, [previous, update.id])
    }
    return Result.succeed(yield* toUpdatedAccount(changed.success))
  }
)

export const deleteAccount = Effect.fnUntraced(function*(
  connection: Connection,
  { audit, expectedVersion, id, now }: Parameters<IdentityStore["Service"]["deleteAccount"]>[0]
): Changed<number, AccountNotFound | VersionConflict> {
  const { rows: [row] } = yield* connection.query(deleteIfVersion, [
    id,
    expectedVersion,
    DateTime.toDateUtc(now),
    ...eventParameters(audit)
  ])
  if (row === undefined) return Result.fail(new AccountNotFound())
  return row["account_id"] === null ? Result.fail(new VersionConflict()) : Result.succeed(yield* toSessionCount(row))
})

const claimEmail = `INSERT INTO account_emails (email_key, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`

const releaseEmail = `DELETE FROM account_emails WHERE email_key = $1 AND account_id = $2`

const changeRow = Effect.fnUntraced(
  function*(connection: Connection, update: AccountUpdate): Changed<Row, AccountNotFound | VersionConflict> {
    const { rows: [row] } = yield* connection.query(updateIfVersion, [
      update.id,
      update.expectedVersion,
      update.email,
      update.email === undefined ? undefined : emailKey(update.email),
      update.displayName,
      update.status,
      update.endSessions,
      DateTime.toDateUtc(update.updatedAt),
      update.passwordHash,
      update.keepSession,
      ...eventParameters(update.audit)
    ])
    if (row === undefined) return Result.fail(new AccountNotFound())
    return row["account_id"] === null ? Result.fail(new VersionConflict()) : Result.succeed(row)
  }
)

// `before` tells an absent account from one of another version, and knows whether its sessions were live.
const updateIfVersion = `
  WITH before AS (
    SELECT email_key, status FROM accounts WHERE id = $1
  ), a AS (
    UPDATE accounts SET
      email = coalesce($3, email),
      email_key = coalesce($4, email_key),
      email_verified = email_verified AND $3 IS NULL,
      display_name = coalesce($5, display_name),
      status = coalesce($6, status),
      version = version + 1,
      session_epoch = session_epoch + CASE WHEN $7 THEN 1 ELSE 0 END,
      updated_at = $8,
      password_hash = coalesce($9, password_hash)
    WHERE id = $1 AND version = $2
    RETURNING *
  ), kept AS (
    UPDATE sessions s SET epoch = a.session_epoch FROM a, before
    WHERE $7 AND before.status = 'active' AND s.id = $10 AND s.account_id = a.id AND s.epoch = a.session_epoch - 1
      AND s.expires_at > $8
    RETURNING s.id
  ), queued AS (
    ${queueEnded}
  ), ${recordIf("a", 11)}
  SELECT ${recorded}, ${accountColumns}, before.email_key AS previous_email_key,
    CASE WHEN $7 AND before.status = 'active' THEN (${countEnded("$8")}) - (SELECT count(*)::int FROM kept) ELSE 0 END
      AS session_count
  FROM before LEFT JOIN a ON true`

const toUpdatedAccount = (row: Row) => Effect.all({ account: toAccount(row), sessionsEnded: toSessionCount(row) })

// `a` is the account as it would be with all its sessions ended, so what counts and queues those does so here too.
const deleteIfVersion = `
  WITH before AS (
    SELECT id FROM accounts WHERE id = $1
  ), gone AS (
    DELETE FROM accounts WHERE id = $1 AND version = $2 RETURNING id, email_key, status, session_epoch
  ), released AS (
    DELETE FROM account_emails e USING gone WHERE e.email_key = gone.email_key AND e.account_id = gone.id
  ), a AS (
    SELECT id, status, session_epoch + 1 AS session_epoch FROM gone
  ), queued AS (
    ${queueEnded}
  ), ${recordIf("gone", 4)}
  SELECT ${recorded}, a.id AS account_id, CASE WHEN a.status = 'active' THEN (${
  countEnded("$3")
}) ELSE 0 END AS session_count
  FROM before LEFT JOIN a ON true`
