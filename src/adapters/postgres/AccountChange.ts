/**
 * Changes of an account, each if its precondition holds.
 *
 * A change locks the account's row before it looks at it, so that it is made on what the last change left. Where the row
 * is all it needs, it is one statement. A statement sees other rows as they were before it waited for that lock, so
 * whatever moves claims or sessions as well is a transaction, whose later statements see them as they are.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, Option, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { emailKey } from "../../domain/model/Email.ts"
import type { Email } from "../../domain/model/Email.ts"
import { AccountNotFound, EmailAlreadyExists, PreconditionFailed } from "../../domain/model/IdentityErrors.ts"
import { Session } from "../../domain/model/Session.ts"
import type {
  AccountPrecondition,
  AccountUpdate,
  ChangedAccount,
  IdentityStore,
  SessionStart
} from "../../ports/IdentityStore.ts"
import { eventParameters, recorded, recordIf } from "./AuditStatements.ts"
import { countEnded, queueEnded } from "./EndedSessions.ts"
import type { Connection } from "./PostgresClient.ts"
import { accountColumns, toAccount, toPreviousEmailKey, toSessionCount } from "./rows.ts"
import { insertSession } from "./SessionInsertion.ts"

type Refusal = AccountNotFound | EmailAlreadyExists | PreconditionFailed

type Changed<A, E = Refusal> = Effect.fn.Return<Result.Result<A, E>, SqlError>

/** Whether `changeAccount` needs a transaction around it. */
export const takesSteps = ({ email, endSessions, keepSession, startSession }: AccountUpdate): boolean =>
  email !== undefined || startSession !== undefined || (endSessions && keepSession !== undefined)

export const changeAccount = Effect.fnUntraced(
  function*(connection: Connection, update: AccountUpdate): Changed<ChangedAccount> {
    const { email, endSessions, id, keepSession, startSession } = update
    if (endSessions && keepSession !== undefined) yield* connection.query(lock, [id])
    const changed = yield* changeRow(connection, update)
    if (Result.isFailure(changed)) return Result.fail(changed.failure)
    const moved = email === undefined ? Result.void : yield* moveClaim(connection, changed.success, email)
    if (Result.isFailure(moved)) return Result.fail(moved.failure)
    const outcome = yield* toChangedAccount(changed.success)
    const started = startSession === undefined
      ? Result.void
      : yield* start(connection, startSession, outcome.account.sessionEpoch)
    return Result.map(started, () => outcome)
  }
)

/** Needs a transaction around it. */
export const deleteAccount = Effect.fnUntraced(function*(
  connection: Connection,
  { audit, id, now, precondition }: Parameters<IdentityStore["Service"]["deleteAccount"]>[0]
): Changed<ChangedAccount, AccountNotFound | PreconditionFailed> {
  yield* connection.query(lock, [id])
  const { rows: [row] } = yield* connection.query(deleteIf, [
    id,
    ...preconditionParameters(precondition),
    DateTime.toDateUtc(now),
    ...eventParameters(audit)
  ])
  if (row === undefined) return Result.fail(new AccountNotFound())
  return row["account_id"] === null
    ? Result.fail(new PreconditionFailed())
    : Result.succeed(yield* toChangedAccount(row))
})

const lock = `SELECT FROM accounts WHERE id = $1 FOR UPDATE`

/** Values for `holdsFrom`, in the order of its parameters: version, status, password hash. */
const preconditionParameters = (precondition: AccountPrecondition): ReadonlyArray<unknown> => {
  switch (precondition._tag) {
    case "Exists":
      return [undefined, undefined, undefined]
    case "Version":
      return [precondition.version, undefined, undefined]
    case "Status":
      return [undefined, precondition.status, undefined]
    case "Confirmed":
      return [undefined, "active", precondition.passwordHash]
    case "ConfirmedVersion":
      return [precondition.version, "active", precondition.passwordHash]
  }
}

/** The column `holds` of an account's row: whether it is as the precondition whose first parameter is named says. */
const holdsFrom = (first: number): string =>
  `version = coalesce($${first}, version) AND status = coalesce($${first + 1}, status)
      AND password_hash = coalesce($${first + 2}, password_hash) AS holds`

const changeRow = Effect.fnUntraced(
  function*(connection: Connection, update: AccountUpdate): Changed<Row, AccountNotFound | PreconditionFailed> {
    const { rows: [row] } = yield* connection.query(updateIf, [
      update.id,
      update.email,
      update.email === undefined ? undefined : emailKey(update.email),
      update.displayName,
      update.status,
      update.endSessions,
      DateTime.toDateUtc(update.updatedAt),
      update.passwordHash,
      update.keepSession,
      ...preconditionParameters(update.precondition),
      ...eventParameters(update.audit)
    ])
    if (row === undefined) return Result.fail(new AccountNotFound())
    return row["account_id"] === null ? Result.fail(new PreconditionFailed()) : Result.succeed(row)
  }
)

// `before` is the row as the last change left it: it tells an absent account from one that is not as expected, and
// knows whether its sessions were live.
const updateIf = `
  WITH before AS (
    SELECT id AS before_id, email_key AS previous_email_key, status AS previous_status, ${holdsFrom(10)}
    FROM accounts WHERE id = $1 FOR UPDATE
  ), a AS (
    UPDATE accounts SET
      email = coalesce($2, email),
      email_key = coalesce($3, email_key),
      email_verified = email_verified AND $2 IS NULL,
      display_name = coalesce($4, display_name),
      status = coalesce($5, status),
      version = version + 1,
      session_epoch = session_epoch + CASE WHEN $6 THEN 1 ELSE 0 END,
      updated_at = $7,
      password_hash = coalesce($8, password_hash),
      password_changed_at = CASE WHEN $8 IS NULL THEN password_changed_at ELSE $7 END
    FROM before WHERE id = before_id AND holds
    RETURNING accounts.*
  ), kept AS (
    UPDATE sessions s SET epoch = a.session_epoch FROM a, before
    WHERE $6 AND previous_status = 'active' AND s.id = $9 AND s.account_id = a.id AND s.epoch = a.session_epoch - 1
      AND s.expires_at > $7
    RETURNING s.id
  ), queued AS (
    ${queueEnded}
  ), ${recordIf("a", 13)}
  SELECT ${recorded}, ${accountColumns}, previous_email_key,
    CASE WHEN $6 AND previous_status = 'active' THEN (${countEnded("$7")}) - (SELECT count(*)::int FROM kept) ELSE 0 END
      AS session_count
  FROM before LEFT JOIN a ON true`

const moveClaim = Effect.fnUntraced(
  function*(connection: Connection, changed: Row, email: Email): Changed<void, EmailAlreadyExists> {
    const previous = yield* toPreviousEmailKey(changed)
    const [key, id] = [emailKey(email), changed["account_id"]]
    if (key === previous) return Result.void
    const { rowCount } = yield* connection.query(claimEmail, [key, id])
    if (rowCount === 0) return Result.fail(new EmailAlreadyExists())
    yield* connection.query(releaseEmail, [previous, id])
    return Result.void
  }
)

const claimEmail = `INSERT INTO account_emails (email_key, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`

const releaseEmail = `DELETE FROM account_emails WHERE email_key = $1 AND account_id = $2`

const start = Effect.fnUntraced(function*(
  connection: Connection,
  { audit, session }: SessionStart,
  epoch: number
): Changed<void, PreconditionFailed> {
  const saved = yield* insertSession(connection, { session: Session.make({ ...session, epoch }), audit })
  const isSaved = Result.isSuccess(saved) && Option.isSome(saved.success)
  return isSaved ? Result.void : Result.fail(new PreconditionFailed())
})

const toChangedAccount = (row: Row) => Effect.all({ account: toAccount(row), sessionsEnded: toSessionCount(row) })

// `a` is the account as it would be with all its sessions ended, so what counts and queues those does so here too.
const deleteIf = `
  WITH before AS (
    SELECT id AS before_id, ${holdsFrom(2)} FROM accounts WHERE id = $1
  ), gone AS (
    DELETE FROM accounts USING before WHERE id = before_id AND holds RETURNING accounts.*
  ), released AS (
    DELETE FROM account_emails e USING gone WHERE e.email_key = gone.email_key AND e.account_id = gone.id
  ), a AS (
    SELECT id, status, session_epoch + 1 AS session_epoch FROM gone
  ), queued AS (
    ${queueEnded}
  ), ended AS (
    SELECT CASE WHEN a.status = 'active' THEN (${countEnded("$5")}) ELSE 0 END AS session_count FROM a
  ), ${recordIf("gone", 6)}
  SELECT ${recorded}, ${accountColumns}, ended.session_count
  FROM before LEFT JOIN gone a ON true LEFT JOIN ended ON true`
