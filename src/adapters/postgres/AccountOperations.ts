/**
 * The accounts of the identity store.
 *
 * Each operation is one statement, except for a change of email. A statement sees one state of the database, so it can't
 * both lose a race for a claim and leave the account as it was: that one is a transaction.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, Option, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { AccountStatus } from "../../domain/model/Account.ts"
import { emailKey } from "../../domain/model/Email.ts"
import type { Email } from "../../domain/model/Email.ts"
import { AccountNotFound, EmailAlreadyExists, VersionConflict } from "../../domain/model/IdentityErrors.ts"
import type {
  AccountQuery,
  AccountUpdate,
  AccountWithPassword,
  IdentityStore,
  UpdatedAccount
} from "../../ports/IdentityStore.ts"
import { countEnded, queueEnded } from "./EndedSessions.ts"
import type { Connection, PostgresClient } from "./PostgresClient.ts"
import { accountColumns, toAccount, toPasswordHash, toPreviousEmailKey, toSessionCount } from "./rows.ts"

type AccountOperations = Pick<
  IdentityStore["Service"],
  | "findAccount"
  | "findAccountByEmail"
  | "insertAccount"
  | "listAccounts"
  | "replacePasswordHash"
  | "updateAccount"
>

export const accountOperations = ({ run, transact }: PostgresClient["Service"]): AccountOperations => ({
  insertAccount: (input) =>
    Effect.flatMap(
      run("IdentityStore.insertAccount", (connection) => insert(connection, input)),
      (inserted) => inserted ? Effect.void : Effect.fail(new EmailAlreadyExists())
    ),

  findAccount: (id) =>
    run(
      "IdentityStore.findAccount",
      (connection) =>
        Effect.flatMap(connection.query(selectById, [id]), ({ rows: [row] }) =>
          row === undefined ? Effect.succeedNone : Effect.asSome(toAccount(row)))
    ),

  findAccountByEmail: (key) =>
    run(
      "IdentityStore.findAccountByEmail",
      (connection) =>
        Effect.flatMap(connection.query(selectByEmail, [key]), ({ rows: [row] }) =>
          row === undefined
            ? Effect.succeedNone
            : Effect.asSome(Effect.all({ account: toAccount(row), passwordHash: toPasswordHash(row) })))
    ),

  updateAccount: (update) => {
    const { email } = update
    return email === undefined
      ? Effect.flatMap(
        run("IdentityStore.updateAccount", (connection) => change(connection, update)),
        Effect.fromResult
      )
      : transact("IdentityStore.updateAccount", (connection) => changeWithEmail(connection, update, email))
  },

  replacePasswordHash: ({ accountId, from, to }) =>
    run(
      "IdentityStore.replacePasswordHash",
      (connection) => Effect.asVoid(connection.query(replaceHash, [accountId, from, to]))
    ),

  listAccounts: (query) => run("IdentityStore.listAccounts", (connection) => list(connection, query))
})

const insert = Effect.fnUntraced(function*(connection: Connection, { account, passwordHash }: AccountWithPassword) {
  const { rowCount } = yield* connection.query(claimAndInsert, [
    account.id,
    emailKey(account.email),
    account.email,
    account.emailVerified,
    passwordHash,
    account.displayName,
    account.status,
    account.version,
    account.sessionEpoch,
    DateTime.toDateUtc(account.createdAt),
    DateTime.toDateUtc(account.updatedAt)
  ])
  return rowCount === 1
})

const claimAndInsert = `
  WITH claim AS (
    INSERT INTO account_emails (account_id, email_key) VALUES ($1, $2)
    ON CONFLICT (email_key) DO NOTHING
    RETURNING account_id, email_key
  )
  INSERT INTO accounts (id, email_key, email, email_verified, password_hash, display_name, status, version,
    session_epoch, created_at, updated_at)
  SELECT account_id, email_key, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM claim`

const selectById = `SELECT ${accountColumns} FROM accounts a WHERE a.id = $1`

const selectByEmail = `
  SELECT ${accountColumns}, a.password_hash
  FROM account_emails e JOIN accounts a ON a.id = e.account_id
  WHERE e.email_key = $1`

const replaceHash = `UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2`

type Changed<A> = Effect.fn.Return<Result.Result<A, AccountNotFound | EmailAlreadyExists | VersionConflict>, SqlError>

const change = Effect.fnUntraced(
  function*(connection: Connection, update: AccountUpdate): Changed<UpdatedAccount> {
    const changed = yield* changeRow(connection, update)
    if (Result.isFailure(changed)) return Result.fail(changed.failure)
    return Result.succeed(yield* toUpdatedAccount(changed.success))
  }
)

const changeWithEmail = Effect.fnUntraced(
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

const claimEmail = `INSERT INTO account_emails (email_key, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`

const releaseEmail = `DELETE FROM account_emails WHERE email_key = $1 AND account_id = $2`

const changeRow = Effect.fnUntraced(function*(connection: Connection, update: AccountUpdate): Changed<Row> {
  const { rows: [row] } = yield* connection.query(updateIfVersion, [
    update.id,
    update.expectedVersion,
    update.email,
    update.email === undefined ? undefined : emailKey(update.email),
    update.displayName,
    update.status,
    update.endSessions,
    DateTime.toDateUtc(update.updatedAt)
  ])
  if (row === undefined) return Result.fail(new AccountNotFound())
  return row["account_id"] === null ? Result.fail(new VersionConflict()) : Result.succeed(row)
})

// `before` tells an absent account from one of another version, and knows whether its sessions were live.
const updateIfVersion = `
  WITH before AS (
    SELECT email_key, status FROM accounts WHERE id = $1
  ), a AS (
    UPDATE accounts SET
      email = coalesce($3, email),
      email_key = coalesce($4, email_key),
      display_name = coalesce($5, display_name),
      status = coalesce($6, status),
      version = version + 1,
      session_epoch = session_epoch + CASE WHEN $7 THEN 1 ELSE 0 END,
      updated_at = $8
    WHERE id = $1 AND version = $2
    RETURNING *
  ), queued AS (
    ${queueEnded}
  )
  SELECT ${accountColumns}, before.email_key AS previous_email_key,
    CASE WHEN $7 AND before.status = 'active' THEN (${countEnded("$8")}) ELSE 0 END AS session_count
  FROM before LEFT JOIN a ON true`

const toUpdatedAccount = (row: Row) => Effect.all({ account: toAccount(row), sessionsEnded: toSessionCount(row) })

const list = Effect.fnUntraced(function*(connection: Connection, query: AccountQuery) {
  const after = Option.getOrUndefined(query.after)
  const status = Option.toArray(query.status)
  const { rows } = yield* Option.match(query.emailPrefix, {
    onNone: () => connection.query(selectPage(status), [after?.id ?? "", query.limit, ...status]),
    onSome: (prefix) =>
      connection.query(selectPageByEmail(status), [
        after?.emailKey ?? "",
        query.limit,
        prefix,
        firstAfterPrefix(prefix),
        ...status
      ])
  })
  return yield* Effect.forEach(rows, toAccount)
})

const selectPage = (status: ReadonlyArray<AccountStatus>) => `
  SELECT ${accountColumns} FROM accounts a
  WHERE a.id > $1 ${status.length === 0 ? "" : "AND a.status = $3"}
  ORDER BY a.id LIMIT $2`

const selectPageByEmail = (status: ReadonlyArray<AccountStatus>) => `
  SELECT ${accountColumns} FROM account_emails e JOIN accounts a ON a.id = e.account_id
  WHERE e.email_key > $1 AND e.email_key >= $3 AND e.email_key < $4 ${status.length === 0 ? "" : "AND a.status = $5"}
  ORDER BY e.email_key LIMIT $2`

/** The least text that sorts after every text with this prefix. A range, unlike a pattern, is always an index scan. */
const firstAfterPrefix = (prefix: string): string => {
  const codePoints = Array.from(prefix, (character) => character.codePointAt(0) ?? 0)
  const last = codePoints.findLastIndex((codePoint) => codePoint < 0x10_ffff)
  const next = (codePoints[last] ?? 0x10_fffe) + 1
  // Surrogates are no characters of their own, so nothing sorts between U+D7FF and U+E000.
  return String.fromCodePoint(...codePoints.slice(0, Math.max(last, 0)), next === 0xd800 ? 0xe000 : next)
}
