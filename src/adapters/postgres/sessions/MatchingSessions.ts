/**
 * Sessions by what they have in common: how many there are, account by account, and their end. What they have in common
 * is in no index, so each statement looks at a bounded number of them and says where it has come to.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, Option, Schema } from "effect"
import { AccountId } from "../../../domain/model/Account.ts"
import { SessionId } from "../../../domain/model/Session.ts"
import type { SessionFilter } from "../../../domain/model/Session.ts"
import type { IdentityStore, SessionPlace, SessionPosition } from "../../../ports/IdentityStore.ts"
import { Conditions, ROWS_READ_MAX } from "../Conditions.ts"
import type { Connection } from "../connection/PostgresClient.ts"
import { commitIf, committed } from "../ledger/CommitStatements.ts"
import { millisecondsOf, reader, toAccountSessions, toSessionCount } from "../rows.ts"
import { execute, statement } from "../statement.ts"
import type { Placeholders } from "../statement.ts"

type CountInput = Parameters<IdentityStore["Service"]["countSessions"]>[0]

type EndInput = Parameters<IdentityStore["Service"]["endMatchingSessions"]>[0]

export const countSessions = Effect.fnUntraced(function*(connection: Connection, input: CountInput) {
  const range = new Conditions()
  const { value } = range
  range
    .where(input.accountId, (accountId) => `s.account_id = ${value(accountId)}`)
    .where(input.after, ({ accountId, createdAt, epoch, id }) =>
      `(s.account_id, s.epoch, s.created_at, s.id) >
        (${value(accountId)}, ${value(epoch)}, to_timestamp(${value(createdAt)}::float8 / 1000), ${value(id)})`)
  const { rows } = yield* connection.query(
    `WITH scanned AS (
      SELECT * FROM sessions s ${range.clause} ORDER BY s.account_id, s.epoch, s.created_at, s.id LIMIT ${ROWS_READ_MAX}
    ), matched AS (
      SELECT s.account_id, count(*)::int AS session_count FROM scanned s, accounts a
      WHERE ${liveAndMatching(range.of(input))}
      GROUP BY s.account_id
    ), ${last("account_id DESC, epoch DESC, created_at DESC, id DESC")}
    SELECT ${scan}, m.account_id, m.session_count
    FROM (SELECT) one LEFT JOIN last ON true LEFT JOIN matched m ON true
    ORDER BY m.account_id`,
    range.parameters
  )
  const items = yield* Effect.forEach(rows.filter((row) => row["account_id"] !== null), toAccountSessions)
  return { items, next: yield* toNext(rows[0]) }
})

export const endMatchingSessions = Effect.fnUntraced(function*(connection: Connection, input: EndInput) {
  const after = Option.getOrUndefined(input.after)
  const { rows: [row] } = yield* after === undefined
    ? execute(connection, deleteFirst, input)
    : execute(connection, deleteNext, { ...input, after })
  return { count: yield* toSessionCount(row), next: yield* toNext(row) }
})

/** Which sessions are meant, at an instant. */
interface Matching {
  readonly filter: SessionFilter
  readonly now: DateTime.Utc
}

// No session is of a later epoch than its account, unless a change that keeps it moved both while a statement waited
// for the session: it is read anew then, and its account is not.
//
// What is no address, of whatever release it may come, is in no network, instead of failing the whole statement.
const liveAndMatching = ($: Placeholders<Matching>): string => {
  const createdBefore = $(({ filter }) => filter.createdBefore && DateTime.toDateUtc(filter.createdBefore))
  const network = $(({ filter }) => filter.network)
  const userAgent = $(({ filter }) => filter.userAgent)
  return `a.id = s.account_id AND a.status = 'active' AND a.session_epoch <= s.epoch
    AND s.expires_at > ${$(({ now }) => DateTime.toDateUtc(now))}
    AND (${createdBefore}::timestamptz IS NULL OR s.created_at < ${createdBefore})
    AND (${network}::text IS NULL
      OR CASE WHEN s.ip_address ~ '^[0-9A-Fa-f.:]+$' THEN s.ip_address::inet <<= ${network}::inet END)
    AND (${userAgent}::text IS NULL OR strpos(lower(s.user_agent), lower(${userAgent})) > 0)`
}

/** The part `last`: the last of the rows of `scanned`, if there is any. */
const last = (order: string): string =>
  `last AS (
      SELECT account_id AS last_account_id, epoch AS last_epoch, id AS last_id,
        ${millisecondsOf("created_at")} AS last_ms
      FROM scanned ORDER BY ${order} LIMIT 1
    )`

/** What `toNext` reads. */
const scan = "(SELECT count(*) FROM scanned)::int AS rows_read, last_account_id, last_epoch, last_id, last_ms"

type Ending = Omit<EndInput, "after">

const deleteMatching = (position: string, $: Placeholders<Ending>) => {
  const accountId = $((input) => input.accountId)
  return `
  WITH scanned AS (
    SELECT s.* FROM accounts a CROSS JOIN LATERAL (
      SELECT * FROM sessions s WHERE s.account_id = a.id AND s.epoch = a.session_epoch ${position}
      ORDER BY s.created_at, s.id LIMIT ${ROWS_READ_MAX}
    ) s
    WHERE a.id = ${accountId} AND a.status = 'active'
  ), ${last("created_at DESC, id DESC")}, ended AS (
    DELETE FROM sessions WHERE id = ANY (ARRAY (SELECT s.id FROM scanned s, accounts a WHERE ${liveAndMatching($)}))
    RETURNING id
  ), ${commitIf("ended", $.of(({ commit }) => commit))}
  SELECT ${committed}, ${accountId}::text AS account_id, (SELECT count(*) FROM ended)::int AS session_count, ${scan}
  FROM (SELECT) one LEFT JOIN last ON true`
}

const deleteFirst = statement<Ending>(($) => deleteMatching("", $))

const deleteNext = statement<Ending & { readonly after: SessionPosition }>(($) => {
  const createdAt = $(({ after }) => after.createdAt)
  const id = $(({ after }) => after.id)
  return deleteMatching(`AND (s.created_at, s.id) > (to_timestamp(${createdAt}::float8 / 1000), ${id})`, $)
})

const toNext = (row: Row | undefined): Effect.Effect<Option.Option<SessionPlace>> =>
  Effect.map(
    readScan(row),
    ({ last_account_id, last_epoch, last_id, last_ms, rows_read }) =>
      rows_read < ROWS_READ_MAX || last_account_id === null || last_epoch === null || last_id === null ||
        last_ms === null
        ? Option.none()
        : Option.some({ accountId: last_account_id, epoch: last_epoch, createdAt: last_ms, id: last_id })
  )

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
