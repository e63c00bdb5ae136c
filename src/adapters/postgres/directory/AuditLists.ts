/**
 * Lists entries of the audit log by their subject, and its chains by name.
 */
import { DateTime, Duration, Effect, Option, Schema } from "effect"
import type { AuditQuery, Directory } from "../../../ports/Directory.ts"
import { Conditions, ROWS_READ_MAX } from "../Conditions.ts"
import type { Connection } from "../connection/Connection.ts"
import { entryColumns, toChainState, toStoredEntry } from "../ledger/AuditRows.ts"
import { FREQUENT_ACTION, isRareAction } from "../migrations/0026_index_rare_actions.ts"
import { reader } from "../rows.ts"
import { readingAll, statement } from "../statement.ts"
import type { Placeholders } from "../statement.ts"

/** How far entries may be out of order: more than the clocks of serving nodes differ. */
const DISORDER = Duration.days(1)

/**
 * Reads backwards in the index that has the wanted entries together, up to a bounded number of rows. The order and the
 * comparison of whole positions leave the planner only that index.
 */
export const listEntries = Effect.fnUntraced(function*(connection: Connection, query: AuditQuery) {
  const range = new Conditions()
  const { value } = range
  const byAccount = Option.isSome(query.accountId)
  // The index leaves out the action of most entries, which are found among the others.
  const rareAction = Option.filter(query.action, (action) => !byAccount && action !== FREQUENT_ACTION)
  const byAction = Option.isSome(rareAction)
  const column = byAccount ? "account_id" : byAction ? "action" : "id"
  range.where(Option.firstSomeOf<string>([query.accountId, rareAction]), (wanted) => {
    const first = value(wanted)
    const after = Option.getOrUndefined(query.after)
    return after === undefined
      ? `${column} BETWEEN ${first} AND ${first}`
      : `${column} >= ${first} AND (${column}, id) < (${first}, ${value(after)})`
  }).where(byAccount || byAction ? Option.none() : query.after, (id) => `id < ${value(id)}`)
  if (byAction) range.and(isRareAction)
  const filter = new Conditions(range.parameters)
  filter
    .where(byAction ? Option.none() : query.action, (action) => `action = ${value(action)}`)
    .where(query.since, (since) => `occurred_at >= ${value(DateTime.toDateUtc(since))}`)
  const past = Option.map(query.since, (since) => DateTime.toDateUtc(DateTime.subtractDuration(since, DISORDER)))
  const { rows } = yield* connection.query(
    `WITH scanned AS (
      SELECT * FROM audit_log ${range.clause}
      ORDER BY ${byAccount || byAction ? `${column} DESC, id DESC` : "id DESC"} LIMIT ${ROWS_READ_MAX}
    ), found AS (
      SELECT ${entryColumns} FROM scanned ${filter.clause} ORDER BY id DESC LIMIT ${value(query.limit + 1)}
    ), scan AS (
      SELECT count(*)::int AS rows_read, min(id) AS last_read,
        coalesce(max(occurred_at) < ${value(Option.getOrUndefined(past))}::timestamptz, false) AS is_past
      FROM scanned
    )
    SELECT scan.*, found.* FROM scan LEFT JOIN found ON true ORDER BY found.id DESC`,
    range.parameters
  )
  const { is_past, last_read, rows_read } = readScan(rows[0])
  const found = rows.filter((row) => row["id"] !== null).map(toStoredEntry)
  const items = found.slice(0, query.limit)
  if (found.length > query.limit) return { items, next: Option.fromUndefinedOr(items.at(-1)?.id) }
  return { items, next: rows_read < ROWS_READ_MAX || is_past ? Option.none() : Option.fromNullOr(last_read) }
})

const readScan = reader(
  "audit_log",
  "last_read",
  Schema.Struct({ rows_read: Schema.Int, last_read: Schema.NullOr(Schema.String), is_past: Schema.Boolean })
)

const leastChain = (condition: `${">" | ">="} ${string}`) =>
  `least(
      (SELECT c.chain FROM audit_chains c WHERE c.chain ${condition} ORDER BY c.chain LIMIT 1),
      (SELECT l.chain FROM audit_log l WHERE l.chain ${condition} ORDER BY l.chain LIMIT 1)
    )`

type ChainQuery = Parameters<Directory["Service"]["listChains"]>[0]

// Goes from name to name in the indexes, however many entries a chain has.
const selectChains = (first: string, $: Placeholders<ChainQuery>) => `
  WITH RECURSIVE names AS (
    SELECT ${first} AS chain, 1 AS place
    UNION ALL
    SELECT ${leastChain("> names.chain")}, place + 1
    FROM names WHERE names.chain IS NOT NULL AND place < ${$(({ limit }) => limit)}
  )
  SELECT n.chain, c.sequence::float8 AS sequence, c.hash, c.start_sequence::float8 AS start_sequence, c.start_hash,
    (SELECT min(l.sequence)::float8 FROM audit_log l WHERE l.chain = n.chain) AS first,
    (SELECT max(l.sequence)::float8 FROM audit_log l WHERE l.chain = n.chain) AS last
  FROM names n LEFT JOIN audit_chains c ON c.chain = n.chain
  WHERE n.chain IS NOT NULL ORDER BY n.place`

// Includes the empty name, because a forged chain may have it.
const selectFirstChains = statement<ChainQuery>(($) => selectChains(leastChain(">= ''"), $))

const selectFurtherChains = statement<ChainQuery>(($) =>
  selectChains(leastChain(`> ${$((query) => Option.getOrUndefined(query.after))}::text`), $)
)

export const listChains = (query: ChainQuery) =>
  readingAll(Option.isNone(query.after) ? selectFirstChains : selectFurtherChains, query, toChainState)
