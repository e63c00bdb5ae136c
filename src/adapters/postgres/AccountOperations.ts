/**
 * The accounts of the identity store.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Effect } from "effect"
import type { IdentityStore } from "../../ports/IdentityStore.ts"
import { changeAccount, deleteAccount, takesSteps } from "./AccountChange.ts"
import { insertAccount } from "./AccountInsertion.ts"
import { listAccounts } from "./AccountLists.ts"
import type { PostgresClient } from "./PostgresClient.ts"
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

  listAccounts: (query) => read("IdentityStore.listAccounts", (connection) => listAccounts(connection, query))
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
