/**
 * Changes an account if the precondition holds.
 *
 * A change locks the account's row before it reads the row, so that it builds on the previous change. A change of this
 * row alone is one statement. A statement sees other rows as they were before it waited for the lock. So a change that
 * also moves claims or sessions is a transaction, whose later statements see the current rows.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, identity, Option, Result, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { AccountId } from "../../../domain/model/Account.ts"
import { EmailKey, emailKey } from "../../../domain/model/Email.ts"
import type { Email } from "../../../domain/model/Email.ts"
import { AccountNotFound, EmailAlreadyExists, PreconditionFailed } from "../../../domain/model/IdentityErrors.ts"
import { Session } from "../../../domain/model/Session.ts"
import type { AccountDeletion, AccountUpdate, ChangedAccount, UpdatedAccount } from "../../../ports/AccountStore.ts"
import type { SessionStart } from "../../../ports/SessionStore.ts"
import { holds } from "../AccountConditions.ts"
import type { Connection } from "../connection/Connection.ts"
import { removeFactors } from "../factors/FactorRemoval.ts"
import { isProven } from "../factors/ProvenCommits.ts"
import { commitIf, committed } from "../ledger/CommitStatements.ts"
import { accountColumns, reader, toSessionCount } from "../rows.ts"
import { countEnded, queueEnded } from "../sessions/EndedSessions.ts"
import { insertSession } from "../sessions/SessionInsertion.ts"
import { execute, statement } from "../statement.ts"
import { accountTable } from "../tables.ts"

type Refusal = AccountNotFound | EmailAlreadyExists | PreconditionFailed

type Changed<A, E = Refusal> = Effect.fn.Return<Result.Result<A, E>, SqlError>

/** Whether `changeAccount` has to run in a transaction. */
export const needsTransaction = (
  { commit, email, endSessions, keepSession, removeFactors, startSession }: AccountUpdate
): boolean =>
  commit.answers !== undefined || commit.uses !== undefined || email !== undefined || startSession !== undefined ||
  removeFactors !== undefined || (endSessions && keepSession !== undefined)

export const changeAccount = Effect.fnUntraced(
  function*(connection: Connection, update: AccountUpdate): Changed<UpdatedAccount> {
    const { commit, email, endSessions, id, keepSession, startSession } = update
    const isLocked = commit.uses !== undefined || (endSessions && keepSession !== undefined)
    const proven = yield* isProven(connection, commit, isLocked ? execute(connection, lock, id) : Effect.void)
    if (!proven) return Result.fail(new PreconditionFailed())
    const changed = yield* changeRow(connection, update)
    if (Result.isFailure(changed)) return Result.fail(changed.failure)
    const moved = email === undefined ? Result.void : yield* moveClaim(connection, changed.success, email)
    if (Result.isFailure(moved)) return Result.fail(moved.failure)
    const outcome = toChangedAccount(changed.success)
    const factorsRemoved = yield* removeFactors(connection, id, update.removeFactors)
    const started = startSession === undefined
      ? Result.void
      : yield* start(connection, startSession, outcome.account.sessionEpoch)
    return Result.map(started, () => ({ ...outcome, factorsRemoved }))
  }
)

/** Has to run in a transaction. */
export const deleteAccount = Effect.fnUntraced(function*(
  connection: Connection,
  deletion: AccountDeletion
): Changed<ChangedAccount, AccountNotFound | PreconditionFailed> {
  yield* execute(connection, lock, deletion.id)
  const { rows: [row] } = yield* execute(connection, deleteIf, deletion)
  if (row === undefined) return Result.fail(new AccountNotFound())
  return row["account_id"] === null
    ? Result.fail(new PreconditionFailed())
    : Result.succeed(toChangedAccount(row))
})

const lock = statement<AccountId>(($) => `SELECT FROM accounts WHERE id = ${$(identity)} FOR UPDATE`)

const changeRow = Effect.fnUntraced(
  function*(connection: Connection, update: AccountUpdate): Changed<Row, AccountNotFound | PreconditionFailed> {
    const { rows: [row] } = yield* execute(connection, updateIf, update)
    if (row === undefined) return Result.fail(new AccountNotFound())
    return row["account_id"] === null ? Result.fail(new PreconditionFailed()) : Result.succeed(row)
  }
)

// `before` is the row as the previous change left it. It distinguishes an absent account from one that fails the
// precondition, and shows whether the account's sessions were live.
const updateIf = statement<AccountUpdate>(($) => {
  const id = $((update) => update.id)
  const email = $((update) => update.email)
  const passwordHash = $((update) => update.passwordHash)
  const status = $((update) => update.status)
  const endSessions = $((update) => update.endSessions)
  const updatedAt = $((update) => DateTime.toDateUtc(update.updatedAt))
  return `
  WITH before AS (
    SELECT id AS before_id, email_key AS previous_email_key, status AS previous_status,
      ${holds($.of(({ precondition }) => precondition))}
    FROM accounts WHERE id = ${id} FOR UPDATE
  ), a AS (
    UPDATE accounts SET
      email = coalesce(${email}, email),
      email_key = coalesce(${$((update) => update.email && emailKey(update.email))}, email_key),
      email_verified = coalesce(${$((update) => update.emailVerified)}, email_verified AND ${email} IS NULL),
      display_name = coalesce(${$((update) => update.displayName)}, display_name),
      status = coalesce(${status}, status),
      version = version + 1,
      session_epoch = session_epoch + CASE WHEN ${endSessions} THEN 1 ELSE 0 END,
      credential_epoch = credential_epoch
        + CASE WHEN coalesce(${email}, ${passwordHash}, ${status}) IS NULL THEN 0 ELSE 1 END,
      updated_at = ${updatedAt},
      password_hash = coalesce(${passwordHash}, password_hash),
      password_changed_at = CASE WHEN ${passwordHash} IS NULL THEN password_changed_at ELSE ${updatedAt} END
    FROM before WHERE id = before_id AND holds
    RETURNING accounts.*
  ), kept AS (
    UPDATE sessions s SET epoch = a.session_epoch FROM a, before
    WHERE ${endSessions} AND previous_status = 'active' AND s.id = ${$((update) => update.keepSession)}
      AND s.account_id = a.id AND s.epoch = a.session_epoch - 1 AND s.expires_at > ${updatedAt}
    RETURNING s.id
  ), queued AS (
    ${queueEnded}
  ), ${commitIf("a", $.of(({ commit }) => commit))}
  SELECT ${committed}, ${accountColumns}, previous_email_key,
    CASE WHEN ${endSessions} AND previous_status = 'active'
      THEN (${countEnded(updatedAt)}) - (SELECT count(*)::int FROM kept) ELSE 0 END AS session_count
  FROM before LEFT JOIN a ON true`
})

const moveClaim = Effect.fnUntraced(
  function*(connection: Connection, changed: Row, email: Email): Changed<void, EmailAlreadyExists> {
    const { previous_email_key: previous } = readPreviousEmail(changed)
    const id = changed["account_id"]
    const claim = { key: emailKey(email), id }
    if (claim.key === previous) return Result.void
    const { rowCount } = yield* execute(connection, claimEmail, claim)
    if (rowCount === 0) return Result.fail(new EmailAlreadyExists())
    yield* execute(connection, releaseEmail, { key: previous, id })
    return Result.void
  }
)

/** The claim that the account held before. */
const readPreviousEmail = reader("accounts", "account_id", Schema.Struct({ previous_email_key: EmailKey }))

interface EmailClaim {
  readonly key: EmailKey
  readonly id: unknown
}

const claimEmail = statement<EmailClaim>(($) => `
  INSERT INTO account_emails (email_key, account_id) VALUES (${$(({ key }) => key)}, ${$(({ id }) => id)})
  ON CONFLICT DO NOTHING`)

const releaseEmail = statement<EmailClaim>(($) => `
  DELETE FROM account_emails WHERE email_key = ${$(({ key }) => key)} AND account_id = ${$(({ id }) => id)}`)

const start = Effect.fnUntraced(function*(
  connection: Connection,
  { commit, session }: SessionStart,
  epoch: number
): Changed<void, PreconditionFailed> {
  const saved = yield* insertSession(connection, { session: Session.make({ ...session, epoch }), commit })
  const isSaved = Result.isSuccess(saved) && Option.isSome(saved.success)
  return isSaved ? Result.void : Result.fail(new PreconditionFailed())
})

const toChangedAccount = (row: Row) => ({ account: accountTable.read(row), sessionsEnded: toSessionCount(row) })

// `a` is the account as if all its sessions had been ended, so the fragments that count and queue ended sessions work
// here too.
const deleteIf = statement<AccountDeletion>(($) => {
  const id = $((deletion) => deletion.id)
  const now = $((deletion) => DateTime.toDateUtc(deletion.now))
  return `
  WITH before AS (
    SELECT id AS before_id, ${holds($.of(({ precondition }) => precondition))} FROM accounts WHERE id = ${id}
  ), gone AS (
    DELETE FROM accounts USING before WHERE id = before_id AND holds RETURNING accounts.*
  ), released AS (
    DELETE FROM account_emails e USING gone WHERE e.email_key = gone.email_key AND e.account_id = gone.id
  ), unproven AS (
    DELETE FROM factors f USING gone WHERE f.account_id = gone.id
  ), a AS (
    SELECT id, status, session_epoch + 1 AS session_epoch FROM gone
  ), queued AS (
    ${queueEnded}
  ), ended AS (
    SELECT CASE WHEN a.status = 'active' THEN (${countEnded(now)}) ELSE 0 END AS session_count FROM a
  ), ${commitIf("gone", $.of(({ commit }) => commit))}
  SELECT ${committed}, ${accountColumns}, ended.session_count
  FROM before LEFT JOIN gone a ON true LEFT JOIN ended ON true`
})
