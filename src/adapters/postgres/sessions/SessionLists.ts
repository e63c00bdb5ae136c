/**
 * Lists the live sessions of an account, newest first. One index has those of the current epoch together. An unknown
 * number of them has expired, so a page reads a bounded number of rows.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, Option, Schema } from "effect"
import { SessionId } from "../../../domain/model/Session.ts"
import type { SessionPosition, SessionQuery } from "../../../ports/SessionStore.ts"
import { ROWS_READ_MAX } from "../Conditions.ts"
import type { Connection } from "../connection/Connection.ts"
import { millisecondsOf, reader, sessionColumns } from "../rows.ts"
import { execute, statement } from "../statement.ts"
import type { Placeholders } from "../statement.ts"
import { sessionTable } from "../tables.ts"

/**
 * The newest sessions of an account's current epoch, live or expired, at most `limit`; none if the account is disabled.
 * `position` is a condition on their position.
 */
export const newest = (account: string, position: string, limit: string): string =>
  `SELECT s.* FROM accounts a CROSS JOIN LATERAL (
      SELECT * FROM sessions s WHERE s.account_id = a.id AND s.epoch = a.session_epoch ${position}
      ORDER BY s.created_at DESC, s.id DESC LIMIT ${limit}
    ) s
    WHERE a.id = ${account} AND a.status = 'active'`

export const listSessions = Effect.fnUntraced(function*(connection: Connection, query: SessionQuery) {
  const after = Option.getOrUndefined(query.after)
  const { rows } = yield* after === undefined
    ? execute(connection, selectFirst, query)
    : execute(connection, selectNext, { ...query, after })
  return toPart(rows, query)
})

type Page = Pick<SessionQuery, "accountId" | "limit" | "now">

const selectPage = (position: string, $: Placeholders<Page>) => `
  WITH scanned AS (
    ${newest($(({ accountId }) => accountId), position, `${ROWS_READ_MAX}`)}
  ), found AS (
    SELECT *, ${millisecondsOf("created_at")} AS position_ms FROM scanned
    WHERE expires_at > ${$(({ now }) => DateTime.toDateUtc(now))}
    ORDER BY created_at DESC, id DESC LIMIT ${$(({ limit }) => limit + 1)}
  ), last AS (
    SELECT id AS last_id, ${millisecondsOf("created_at")} AS last_ms FROM scanned ORDER BY created_at, id LIMIT 1
  )
  SELECT (SELECT count(*) FROM scanned)::int AS rows_read, last_id, last_ms, ${sessionColumns}, s.position_ms
  FROM (SELECT) one LEFT JOIN last ON true LEFT JOIN found s ON true
  ORDER BY s.created_at DESC, s.id DESC`

const selectFirst = statement<Page>(($) => selectPage("", $))

const selectNext = statement<Page & { readonly after: SessionPosition }>(($) => {
  const createdAt = $(({ after }) => after.createdAt)
  const id = $(({ after }) => after.id)
  return selectPage(`AND (s.created_at, s.id) < (to_timestamp(${createdAt}::float8 / 1000), ${id})`, $)
})

const toPart = (rows: ReadonlyArray<Row>, { limit }: SessionQuery) => {
  const { last_id, last_ms, rows_read } = readScan(rows[0])
  const found = rows.filter((row) => row["session_id"] !== null)
  const items = found.slice(0, limit).map(sessionTable.read)
  const last = found.length > limit ? found[limit - 1] : undefined
  if (last !== undefined) return { items, next: Option.some(toPosition(last)) }
  const isOver = rows_read < ROWS_READ_MAX || last_id === null || last_ms === null
  return { items, next: isOver ? Option.none() : Option.some({ createdAt: last_ms, id: last_id }) }
}

const toPosition = (row: Row) => {
  const { position_ms, session_id } = readPosition(row)
  return { createdAt: position_ms, id: session_id }
}

const readPosition = reader(
  "sessions",
  "session_id",
  Schema.Struct({ session_id: SessionId, position_ms: Schema.Finite })
)

const readScan = reader(
  "sessions",
  "last_id",
  Schema.Struct({
    rows_read: Schema.Int,
    last_id: Schema.NullOr(SessionId),
    last_ms: Schema.NullOr(Schema.Finite)
  })
)
