/**
 * Maps selected rows to the model.
 *
 * Tables read their records; schemas read the other selected columns. An unreadable row is a defect: see `columns.ts`.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { identity, Option, Result, Schema, SchemaIssue } from "effect"
import type { EmailKey } from "../../domain/model/Email.ts"
import { PasswordHash } from "../../domain/model/Password.ts"
import type { AccountOfEmail, AccountWithPassword } from "../../ports/AccountStore.ts"
import { SuccessesUsedUp } from "../../ports/GuessBudgets.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { impossible, selectedColumns } from "./columns.ts"
import type { Placeholders } from "./statement.ts"
import { accountTable, sessionTable } from "./tables.ts"

/** The columns that `accountTable` reads, selected from `accounts a`. */
export const accountColumns = selectedColumns(accountTable, "a")

/** The columns that `sessionTable` reads, selected from `sessions s`. */
export const sessionColumns = selectedColumns(sessionTable, "s")

/** An instant as a position in a list: milliseconds since 1970, with microseconds as the fraction. */
export const millisecondsOf = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`

/** The columns that `toAccountWithPassword` reads beside those, selected from `accounts a`. */
export const passwordColumns = `a.password_hash, a.password_changed_at, a.email_proven OR a.email_verified AS is_proven`

/** Reads rows of a table by a schema. `id` is the column that identifies an unreadable row. */
export const reader = <A, I>(table: string, id: string, schema: Schema.Codec<A, I>) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (row: Row | undefined): A => {
    const result = decode(row)
    if (Result.isSuccess(result)) return result.success
    const columns = locate(result.failure.issue).issues.map((issue) => (issue.path ?? []).join("."))
    throw impossible(table, row?.[id], columns.join(", "))
  }
}

const locate = SchemaIssue.makeFormatterStandardSchemaV1()

const readPassword = reader(
  "accounts",
  "account_id",
  Schema.Struct({
    password_hash: PasswordHash,
    password_changed_at: Schema.NullOr(Schema.DateTimeUtcFromDate),
    is_proven: Schema.Boolean
  })
)

export const toAccountWithPassword = (row: Row): AccountWithPassword => {
  const read = readPassword(row)
  return {
    account: accountTable.read(row),
    passwordHash: read.password_hash,
    passwordChangedAt: read.password_changed_at ?? undefined,
    isProven: read.is_proven
  }
}

/**
 * Selects the account with an email, for `toAccountOfEmail`. For an email that nobody has it reads a neighbour's
 * account, so that neither takes a different time (ASVS 6.3.8). There is no row only if there are no accounts at all.
 */
export const accountOfEmail = ($: Placeholders<EmailKey>): string => {
  const key = $(identity)
  return `
  SELECT ${accountColumns}, ${passwordColumns}, e.email_key = ${key} AS is_owner, EXISTS (
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
}

const readOwner = reader(
  "accounts",
  "account_id",
  Schema.Struct({ is_owner: Schema.Boolean, has_second_factor: Schema.Boolean })
)

/**
 * Nobody's if the row, selected with `is_owner`, is another email's. It is read all the same. Whether the account has a
 * second factor is selected as `has_second_factor`.
 */
export const toAccountOfEmail = (row: Row): Option.Option<AccountOfEmail> => {
  const found = toAccountWithPassword(row)
  const { has_second_factor: hasSecondFactor, is_owner: isOwner } = readOwner(row)
  return isOwner ? Option.some({ ...found, hasSecondFactor }) : Option.none()
}

/** The columns that `toSessionWithAccount` reads, in its order, selected from `sessions s` and `accounts a`. */
export const sessionWithAccountColumns = `${sessionColumns}, ${accountColumns}`

/** A session with its account, as every authenticated request reads them. The first value is the session's id. */
export const toSessionWithAccount = (values: ReadonlyArray<unknown>): SessionWithAccount => ({
  session: sessionTable.readValues(values, 0),
  account: accountTable.readValues(values, sessionTable.columns.length)
})

const readCount = reader("sessions", "account_id", Schema.Struct({ session_count: Schema.Int }))

/** A number of sessions, selected as `session_count`. */
export const toSessionCount = (row: Row | undefined): number => readCount(row).session_count

/** Whether an insertion happened, and whether its request still had its claim. */
export const toInsertion = reader(
  "sessions",
  "account_id",
  Schema.Struct({ inserted: Schema.Int, owned: Schema.Boolean, session_count: Schema.Int })
)

const readSpent = reader(
  "attempt_budgets",
  "spent_until",
  Schema.Struct({ spent_until: Schema.NullOr(Schema.DateTimeUtcFromDate) })
)

/** Whether a success was counted. The instant until which successes are used up is selected as `spent_until`. */
export const toSuccess = (row: Row | undefined): Result.Result<void, SuccessesUsedUp> => {
  const { spent_until: retryAt } = readSpent(row)
  return retryAt === null ? Result.void : Result.fail(new SuccessesUsedUp({ retryAt }))
}
