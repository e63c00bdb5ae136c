/**
 * Lists accounts by creation, or by email key if there is a prefix.
 *
 * A list by creation reads a range of one index. What no index has together is picked from a bounded number of rows. A
 * list by email key may skip many rows, so each part reads a bounded number of keys, too.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, Option, Schema } from "effect"
import { AccountId } from "../../../domain/model/Account.ts"
import { EmailKey } from "../../../domain/model/Email.ts"
import type { AccountQuery } from "../../../ports/Directory.ts"
import { Conditions, ROWS_READ_MAX } from "../Conditions.ts"
import type { Connection } from "../connection/Connection.ts"
import { accountColumns, millisecondsOf, reader } from "../rows.ts"
import type { Placeholders } from "../statement.ts"
import { accountTable } from "../tables.ts"

export const listAccounts = (connection: Connection, query: AccountQuery) =>
  Option.match(query.emailPrefix, {
    onNone: () => listByCreation(connection, query),
    onSome: (prefix) => listByEmail(connection, query, prefix)
  })

// The order, and one comparison of a whole position at each end, leave the planner only the right index.
const listByCreation = Effect.fnUntraced(function*(connection: Connection, query: AccountQuery) {
  const conditions = new Conditions()
  const { value } = conditions
  const { after, createdSince } = query
  // An index has either before creation. With both, accounts of that status are looked through.
  const lead = Option.isSome(query.status) ? "a.status" : "a.email_verified"
  const leading: Option.Option<string | boolean> = Option.isSome(query.status) ? query.status : query.verified
  const wanted = Option.getOrUndefined(leading)
  // An account to which nobody has signed in since an instant was created before it.
  const createdBefore = Option.orElse(query.createdBefore, () => query.lastSignInBefore)
  conditions
    .where(after, ({ createdAt, id }) =>
      wanted === undefined
        ? `(a.created_at, a.id) > (to_timestamp(${value(createdAt)}::float8 / 1000), ${value(id)})`
        : `(${lead}, a.created_at, a.id) >
            (${value(wanted)}, to_timestamp(${value(createdAt)}::float8 / 1000), ${value(id)})`)
    .where(Option.isSome(after) ? Option.none() : createdSince, (since) =>
      wanted === undefined
        ? `a.created_at >= ${value(DateTime.toDateUtc(since))}`
        : `(${lead}, a.created_at) >= (${value(wanted)}, ${value(DateTime.toDateUtc(since))})`)
    .where(createdBefore, (before) =>
      wanted === undefined
        ? `a.created_at < ${value(DateTime.toDateUtc(before))}`
        : `(${lead}, a.created_at) < (${value(wanted)}, ${value(DateTime.toDateUtc(before))})`)
    .where(
      Option.isSome(after) || Option.isSome(createdSince) ? Option.none() : leading,
      (first) => `${lead} >= ${value(first)}`
    )
    .where(Option.isSome(createdBefore) ? Option.none() : leading, (last) => `${lead} <= ${value(last)}`)
  const order = wanted === undefined ? "a.created_at, a.id" : `${lead}, a.created_at, a.id`
  const filter = new Conditions(conditions.parameters)
  filter
    .where(
      Option.isSome(query.status) ? query.verified : Option.none(),
      (wanted) => `a.email_verified = ${value(wanted)}`
    )
    .where(query.lastSignInBefore, (since) => isAway(filter.of(since)))
  const limit = value(query.limit + 1)
  if (filter.clause === "") {
    const { rows } = yield* connection.query(
      `SELECT ${accountColumns}, a.email_key, ${millisecondsOf("a.created_at")} AS position_ms
      FROM accounts a ${conditions.clause} ORDER BY ${order} LIMIT ${limit}`,
      conditions.parameters
    )
    return toPart(rows, query)
  }
  const { rows } = yield* connection.query(
    `WITH scanned AS (
      SELECT id, status, created_at, email_verified, row_number() OVER (ORDER BY ${order}) AS place
      FROM accounts a ${conditions.clause} ORDER BY ${order} LIMIT ${SCANNED}
    ), found AS (
      SELECT id, place FROM scanned a ${filter.clause} ORDER BY place LIMIT ${limit}
    ), last AS (
      SELECT id, place AS rows_read FROM scanned ORDER BY place DESC LIMIT 1
    )
    SELECT last.rows_read::int, l.email_key AS last_key, l.id AS last_id,
      ${millisecondsOf("l.created_at")} AS last_ms, ${accountColumns}, a.email_key,
      ${millisecondsOf("a.created_at")} AS position_ms
    FROM last JOIN accounts l ON l.id = last.id LEFT JOIN found ON true LEFT JOIN accounts a ON a.id = found.id
    ORDER BY found.place`,
    conditions.parameters
  )
  return toScannedPart(rows, query, SCANNED)
})

/** How many accounts a part reads where no index has the wanted ones together. */
const SCANNED = 5000

/** Nobody has signed in since an instant, although they could have. */
const isAway = ($: Placeholders<DateTime.Utc>): string =>
  `a.created_at < ${$(DateTime.toDateUtc)} AND NOT EXISTS (
    SELECT FROM audit_log l
    WHERE l.account_id = a.id AND l.id >= ${$(earliestEntry)} AND l.action = 'session.started'
      AND l.occurred_at >= ${$(DateTime.toDateUtc)}
  )`

const DAY_MS = 24 * 60 * 60 * 1000

/** An id before those of all entries since an instant. Ids sort by time, each by the clock of its node. */
const earliestEntry = (since: DateTime.Utc): string => {
  const millis = BigInt(Math.max(0, DateTime.toEpochMillis(since) - DAY_MS))
  return `aud_${(millis << 80n).toString(36).padStart(25, "0")}`
}

const listByEmail = Effect.fnUntraced(function*(connection: Connection, query: AccountQuery, prefix: string) {
  const range = new Conditions()
  const { value } = range
  range
    .where(query.after, ({ emailKey }) => `email_key > ${value(emailKey)}`)
    .and(`email_key >= ${value(prefix)} AND email_key < ${value(firstAfterPrefix(prefix))}`)
  const filter = new Conditions(range.parameters)
  filter
    .where(query.status, (status) => `a.status = ${value(status)}`)
    .where(query.createdSince, (since) => `a.created_at >= ${value(DateTime.toDateUtc(since))}`)
    .where(query.createdBefore, (before) => `a.created_at < ${value(DateTime.toDateUtc(before))}`)
    .where(query.verified, (wanted) => `a.email_verified = ${value(wanted)}`)
    .where(query.lastSignInBefore, (since) => isAway(filter.of(since)))
  const { rows } = yield* connection.query(
    `WITH scanned AS (
      SELECT email_key, account_id FROM account_emails ${range.clause} ORDER BY email_key LIMIT ${ROWS_READ_MAX}
    ), found AS (
      SELECT a.*, ${millisecondsOf("a.created_at")} AS position_ms
      FROM scanned s JOIN accounts a ON a.id = s.account_id ${filter.clause}
      ORDER BY s.email_key LIMIT ${value(query.limit + 1)}
    ), last AS (
      SELECT email_key AS last_key, account_id AS last_id FROM scanned ORDER BY email_key DESC LIMIT 1
    )
    SELECT (SELECT count(*) FROM scanned)::int AS rows_read, last_key, last_id, 0::float8 AS last_ms, ${accountColumns},
      a.email_key, a.position_ms
    FROM last LEFT JOIN found a ON true
    ORDER BY a.email_key`,
    range.parameters
  )
  return toScannedPart(rows, query, ROWS_READ_MAX)
})

/** What was found among the rows that were read. The next part begins after the last of them. */
const toScannedPart = (rows: ReadonlyArray<Row>, query: AccountQuery, readMax: number) => {
  const first = rows[0]
  if (first === undefined) return { items: [], next: Option.none() }
  const { last_id, last_key, last_ms, rows_read } = readScan(first)
  const part = toPart(rows.filter((row) => row["account_id"] !== null), query)
  if (Option.isSome(part.next) || rows_read < readMax) return part
  return { items: part.items, next: Option.some({ createdAt: last_ms, id: last_id, emailKey: last_key }) }
}

const toPart = (rows: ReadonlyArray<Row>, { limit }: AccountQuery) => {
  const items = rows.slice(0, limit).map(accountTable.read)
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return { items, next: last === undefined ? Option.none() : Option.some(toPosition(last)) }
}

const toPosition = (row: Row) => {
  const { account_id, email_key, position_ms } = readPosition(row)
  return { createdAt: position_ms, id: account_id, emailKey: email_key }
}

const readPosition = reader(
  "accounts",
  "account_id",
  Schema.Struct({ account_id: AccountId, email_key: EmailKey, position_ms: Schema.Finite })
)

const readScan = reader(
  "account_emails",
  "last_key",
  Schema.Struct({ rows_read: Schema.Int, last_key: EmailKey, last_id: AccountId, last_ms: Schema.Finite })
)

/**
 * The smallest text that sorts after every text with this prefix. A range, unlike a pattern, is always an index scan.
 */
const firstAfterPrefix = (prefix: string): string => {
  const codePoints = Array.from(prefix, (character) => character.codePointAt(0) ?? 0)
  const last = codePoints.findLastIndex((codePoint) => codePoint < 0x10_ffff)
  const next = (codePoints[last] ?? 0x10_fffe) + 1
  // Surrogates aren't characters, so nothing sorts between U+D7FF and U+E000.
  return String.fromCodePoint(...codePoints.slice(0, Math.max(last, 0)), next === 0xd800 ? 0xe000 : next)
}
