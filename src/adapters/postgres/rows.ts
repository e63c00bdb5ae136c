/**
 * Rows as statements select them, and what they are in the model.
 *
 * Columns carry the name of their table where a join would have two of a kind. Types and the values that decisions hang
 * on are checked; the rules that a text had to pass on its way in are not, because a later release with stricter ones
 * must still read what an earlier one stored. A row that breaks even this can't exist: it is a defect, which names the
 * place and never the value.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Data, Effect, Result, Schema, SchemaIssue } from "effect"
import { Account, AccountId, AccountStatus, DisplayName } from "../../domain/model/Account.ts"
import { Email, EmailKey } from "../../domain/model/Email.ts"
import { PasswordHash } from "../../domain/model/Password.ts"
import { Session, SessionId } from "../../domain/model/Session.ts"

export class ImpossibleRow extends Data.TaggedError("ImpossibleRow")<{ readonly message: string }> {}

/** What `toAccount` reads, selected from `accounts a`. */
export const accountColumns = `a.id AS account_id, a.email, a.email_verified, a.display_name, a.status, a.version,
  a.session_epoch, a.created_at AS account_created_at, a.updated_at AS account_updated_at`

const AccountRow = Schema.Struct({
  account_id: AccountId,
  email: Schema.String,
  email_verified: Schema.Boolean,
  display_name: Schema.String,
  status: AccountStatus,
  version: Schema.Int,
  session_epoch: Schema.Int,
  account_created_at: Schema.DateTimeUtcFromDate,
  account_updated_at: Schema.DateTimeUtcFromDate
})

/** What `toSession` reads, selected from `sessions s`. */
export const sessionColumns = `s.id AS session_id, s.account_id, s.epoch, s.created_at AS session_created_at,
  s.last_used_at, s.authenticated_at, s.expires_at, s.user_agent, s.ip_address`

const SessionRow = Schema.Struct({
  session_id: SessionId,
  account_id: AccountId,
  epoch: Schema.Int,
  session_created_at: Schema.DateTimeUtcFromDate,
  last_used_at: Schema.DateTimeUtcFromDate,
  authenticated_at: Schema.DateTimeUtcFromDate,
  expires_at: Schema.DateTimeUtcFromDate,
  user_agent: Schema.NullOr(Schema.String),
  ip_address: Schema.NullOr(Schema.String)
})

/** The hash beside the account, selected as `a.password_hash`. */
const PasswordHashRow = Schema.Struct({ account_id: AccountId, password_hash: PasswordHash })

/** The claim an account held before an update, selected as `previous_email_key`. */
const PreviousEmailRow = Schema.Struct({ account_id: AccountId, previous_email_key: EmailKey })

/** A number of sessions, selected as `session_count`. */
const CountRow = Schema.Struct({ session_count: Schema.Int })

const AccountSessionsRow = Schema.Struct({ account_id: AccountId, session_count: Schema.Int })

/** Whether an insertion happened, and whether the request it belongs to was still its own. */
const InsertionRow = Schema.Struct({ inserted: Schema.Int, owned: Schema.Boolean, session_count: Schema.Int })

const PrunedRow = Schema.Struct({ sessions: Schema.Int, epochs: Schema.Int })

export const toAccount = (row: Row): Effect.Effect<Account> =>
  Effect.map(readAccount(row), (read) =>
    Account.make({
      id: read.account_id,
      email: Email.make(read.email, trusted),
      emailVerified: read.email_verified,
      displayName: DisplayName.make(read.display_name, trusted),
      status: read.status,
      version: read.version,
      sessionEpoch: read.session_epoch,
      createdAt: read.account_created_at,
      updatedAt: read.account_updated_at
    }, trusted))

export const toPasswordHash = (row: Row): Effect.Effect<PasswordHash> =>
  Effect.map(readPasswordHash(row), (read) => read.password_hash)

export const toPreviousEmailKey = (row: Row): Effect.Effect<EmailKey> =>
  Effect.map(readPreviousEmail(row), (read) => read.previous_email_key)

export const toSession = (row: Row): Effect.Effect<Session> =>
  Effect.map(readSession(row), (read) =>
    Session.make({
      id: read.session_id,
      accountId: read.account_id,
      epoch: read.epoch,
      createdAt: read.session_created_at,
      lastUsedAt: read.last_used_at,
      authenticatedAt: read.authenticated_at,
      expiresAt: read.expires_at,
      userAgent: read.user_agent ?? undefined,
      ipAddress: read.ip_address ?? undefined
    }, trusted))

export const toSessionCount = (row: Row | undefined): Effect.Effect<number> =>
  Effect.map(readCount(row), (read) => read.session_count)

export const toAccountSessions = (row: Row): Effect.Effect<{ readonly accountId: AccountId; readonly count: number }> =>
  Effect.map(readAccountSessions(row), (read) => ({ accountId: read.account_id, count: read.session_count }))

export const toInsertion = (row: Row | undefined): Effect.Effect<typeof InsertionRow.Type> => readInsertion(row)

/** How many sessions, and how many queue entries, a batch of pruning removed. */
export const toPruned = (row: Row | undefined): Effect.Effect<typeof PrunedRow.Type> => readPruned(row)

const trusted = { disableChecks: true }

/** Reads rows of a table by a schema; `id` is the column that names a row which can't be read. */
export const reader = <A, I>(table: string, id: string, schema: Schema.Codec<A, I>) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (row: Row | undefined): Effect.Effect<A> => {
    const result = decode(row)
    if (Result.isSuccess(result)) return Effect.succeed(result.success)
    const columns = locate(result.failure.issue).issues.map((issue) => (issue.path ?? []).join("."))
    return Effect.die(
      new ImpossibleRow({
        message: `Table ${table} holds an impossible row: ${row?.[id]}, column ${columns.join(", ")}`
      })
    )
  }
}

const locate = SchemaIssue.makeFormatterStandardSchemaV1()

const readAccount = reader("accounts", "account_id", AccountRow)
const readPasswordHash = reader("accounts", "account_id", PasswordHashRow)
const readPreviousEmail = reader("accounts", "account_id", PreviousEmailRow)
const readSession = reader("sessions", "session_id", SessionRow)
const readPruned = reader("ended_epochs", "account_id", PrunedRow)
const readCount = reader("sessions", "account_id", CountRow)
const readAccountSessions = reader("sessions", "account_id", AccountSessionsRow)
const readInsertion = reader("sessions", "account_id", InsertionRow)
