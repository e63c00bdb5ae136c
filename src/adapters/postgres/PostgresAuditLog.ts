/**
 * The audit log on Postgres: rows that are only ever inserted, each at the end of its chain.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, Layer, Option } from "effect"
import { createHash } from "node:crypto"
import { AuditLog } from "../../ports/AuditLog.ts"
import type { AuditQuery } from "../../ports/AuditLog.ts"
import { toAuditEntry, toChainHead, toChainLink, toChainName } from "./AuditRows.ts"
import { eventParameters, recordIf } from "./AuditStatements.ts"
import { Conditions } from "./Conditions.ts"
import { PostgresClient } from "./PostgresClient.ts"
import type { Connection } from "./PostgresClient.ts"

export const layer: Layer.Layer<AuditLog, never, PostgresClient> = Layer.effect(
  AuditLog,
  Effect.map(PostgresClient, ({ run }) => {
    const read = <A>(
      name: `AuditLog.${string}`,
      map: (row: Row) => Effect.Effect<A>,
      statement: string,
      parameters: ReadonlyArray<unknown>
    ) =>
      run(
        name,
        (connection) => Effect.flatMap(connection.query(statement, parameters), ({ rows }) => Effect.forEach(rows, map))
      )

    return AuditLog.of({
      append: (event) =>
        run("AuditLog.append", (connection) => Effect.asVoid(connection.query(append, eventParameters(event)))),
      list: (query) => run("AuditLog.list", (connection) => list(connection, query)),
      heads: ({ after, limit }) =>
        read("AuditLog.heads", toChainHead, selectHeads, [Option.getOrElse(after, () => ""), limit]),
      chain: ({ afterSequence, chain, limit }) =>
        read("AuditLog.chain", toChainLink, selectChain, [chain, afterSequence, limit]),
      headless: ({ limit }) => read("AuditLog.headless", toChainName, selectHeadless, [limit]),
      digest: (text) => createHash("sha256").update(text, "utf8").digest("hex")
    })
  })
)

const entryColumns = `chain, sequence::float8 AS sequence, hash, id, occurred_at, actor, action, account_id, session_id,
  changed, request_id, client_address`

const append = `WITH change AS (SELECT 1), ${recordIf("change", 1)} SELECT`

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
  return yield* Effect.forEach(rows, toAuditEntry)
})

const selectHeads = `
  SELECT chain, sequence::float8 AS sequence, hash FROM audit_chains WHERE chain > $1 ORDER BY chain LIMIT $2`

const selectChain = `
  SELECT ${entryColumns} FROM audit_log WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`

const selectHeadless = `
  SELECT DISTINCT l.chain FROM audit_log l
  WHERE NOT EXISTS (SELECT FROM audit_chains c WHERE c.chain = l.chain) LIMIT $1`
