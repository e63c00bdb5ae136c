/**
 * Maps selected rows to the model.
 *
 * Tables read their records; schemas read the other selected columns. An unreadable row is a defect: see `columns.ts`.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Effect, Option, Result, Schema, SchemaIssue } from "effect"
import type { Account } from "../../domain/model/Account.ts"
import { AccountId } from "../../domain/model/Account.ts"
import { EmailKey } from "../../domain/model/Email.ts"
import { PasswordHash } from "../../domain/model/Password.ts"
import type { Session } from "../../domain/model/Session.ts"
import type { AccountOfEmail, AccountWithPassword } from "../../ports/AccountStore.ts"
import { SuccessesUsedUp } from "../../ports/GuessBudgets.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { impossible, selectedColumns } from "./columns.ts"
import { accountTable, sessionTable } from "./tables.ts"

/** The columns that `toAccount` reads, selected from `accounts a`. */
export const accountColumns = selectedColumns(accountTable, "a")

/** The columns that `toSession` reads, selected from `sessions s`. */
export const sessionColumns = selectedColumns(sessionTable, "s")

/** An instant as a position in a list: milliseconds since 1970, with microseconds as the fraction. */
export const millisecondsOf = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`

/** The columns that `toAccountWithPassword` reads beside those, selected from `accounts a`. */
export const passwordColumns = `a.password_hash, a.password_changed_at, a.email_proven OR a.email_verified AS is_proven`

const PasswordRow = Schema.Struct({
  account_id: AccountId,
  password_hash: PasswordHash,
  password_changed_at: Schema.NullOr(Schema.DateTimeUtcFromDate),
  is_proven: Schema.Boolean
})

/** The claim an account held before an update, selected as `previous_email_key`. */
const PreviousEmailRow = Schema.Struct({ account_id: AccountId, previous_email_key: EmailKey })

/** A number of sessions, selected as `session_count`. */
const CountRow = Schema.Struct({ session_count: Schema.Int })

/** Whether an insertion happened, and whether its request still had its claim. */
const InsertionRow = Schema.Struct({ inserted: Schema.Int, owned: Schema.Boolean, session_count: Schema.Int })

/** The instant until which successes are used up, selected as `spent_until`; NULL if they aren't. */
const SpentRow = Schema.Struct({ spent_until: Schema.NullOr(Schema.DateTimeUtcFromDate) })

/**
 * Whether the email that was asked for is the account's, selected as `is_owner`, and whether the account has a second
 * factor, selected as `has_second_factor`.
 */
const OwnerRow = Schema.Struct({ account_id: AccountId, is_owner: Schema.Boolean, has_second_factor: Schema.Boolean })

/** How many sessions a step of pruning deleted, and how many rows it read for that. */
const PrunedRow = Schema.Struct({ sessions: Schema.Int, seen: Schema.Int })

export const toAccount = (row: Row): Effect.Effect<Account> => Effect.sync(() => accountTable.read(row))

export const toAccountWithPassword = (row: Row): Effect.Effect<AccountWithPassword> =>
  Effect.map(readPassword(row), (read) => ({
    account: accountTable.read(row),
    passwordHash: read.password_hash,
    passwordChangedAt: read.password_changed_at ?? undefined,
    isProven: read.is_proven
  }))

/** Nobody's if the row, selected with `is_owner`, is another email's. It is read all the same. */
export const toAccountOfEmail = (row: Row): Effect.Effect<Option.Option<AccountOfEmail>> =>
  Effect.zipWith(
    toAccountWithPassword(row),
    readOwner(row),
    (found, read) => read.is_owner ? Option.some({ ...found, hasSecondFactor: read.has_second_factor }) : Option.none()
  )

export const toPreviousEmailKey = (row: Row): Effect.Effect<EmailKey> =>
  Effect.map(readPreviousEmail(row), (read) => read.previous_email_key)

export const toSession = (row: Row): Effect.Effect<Session> => Effect.sync(() => sessionTable.read(row))

/** The columns that `toSessionWithAccount` reads, in its order, selected from `sessions s` and `accounts a`. */
export const sessionWithAccountColumns = `${sessionColumns}, ${accountColumns}`

/** A session with its account, as every authenticated request reads them. The first value is the session's id. */
export const toSessionWithAccount = (values: ReadonlyArray<unknown>): SessionWithAccount => ({
  session: sessionTable.readValues(values, 0),
  account: accountTable.readValues(values, sessionTable.columns.length)
})

export const toSessionCount = (row: Row | undefined): Effect.Effect<number> =>
  Effect.map(readCount(row), (read) => read.session_count)

export const toInsertion = (row: Row | undefined): Effect.Effect<typeof InsertionRow.Type> => readInsertion(row)

/** Whether a success was counted. */
export const toSuccess = (row: Row | undefined): Effect.Effect<Result.Result<void, SuccessesUsedUp>> =>
  Effect.map(
    readSpent(row),
    ({ spent_until }) => spent_until === null ? Result.void : Result.fail(new SuccessesUsedUp({ retryAt: spent_until }))
  )

/** How many sessions a batch of pruning deleted, and how many rows it read or queue entries it deleted. */
export const toPruned = (row: Row | undefined): Effect.Effect<typeof PrunedRow.Type> => readPruned(row)

/** Reads rows of a table by a schema. `id` is the column that identifies an unreadable row. */
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
const readOwner = reader("accounts", "account_id", OwnerRow)
const readPreviousEmail = reader("accounts", "account_id", PreviousEmailRow)
const readPruned = reader("ended_epochs", "account_id", PrunedRow)
const readCount = reader("sessions", "account_id", CountRow)
const readSpent = reader("attempt_budgets", "spent_until", SpentRow)
const readInsertion = reader("sessions", "account_id", InsertionRow)
