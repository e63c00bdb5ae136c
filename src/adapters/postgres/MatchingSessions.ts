/**
 * Sessions by what they have in common: how many there are, account by account, and their end.
 */
import { DateTime, Effect, Option } from "effect"
import type { SessionFilter } from "../../domain/model/Session.ts"
import type { IdentityStore } from "../../ports/IdentityStore.ts"
import { eventParameters, recorded, recordIf } from "./AuditStatements.ts"
import type { Connection } from "./PostgresClient.ts"
import { toAccountSessions, toSessionCount } from "./rows.ts"

type CountInput = Parameters<IdentityStore["Service"]["countSessions"]>[0]

type EndInput = Parameters<IdentityStore["Service"]["endMatchingSessions"]>[0]

export const countSessions = Effect.fnUntraced(function*(connection: Connection, input: CountInput) {
  const { rows } = yield* connection.query(countByAccount, [
    DateTime.toDateUtc(input.now),
    ...filterParameters(input.filter),
    Option.getOrUndefined(input.accountId),
    Option.getOrElse(input.after, () => ""),
    input.limit
  ])
  return yield* Effect.forEach(rows, toAccountSessions)
})

export const endMatchingSessions = Effect.fnUntraced(function*(connection: Connection, input: EndInput) {
  const { rows: [row] } = yield* connection.query(deleteMatching, [
    DateTime.toDateUtc(input.now),
    ...filterParameters(input.filter),
    input.accountId,
    ...eventParameters(input.audit)
  ])
  return yield* toSessionCount(row)
})

const filterParameters = ({ createdBefore, network, userAgent }: SessionFilter): ReadonlyArray<unknown> => [
  createdBefore === undefined ? undefined : DateTime.toDateUtc(createdBefore),
  network,
  userAgent
]

// No session is of a later epoch than its account, unless a change that keeps it moved both while a statement waited for
// the session: it is read anew then, and its account is not.
//
// What is no address, of whatever release it may come, is in no network, instead of failing the whole statement.
const liveAndMatching = `a.id = s.account_id AND a.status = 'active' AND a.session_epoch <= s.epoch
    AND s.expires_at > $1
    AND ($2::timestamptz IS NULL OR s.created_at < $2)
    AND ($3::text IS NULL OR CASE WHEN s.ip_address ~ '^[0-9A-Fa-f.:]+$' THEN s.ip_address::inet <<= $3::inet END)
    AND ($4::text IS NULL OR strpos(lower(s.user_agent), lower($4)) > 0)`

const countByAccount = `
  SELECT s.account_id, count(*)::int AS session_count
  FROM sessions s, accounts a
  WHERE ${liveAndMatching} AND ($5::text IS NULL OR s.account_id = $5) AND s.account_id > $6
  GROUP BY s.account_id ORDER BY s.account_id LIMIT $7`

const deleteMatching = `
  WITH ended AS (
    DELETE FROM sessions s USING accounts a WHERE ${liveAndMatching} AND s.account_id = $5 RETURNING s.id
  ), ${recordIf("ended", 6)}
  SELECT ${recorded}, $5::text AS account_id, (SELECT count(*) FROM ended)::int AS session_count`
