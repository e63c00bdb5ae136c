/**
 * Finds sessions by a filter that no index supports: each statement reads a bounded number of rows and returns its
 * position.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Brand, DateTime, Effect, Option, Schema } from "effect"
import { AccountId } from "../../../domain/model/Account.ts"
import { SessionId } from "../../../domain/model/Session.ts"
import type { FoundSessions, SessionPlace, SessionSearch } from "../../../ports/Directory.ts"
import { Conditions, ROWS_READ_MAX } from "../Conditions.ts"
import type { Connection } from "../connection/Connection.ts"
import { millisecondsOf, reader } from "../rows.ts"
import type { Placeholders } from "../statement.ts"

export const findSessions = Effect.fnUntraced(function*(connection: Connection, search: SessionSearch) {
  const range = new Conditions()
  const { value } = range
  range
    .where(search.accountId, (accountId) => `s.account_id = ${value(accountId)}`)
    .where(search.after, ({ accountId, createdAt, epoch, id }) =>
      `(s.account_id, s.epoch, s.created_at, s.id) >
        (${value(accountId)}, ${value(epoch)}, to_timestamp(${value(createdAt)}::float8 / 1000), ${value(id)})`)
  const { rows } = yield* connection.query(
    `WITH scanned AS (
      SELECT * FROM sessions s ${range.clause} ORDER BY s.account_id, s.epoch, s.created_at, s.id LIMIT ${ROWS_READ_MAX}
    ), matched AS (
      SELECT s.account_id, string_agg(s.id, ',' ORDER BY s.created_at, s.id) AS session_ids FROM scanned s, accounts a
      WHERE ${liveAndMatching(range.of(search))}
      GROUP BY s.account_id
    ), last AS (
      SELECT account_id AS last_account_id, epoch AS last_epoch, id AS last_id,
        ${millisecondsOf("created_at")} AS last_ms
      FROM scanned ORDER BY account_id DESC, epoch DESC, created_at DESC, id DESC LIMIT 1
    )
    SELECT (SELECT count(*) FROM scanned)::int AS rows_read, last_account_id, last_epoch, last_id, last_ms,
      m.account_id, m.session_ids
    FROM (SELECT) one LEFT JOIN last ON true LEFT JOIN matched m ON true
    ORDER BY m.account_id`,
    range.parameters
  )
  return { items: rows.filter((row) => row["account_id"] !== null).map(toFound), next: toNext(rows[0]) }
})

// A stored text that is no address matches no network, instead of failing the whole statement.
const liveAndMatching = ($: Placeholders<SessionSearch>): string => {
  const createdBefore = $(({ filter }) => filter.createdBefore && DateTime.toDateUtc(filter.createdBefore))
  const network = $(({ filter }) => filter.network)
  const userAgent = $(({ filter }) => filter.userAgent)
  return `a.id = s.account_id AND a.status = 'active' AND a.session_epoch = s.epoch
    AND s.expires_at > ${$(({ now }) => DateTime.toDateUtc(now))}
    AND (${createdBefore}::timestamptz IS NULL OR s.created_at < ${createdBefore})
    AND (${network}::text IS NULL
      OR CASE WHEN s.ip_address ~ '^[0-9A-Fa-f.:]+$' THEN s.ip_address::inet <<= ${network}::inet END)
    AND (${userAgent}::text IS NULL OR strpos(lower(s.user_agent), lower(${userAgent})) > 0)`
}

const toFound = (row: Row): FoundSessions => {
  const { account_id, session_ids } = readFound(row)
  return { accountId: account_id, ids: session_ids.split(",").map((id) => sessionId(id)) }
}

const sessionId = Brand.nominal<SessionId>()

const readFound = reader(
  "sessions",
  "account_id",
  Schema.Struct({ account_id: AccountId, session_ids: Schema.String })
)

const toNext = (row: Row | undefined): Option.Option<SessionPlace> => {
  const { last_account_id, last_epoch, last_id, last_ms, rows_read } = readScan(row)
  return rows_read < ROWS_READ_MAX || last_account_id === null || last_epoch === null || last_id === null ||
      last_ms === null
    ? Option.none()
    : Option.some({ accountId: last_account_id, epoch: last_epoch, createdAt: last_ms, id: last_id })
}

const readScan = reader(
  "sessions",
  "last_id",
  Schema.Struct({
    rows_read: Schema.Int,
    last_account_id: Schema.NullOr(AccountId),
    last_epoch: Schema.NullOr(Schema.Int),
    last_id: Schema.NullOr(SessionId),
    last_ms: Schema.NullOr(Schema.Finite)
  })
)
