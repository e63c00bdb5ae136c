/**
 * The audit log on Postgres: rows that are only ever inserted, each at the end of its chain.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, Layer, Option } from "effect"
import { createHash } from "node:crypto"
import { AuditLog } from "../../ports/AuditLog.ts"
import type { AuditQuery } from "../../ports/AuditLog.ts"
import { entryColumns, toChainState, toStoredEntry } from "./AuditRows.ts"
import { eventParameters, recorded, recordIf } from "./AuditStatements.ts"
import { Conditions } from "./Conditions.ts"
import { PostgresClient } from "./PostgresClient.ts"
import type { Connection } from "./PostgresClient.ts"

export const layer: Layer.Layer<AuditLog, never, PostgresClient> = Layer.effect(
  AuditLog,
  Effect.map(PostgresClient, ({ read, run }) => {
    const readAll = <A>(
      name: `AuditLog.${string}`,
      map: (row: Row) => Effect.Effect<A>,
      statement: string,
      parameters: ReadonlyArray<unknown>
    ) =>
      read(
        name,
        (connection) => Effect.flatMap(connection.query(statement, parameters), ({ rows }) => Effect.forEach(rows, map))
      )

    return AuditLog.of({
      append: (event) =>
        run("AuditLog.append", (connection) => Effect.asVoid(connection.query(append, eventParameters(event)))),
      list: (query) => read("AuditLog.list", (connection) => list(connection, query)),
      chains: ({ after, limit }) =>
        readAll("AuditLog.chains", toChainState, selectChains, [Option.getOrElse(after, () => ""), limit]),
      chain: ({ afterSequence, chain, limit }) =>
        readAll("AuditLog.chain", toStoredEntry, selectChain, [chain, afterSequence, limit]),
      digest: (text) => createHash("sha256").update(text, "utf8").digest("hex")
    })
  })
)

const append = `WITH change AS (SELECT 1), ${recordIf("change", 1)} SELECT ${recorded}`

const list = Effect.fnUntraced(function*(connection: Connection, query: AuditQuery) {
  const conditions = new Conditions()
  const { value } = conditions
  const limit = value(query.limit)
  conditions
    .where(query.after, (id) => `id < ${value(id)}`)
    .where(query.accountId, (accountId) => `account_id = ${value(accountId)}`)
    .where(query.action, (action) => `action = ${value(action)}`)
    .where(query.since, (since) => `occurred_at >= ${value(DateTime.toDateUtc(since))}`)
  const { rows } = yield* connection.query(
    `SELECT ${entryColumns} FROM audit_log ${conditions.clause} ORDER BY id DESC LIMIT ${limit}`,
    conditions.parameters
  )
  return yield* Effect.forEach(rows, toStoredEntry)
})

const nextChain = (after: string) =>
  `least(
      (SELECT c.chain FROM audit_chains c WHERE c.chain > ${after} ORDER BY c.chain LIMIT 1),
      (SELECT l.chain FROM audit_log l WHERE l.chain > ${after} ORDER BY l.chain LIMIT 1)
    )`

// Goes from name to name by the indexes, however many entries a chain has.
const selectChains = `
  WITH RECURSIVE names AS (
    SELECT ${nextChain("$1::text")} AS chain, 1 AS place
    UNION ALL
    SELECT ${nextChain("names.chain")}, place + 1 FROM names WHERE names.chain IS NOT NULL AND place < $2
  )
  SELECT n.chain, c.sequence::float8 AS sequence, c.hash,
    (SELECT min(l.sequence)::float8 FROM audit_log l WHERE l.chain = n.chain) AS first,
    (SELECT max(l.sequence)::float8 FROM audit_log l WHERE l.chain = n.chain) AS last
  FROM names n LEFT JOIN audit_chains c ON c.chain = n.chain
  WHERE n.chain IS NOT NULL ORDER BY n.place`

const selectChain = `
  SELECT ${entryColumns} FROM audit_log WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`
