/**
 * Lists mails, newest first, and measures how many wait. Ids sort by time.
 */
import { DateTime, Effect, Option, Schema } from "effect"
import { MailId } from "../../../domain/model/Mail.ts"
import type { MailQuery } from "../../../ports/Directory.ts"
import { selectedColumns } from "../columns.ts"
import { Conditions, ROWS_READ_MAX } from "../Conditions.ts"
import type { Connection } from "../connection/Connection.ts"
import { reader } from "../rows.ts"
import { readingOne, statement } from "../statement.ts"
import { mailTable } from "../tables.ts"

/**
 * Reads backwards in the index that has the wanted mails together, up to a bounded number of rows. Nearly all mails
 * have been sent, so the primary key has those together.
 */
export const listMails = Effect.fnUntraced(function*(connection: Connection, query: MailQuery) {
  const range = new Conditions()
  const { value } = range
  const status = Option.filter(query.status, (wanted) => wanted !== "sent")
  range
    .where(query.accountId, (id) => `account_id = ${value(id)}`)
    .where(
      Option.isSome(query.accountId) ? Option.none() : status,
      (wanted) => `status <> 'sent' AND status = ${value(wanted)}`
    )
    .where(query.after, (id) => `id < ${value(id)}`)
  const filter = new Conditions(range.parameters)
  filter.where(query.status, (wanted) => `m.status = ${value(wanted)}`)
  const { rows } = yield* connection.query(
    `WITH scanned AS (
      SELECT * FROM mails ${range.clause} ORDER BY id DESC LIMIT ${ROWS_READ_MAX}
    ), found AS (
      SELECT ${selectedColumns(mailTable, "m")} FROM scanned m ${filter.clause}
      ORDER BY m.id DESC LIMIT ${value(query.limit + 1)}
    ), scan AS (
      SELECT count(*)::int AS rows_read, min(id) AS last_read FROM scanned
    )
    SELECT scan.*, found.* FROM scan LEFT JOIN found ON true ORDER BY found.id DESC`,
    range.parameters
  )
  const { last_read, rows_read } = readScan(rows[0])
  const found = rows.filter((row) => row["id"] !== null).map(mailTable.read)
  const items = found.slice(0, query.limit)
  if (found.length > query.limit) return { items, next: Option.fromUndefinedOr(items.at(-1)?.id) }
  return { items, next: rows_read < ROWS_READ_MAX ? Option.none() : Option.fromNullOr(last_read) }
})

const readScan = reader(
  "mails",
  "last_read",
  Schema.Struct({ rows_read: Schema.Int, last_read: Schema.NullOr(MailId) })
)

/** The most waiting mails that are counted. */
const WAITING_COUNTED_MAX = 10_000

export const measureBacklog = (now: DateTime.Utc) => readingOne(selectBacklog, now, readBacklog)

const selectBacklog = statement<DateTime.Utc>(($) => `
  SELECT count(*)::int AS waiting, min(queued_at) AS oldest FROM (
    SELECT queued_at FROM mails WHERE status = 'waiting' AND give_up_at > ${$(DateTime.toDateUtc)}
    ORDER BY id LIMIT ${WAITING_COUNTED_MAX}
  ) waiting`)

const readBacklog = reader(
  "mails",
  "oldest",
  Schema.Struct({ waiting: Schema.Int, oldest: Schema.OptionFromNullOr(Schema.DateTimeUtcFromDate) })
)
