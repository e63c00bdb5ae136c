import type { Row } from "@effect/sql-pg/PgConnection"
import { Effect, identity } from "effect"
import type { AccountId } from "../../../domain/model/Account.ts"
import type { EmailKey } from "../../../domain/model/Email.ts"
import { AccountStore } from "../../../ports/AccountStore.ts"
import type { PasswordHashReplacement } from "../../../ports/AccountStore.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { accountColumns, toAccount, toAccountOfEmail, toAccountWithPassword } from "../rows.ts"
import { execute, statement } from "../statement.ts"
import { changeAccount, deleteAccount, needsTransaction } from "./AccountChange.ts"
import { insertAccount, insertWithMore } from "./AccountInsertion.ts"

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
  SELECT ${accountColumns}, a.password_hash, a.password_changed_at FROM accounts a WHERE a.id = ${$(identity)}`)

// For an email that nobody has it reads a neighbour's account, so that neither takes a different time (ASVS 6.3.8).
const selectByEmail = statement<EmailKey>(($) => {
  const key = $(identity)
  return `
  SELECT ${accountColumns}, a.password_hash, a.password_changed_at, e.email_key = ${key} AS is_owner, EXISTS (
      SELECT FROM factors f
      WHERE f.account_id = a.id AND f.confirmed_at IS NOT NULL AND f.type <> 'recovery_codes'
    ) AS has_second_factor
  FROM (
      (SELECT * FROM account_emails WHERE email_key >= ${key} ORDER BY email_key LIMIT 1)
      UNION ALL
      (SELECT * FROM account_emails WHERE email_key < ${key} ORDER BY email_key DESC LIMIT 1)
      LIMIT 1
    ) e
    JOIN accounts a ON a.id = e.account_id`
})

const replaceHash = statement<PasswordHashReplacement>(($) => `
  UPDATE accounts SET password_hash = ${$(({ to }) => to)}
  WHERE id = ${$(({ accountId }) => accountId)} AND password_hash = ${$(({ from }) => from)}`)
