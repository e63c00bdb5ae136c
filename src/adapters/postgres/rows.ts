/**
 * Rows as statements select them, and what they are in the model.
 *
 * Columns carry the name of their table where a join would have two of a kind. Types and the values that decisions hang
 * on are checked; the rules that a text had to pass on its way in are not, because a later release with stricter ones
 * must still read what an earlier one stored. A row that breaks even this can't exist: it is a defect, which names the
 * place and never the value.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Brand, Data, DateTime, Effect, Predicate, Result, Schema, SchemaIssue } from "effect"
import type { DisplayName } from "../../domain/model/Account.ts"
import { Account, AccountId, AccountStatus } from "../../domain/model/Account.ts"
import type { Email } from "../../domain/model/Email.ts"
import { EmailKey } from "../../domain/model/Email.ts"
import { PasswordHash } from "../../domain/model/Password.ts"
import type { SessionId } from "../../domain/model/Session.ts"
import { Session } from "../../domain/model/Session.ts"
import { SuccessesUsedUp } from "../../ports/AttemptThrottle.ts"
import type { AccountWithPassword, SessionWithAccount } from "../../ports/IdentityStore.ts"

class ImpossibleRow extends Data.TaggedError("ImpossibleRow")<{ readonly message: string }> {}

/** What `toAccount` reads, selected from `accounts a`. */
export const accountColumns = `a.id AS account_id, a.email, a.email_verified, a.display_name, a.status, a.version,
  a.session_epoch, a.created_at AS account_created_at, a.updated_at AS account_updated_at`

/** What `toSession` reads, selected from `sessions s`. */
export const sessionColumns = `s.id AS session_id, s.account_id, s.epoch, s.created_at AS session_created_at,
  s.last_used_at, s.authenticated_at, s.expires_at, s.user_agent, s.ip_address`

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

const AccountSessionsRow = Schema.Struct({ account_id: AccountId, session_count: Schema.Int })

/** Whether an insertion happened, and whether the request it belongs to was still its own. */
const InsertionRow = Schema.Struct({ inserted: Schema.Int, owned: Schema.Boolean, session_count: Schema.Int })

/** Until when successes are used up, selected as `spent_until`; NULL while they aren't. */
const SpentRow = Schema.Struct({ spent_until: Schema.NullOr(Schema.DateTimeUtcFromDate) })

/** What a step of pruning removed, and at how many rows it looked to find that. */
const PrunedRow = Schema.Struct({ sessions: Schema.Int, seen: Schema.Int })

export const toAccount = (row: Row): Effect.Effect<Account> => Effect.sync(() => accountOf(row))

export const toAccountWithPassword = (row: Row): Effect.Effect<AccountWithPassword> =>
  Effect.map(readPassword(row), (read) => ({
    account: accountOf(row),
    passwordHash: read.password_hash,
    passwordChangedAt: read.password_changed_at ?? undefined
  }))

export const toPreviousEmailKey = (row: Row): Effect.Effect<EmailKey> =>
  Effect.map(readPreviousEmail(row), (read) => read.previous_email_key)

export const toSession = (row: Row): Effect.Effect<Session> => Effect.sync(() => sessionOf(row))

/** A session beside its account, as every authenticated request reads them. */
export const toSessionWithAccount = (row: Row): SessionWithAccount => ({
  session: sessionOf(row),
  account: accountOf(row)
})

export const toSessionCount = (row: Row | undefined): Effect.Effect<number> =>
  Effect.map(readCount(row), (read) => read.session_count)

export const toAccountSessions = (row: Row): Effect.Effect<{ readonly accountId: AccountId; readonly count: number }> =>
  Effect.map(readAccountSessions(row), (read) => ({ accountId: read.account_id, count: read.session_count }))

export const toInsertion = (row: Row | undefined): Effect.Effect<typeof InsertionRow.Type> => readInsertion(row)

/** That a success was counted, or that it could not be. */
export const toSuccess = (row: Row | undefined): Effect.Effect<Result.Result<void, SuccessesUsedUp>> =>
  Effect.map(
    readSpent(row),
    ({ spent_until }) => spent_until === null ? Result.void : Result.fail(new SuccessesUsedUp({ retryAt: spent_until }))
  )

/** How many sessions, and how many queue entries, a batch of pruning removed. */
export const toPruned = (row: Row | undefined): Effect.Effect<typeof PrunedRow.Type> => readPruned(row)

const accountId = Brand.nominal<AccountId>()
const sessionId = Brand.nominal<SessionId>()
const email = Brand.nominal<Email>()
const displayName = Brand.nominal<DisplayName>()

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

const impossible = (table: string, id: unknown, columns: string) =>
  new ImpossibleRow({ message: `Table ${table} holds an impossible row: ${id}, column ${columns}` })

const locate = SchemaIssue.makeFormatterStandardSchemaV1()

/**
 * Reads single columns, and throws at what a column can't hold. A schema of the whole row would take three times as long,
 * on the path of every authenticated request.
 */
const columns = (table: string, id: string) => {
  const column = <A>(is: (value: unknown) => value is A) => (row: Row, name: string): A => {
    const value = row[name]
    if (is(value)) return value
    throw impossible(table, row[id], name)
  }
  const date = column(isInstant)
  return {
    text: column(Predicate.isString),
    textOrNull: column(isTextOrNull),
    flag: column(Predicate.isBoolean),
    integer: column(isInteger),
    status: column(Schema.is(AccountStatus)),
    /** The instant of another column again, if it is the same: making one is the dearest part of reading a row. */
    instant: (row: Row, name: string, other?: DateTime.Utc): DateTime.Utc => {
      const millis = date(row, name).getTime()
      return other !== undefined && other.epochMilliseconds === millis ? other : DateTime.makeUnsafe(millis)
    }
  }
}

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === "string"

/** Postgres also has an instant after all others and one before, which no clock shows. */
const isInstant = (value: unknown): value is Date => Predicate.isDate(value) && !Number.isNaN(value.getTime())

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value)

const accounts = columns("accounts", "account_id")

/**
 * An entity of fields that were checked when they were stored. Its own constructor would look at them again even when it is
 * told not to, which takes six times as long.
 */
const entity = <A extends object>(Class: { readonly prototype: A }, fields: Fields<A>): A =>
  Object.assign(Object.create(Class.prototype), fields)

type Fields<A> = { readonly [K in keyof A as A[K] extends Function ? never : K]: A[K] }

const accountOf = (row: Row): Account => {
  const createdAt = accounts.instant(row, "account_created_at")
  return entity(Account, {
    id: accountId(accounts.text(row, "account_id")),
    email: email(accounts.text(row, "email")),
    emailVerified: accounts.flag(row, "email_verified"),
    displayName: displayName(accounts.text(row, "display_name")),
    status: accounts.status(row, "status"),
    version: accounts.integer(row, "version"),
    sessionEpoch: accounts.integer(row, "session_epoch"),
    createdAt,
    updatedAt: accounts.instant(row, "account_updated_at", createdAt)
  })
}

const sessions = columns("sessions", "session_id")

const sessionOf = (row: Row): Session => {
  const createdAt = sessions.instant(row, "session_created_at")
  return entity(Session, {
    id: sessionId(sessions.text(row, "session_id")),
    accountId: accountId(sessions.text(row, "account_id")),
    epoch: sessions.integer(row, "epoch"),
    createdAt,
    lastUsedAt: sessions.instant(row, "last_used_at", createdAt),
    authenticatedAt: sessions.instant(row, "authenticated_at", createdAt),
    expiresAt: sessions.instant(row, "expires_at"),
    userAgent: sessions.textOrNull(row, "user_agent") ?? undefined,
    ipAddress: sessions.textOrNull(row, "ip_address") ?? undefined
  })
}

const readPassword = reader("accounts", "account_id", PasswordRow)
const readPreviousEmail = reader("accounts", "account_id", PreviousEmailRow)
const readPruned = reader("ended_epochs", "account_id", PrunedRow)
const readCount = reader("sessions", "account_id", CountRow)
const readAccountSessions = reader("sessions", "account_id", AccountSessionsRow)
const readSpent = reader("attempt_budgets", "spent_until", SpentRow)
const readInsertion = reader("sessions", "account_id", InsertionRow)
