import { Effect, identity, Option } from "effect"
import type { AccountId } from "../../../domain/model/Account.ts"
import type { EmailKey } from "../../../domain/model/Email.ts"
import { AccountStore } from "../../../ports/AccountStore.ts"
import type { PasswordHashReplacement } from "../../../ports/AccountStore.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { findForAttempt } from "../ledger/PostgresGuessBudgets.ts"
import { accountColumns, accountOfEmail, passwordColumns, toAccountOfEmail, toAccountWithPassword } from "../rows.ts"
import { executing, findingOne, statement } from "../statement.ts"
import { accountTable } from "../tables.ts"
import { changeAccount, deleteAccount, needsTransaction } from "./AccountChange.ts"
import { insertAccount, insertWithMore } from "./AccountInsertion.ts"

export const make = ({ attempt, read, run, transact }: PostgresClient["Service"]): AccountStore["Service"] =>
  AccountStore.of({
    insertAccount: (input) =>
      input.commit.answers !== undefined || input.startSession !== undefined
        ? transact("AccountStore.insertAccount", (connection) => insertWithMore(connection, input))
        : attempt("AccountStore.insertAccount", (connection) => insertAccount(connection, input)),

    findAccount: (id) => read("AccountStore.findAccount", findingOne(selectById, id, accountTable.read)),

    findAccountByEmail: (key) =>
      Effect.map(
        read("AccountStore.findAccountByEmail", findingOne(selectByEmail, key, toAccountOfEmail)),
        Option.flatten
      ),

    findForAttempt: (key, request) =>
      run("AccountStore.findForAttempt", (connection) => findForAttempt(connection, key, request)),

    findAccountWithPassword: (id) =>
      run("AccountStore.findAccountWithPassword", findingOne(selectWithPassword, id, toAccountWithPassword)),

    updateAccount: (update) =>
      (needsTransaction(update) ? transact : attempt)(
        "AccountStore.updateAccount",
        (connection) => changeAccount(connection, update)
      ),

    deleteAccount: (input) => transact("AccountStore.deleteAccount", (connection) => deleteAccount(connection, input)),

    replacePasswordHash: (input) => run("AccountStore.replacePasswordHash", executing(replaceHash, input))
  })

const selectById = statement<AccountId>(($) => `SELECT ${accountColumns} FROM accounts a WHERE a.id = ${$(identity)}`)

const selectByEmail = statement<EmailKey>(($) => `${accountOfEmail($)}`)

const selectWithPassword = statement<AccountId>(($) => `
  SELECT ${accountColumns}, ${passwordColumns} FROM accounts a WHERE a.id = ${$(identity)}`)

const replaceHash = statement<PasswordHashReplacement>(($) => `
  UPDATE accounts SET password_hash = ${$(({ to }) => to)}
  WHERE id = ${$(({ accountId }) => accountId)} AND password_hash = ${$(({ from }) => from)}`)
