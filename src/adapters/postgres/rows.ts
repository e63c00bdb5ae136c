/**
 * Rows as statements select them, and what they are in the model.
 *
 * Records are read by their table; what is selected beside them, by a schema. A row that can't be read can't exist: see
 * `columns.ts`.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Effect, Result, Schema, SchemaIssue } from "effect"
import type { Account } from "../../domain/model/Account.ts"
import { AccountId } from "../../domain/model/Account.ts"
import { EmailKey } from "../../domain/model/Email.ts"
import { PasswordHash } from "../../domain/model/Password.ts"
import type { Session } from "../../domain/model/Session.ts"
import type { AccountWithPassword } from "../../ports/AccountStore.ts"
import { SuccessesUsedUp } from "../../ports/GuessBudgets.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { impossible, selectedColumns } from "./columns.ts"
import { accountTable, sessionTable } from "./tables.ts"

/** What `toAccount` reads, selected from `accounts a`. */
export const accountColumns = selectedColumns(accountTable, "a")

/** What `toSession` reads, selected from `sessions s`. */
export const sessionColumns = selectedColumns(sessionTable, "s")

/** An instant as a position of a list: milliseconds since 1970, microseconds included. */
export const millisecondsOf = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`

/** What is selected beside the account as `a.password_hash` and `a.password_changed_at`. */
const PasswordRow = Schema.Struct({
  account_id: AccountId,
  password_hash: PasswordHash,
  password_changed_at: Schema.NullOr(Schema.DateTimeUtcFromDate)
})

/** The claim an account held before an update, selected as `previous_email_key`. */
const PreviousEmailRow = Schema.Struct({ account_id: AccountId, previous_email_key: EmailKey })

/** A number of sessions, selected as `session_count`. */
const CountRow = Schema.Struct({ session_count: Schema.Int })

/** Whether an insertion happened, and whether the request it belongs to was still its own. */
const InsertionRow = Schema.Struct({ inserted: Schema.Int, owned: Schema.Boolean, session_count: Schema.Int })

/** Until when successes are used up, selected as `spent_until`; NULL while they aren't. */
const SpentRow = Schema.Struct({ spent_until: Schema.NullOr(Schema.DateTimeUtcFromDate) })

/** What a step of pruning removed, and at how many rows it looked to find that. */
const PrunedRow = Schema.Struct({ sessions: Schema.Int, seen: Schema.Int })

export const toAccount = (row: Row): Effect.Effect<Account> => Effect.sync(() => accountTable.read(row))

export const toAccountWithPassword = (row: Row): Effect.Effect<AccountWithPassword> =>
  Effect.map(readPassword(row), (read) => ({
    account: accountTable.read(row),
    passwordHash: read.password_hash,
    passwordChangedAt: read.password_changed_at ?? undefined
  }))

export const toPreviousEmailKey = (row: Row): Effect.Effect<EmailKey> =>
  Effect.map(readPreviousEmail(row), (read) => read.previous_email_key)

export const toSession = (row: Row): Effect.Effect<Session> => Effect.sync(() => sessionTable.read(row))

/** A session beside its account, as every authenticated request reads them. */
export const toSessionWithAccount = (row: Row): SessionWithAccount => ({
  session: sessionTable.read(row),
  account: accountTable.read(row)
})

export const toSessionCount = (row: Row | undefined): Effect.Effect<number> =>
  Effect.map(readCount(row), (read) => read.session_count)

export const toInsertion = (row: Row | undefined): Effect.Effect<typeof InsertionRow.Type> => readInsertion(row)

/** That a success was counted, or that it could not be. */
export const toSuccess = (row: Row | undefined): Effect.Effect<Result.Result<void, SuccessesUsedUp>> =>
  Effect.map(
    readSpent(row),
    ({ spent_until }) => spent_until === null ? Result.void : Result.fail(new SuccessesUsedUp({ retryAt: spent_until }))
  )

/** How many sessions, and how many queue entries, a batch of pruning removed. */
export const toPruned = (row: Row | undefined): Effect.Effect<typeof PrunedRow.Type> => readPruned(row)

/** Reads rows of a table by a schema; `id` is the column that names a row which can't be read. */
export const reader = <A, I>(table: string, id: string, schema: Schema.Codec<A, I>) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (row: Row | undefined): Effect.Effect<A> => {
    const result = decode(row)
    if (Result.isSuccess(result)) return Effect.succeed(result.success)
    const columns = locate(result.failure.issue).issues.map((issue) => (issue.path ?? []).join("."))
    return Effect.die(impossible(table, row?.[id], columns.join(", ")))
  }
}

const locate = SchemaIssue.makeFormatterStandardSchemaV1()

const readPassword = reader("accounts", "account_id", PasswordRow)
const readPreviousEmail = reader("accounts", "account_id", PreviousEmailRow)
const readPruned = reader("ended_epochs", "account_id", PrunedRow)
const readCount = reader("sessions", "account_id", CountRow)
const readSpent = reader("attempt_budgets", "spent_until", SpentRow)
const readInsertion = reader("sessions", "account_id", InsertionRow)
