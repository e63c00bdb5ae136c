import type { Row } from "@effect/sql-pg/PgConnection"
import { Effect, identity } from "effect"
import type { AccountId } from "../../../domain/model/Account.ts"
import { AccountStore } from "../../../ports/AccountStore.ts"
import type { PasswordHashReplacement } from "../../../ports/AccountStore.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { findForAttempt } from "../ledger/PostgresGuessBudgets.ts"
import { accountColumns, passwordColumns, toAccount, toAccountOfEmail, toAccountWithPassword } from "../rows.ts"
import { execute, statement } from "../statement.ts"
import { changeAccount, deleteAccount, needsTransaction } from "./AccountChange.ts"
import { insertAccount, insertWithMore } from "./AccountInsertion.ts"
import { selectByEmail } from "./AccountLookup.ts"

export const make = ({ read, run, transact }: PostgresClient["Service"]): AccountStore["Service"] =>
  AccountStore.of({
    insertAccount: (input) =>
      input.commit.answers !== undefined || input.startSession !== undefined
        ? transact("AccountStore.insertAccount", (connection) => insertWithMore(connection, input))
        : Effect.flatMap(
          run("AccountStore.insertAccount", (connection) => insertAccount(connection, input)),
          Effect.fromResult
        ),

    findAccount: (id) =>
      read(
        "AccountStore.findAccount",
        (connection) =>
          Effect.flatMap(
            execute(connection, selectById, id),
            ({ rows: [row] }) => row === undefined ? Effect.succeedNone : Effect.asSome(toAccount(row))
          )
      ),

    findAccountByEmail: (key) =>
      read(
        "AccountStore.findAccountByEmail",
        (connection) =>
          Effect.flatMap(
            execute(connection, selectByEmail, key),
            ({ rows: [row] }) => row === undefined ? Effect.succeedNone : toAccountOfEmail(row)
          )
      ),

    findForAttempt: (key, attempt) =>
      run("AccountStore.findForAttempt", (connection) => findForAttempt(connection, key, attempt)),

    findAccountWithPassword: (id) =>
      run(
        "AccountStore.findAccountWithPassword",
        (connection) =>
          Effect.flatMap(execute(connection, selectWithPassword, id), ({ rows: [row] }) => withPassword(row))
      ),

    updateAccount: (update) =>
      needsTransaction(update)
        ? transact("AccountStore.updateAccount", (connection) => changeAccount(connection, update))
        : Effect.flatMap(
          run("AccountStore.updateAccount", (connection) => changeAccount(connection, update)),
          Effect.fromResult
        ),

    deleteAccount: (input) => transact("AccountStore.deleteAccount", (connection) => deleteAccount(connection, input)),

    replacePasswordHash: (input) =>
      run(
        "AccountStore.replacePasswordHash",
        (connection) => Effect.asVoid(execute(connection, replaceHash, input))
      )
  })

const selectById = statement<AccountId>(($) => `SELECT ${accountColumns} FROM accounts a WHERE a.id = ${$(identity)}`)

const withPassword = (row: Row | undefined) =>
  row === undefined
    ? Effect.succeedNone
    : Effect.asSome(toAccountWithPassword(row))

const selectWithPassword = statement<AccountId>(($) => `
  SELECT ${accountColumns}, ${passwordColumns} FROM accounts a WHERE a.id = ${$(identity)}`)

const replaceHash = statement<PasswordHashReplacement>(($) => `
  UPDATE accounts SET password_hash = ${$(({ to }) => to)}
  WHERE id = ${$(({ accountId }) => accountId)} AND password_hash = ${$(({ from }) => from)}`)
