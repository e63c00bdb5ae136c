/**
 * The accounts of the identity store.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, Option } from "effect"
import type { AccountQuery, IdentityStore } from "../../ports/IdentityStore.ts"
import { changeAccount, deleteAccount, takesSteps } from "./AccountChange.ts"
import { insertAccount } from "./AccountInsertion.ts"
import { Conditions } from "./Conditions.ts"
import type { Connection, PostgresClient } from "./PostgresClient.ts"
import { accountColumns, toAccount, toAccountWithPassword } from "./rows.ts"

type AccountOperations = Pick<
  IdentityStore["Service"],
  | "deleteAccount"
  | "findAccount"
  | "findAccountByEmail"
  | "findAccountWithPassword"
  | "insertAccount"
  | "listAccounts"
  | "replacePasswordHash"
  | "updateAccount"
>

export const accountOperations = ({ read, run, transact }: PostgresClient["Service"]): AccountOperations => ({
  insertAccount: (input) =>
    Effect.flatMap(
      run("IdentityStore.insertAccount", (connection) => insertAccount(connection, input)),
      Effect.fromResult
    ),

  findAccount: (id) =>
    read(
      "IdentityStore.findAccount",
      (connection) =>
        Effect.flatMap(connection.query(selectById, [id]), ({ rows: [row] }) =>
          row === undefined ? Effect.succeedNone : Effect.asSome(toAccount(row)))
    ),

  findAccountByEmail: (key) =>
    read(
      "IdentityStore.findAccountByEmail",
      (connection) => Effect.flatMap(connection.query(selectByEmail, [key]), ({ rows: [row] }) => withPassword(row))
    ),

  findAccountWithPassword: (id) =>
    run(
      "IdentityStore.findAccountWithPassword",
      (connection) => Effect.flatMap(connection.query(selectWithPassword, [id]), ({ rows: [row] }) => withPassword(row))
    ),

  updateAccount: (update) =>
    takesSteps(update)
      ? transact("IdentityStore.updateAccount", (connection) => changeAccount(connection, update))
      : Effect.flatMap(
        run("IdentityStore.updateAccount", (connection) => changeAccount(connection, update)),
        Effect.fromResult
      ),

  deleteAccount: (input) => transact("IdentityStore.deleteAccount", (connection) => deleteAccount(connection, input)),

  replacePasswordHash: ({ accountId, from, to }) =>
    run(
      "IdentityStore.replacePasswordHash",
      (connection) => Effect.asVoid(connection.query(replaceHash, [accountId, from, to]))
    ),

  listAccounts: (query) => read("IdentityStore.listAccounts", (connection) => list(connection, query))
})

const selectById = `SELECT ${accountColumns} FROM accounts a WHERE a.id = $1`

const withPassword = (row: Row | undefined) =>
  row === undefined
    ? Effect.succeedNone
    : Effect.asSome(toAccountWithPassword(row))

const selectWithPassword =
  `SELECT ${accountColumns}, a.password_hash, a.password_changed_at FROM accounts a WHERE a.id = $1`

const selectByEmail = `
  SELECT ${accountColumns}, a.password_hash, a.password_changed_at
  FROM account_emails e JOIN accounts a ON a.id = e.account_id
  WHERE e.email_key = $1`

const replaceHash = `UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2`

const list = Effect.fnUntraced(function*(connection: Connection, query: AccountQuery) {
  const byEmail = Option.isSome(query.emailPrefix)
  const conditions = new Conditions()
  const { value } = conditions
  const limit = value(query.limit)
  conditions
    .where(query.after, ({ createdAt, emailKey, id }) =>
      byEmail
        ? `e.email_key > ${value(emailKey)}`
        : `(a.created_at, a.id) > (${value(DateTime.toDateUtc(createdAt))}, ${value(id)})`)
    .where(
      query.emailPrefix,
      (prefix) => `e.email_key >= ${value(prefix)} AND e.email_key < ${value(firstAfterPrefix(prefix))}`
    )
    .where(query.status, (status) => `a.status = ${value(status)}`)
    .where(query.createdSince, (since) => `a.created_at >= ${value(DateTime.toDateUtc(since))}`)
    .where(query.createdBefore, (before) => `a.created_at < ${value(DateTime.toDateUtc(before))}`)

  const { rows } = yield* connection.query(
    `SELECT ${accountColumns}
    FROM ${byEmail ? "account_emails e JOIN accounts a ON a.id = e.account_id" : "accounts a"}
    ${conditions.clause}
    ORDER BY ${byEmail ? "e.email_key" : "a.created_at, a.id"} LIMIT ${limit}`,
    conditions.parameters
  )
  return yield* Effect.forEach(rows, toAccount)
})

/** The least text that sorts after every text with this prefix. A range, unlike a pattern, is always an index scan. */
const firstAfterPrefix = (prefix: string): string => {
  const codePoints = Array.from(prefix, (character) => character.codePointAt(0) ?? 0)
  const last = codePoints.findLastIndex((codePoint) => codePoint < 0x10_ffff)
  const next = (codePoints[last] ?? 0x10_fffe) + 1
  // Surrogates are no characters of their own, so nothing sorts between U+D7FF and U+E000.
  return String.fromCodePoint(...codePoints.slice(0, Math.max(last, 0)), next === 0xd800 ? 0xe000 : next)
}
