/**
 * The audit log on Postgres: rows that are only inserted, each at the end of its chain.
 */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import type { AuditEvent } from "../../../domain/model/Audit.ts"
import { AuditLog } from "../../../ports/AuditLog.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { execute, statement } from "../statement.ts"
import { entryColumns, toStoredEntry } from "./AuditRows.ts"
import { recorded, recordIf } from "./AuditStatements.ts"

export const make = ({ read, run }: PostgresClient["Service"]): AuditLog["Service"] =>
  AuditLog.of({
    append: (event) => run("AuditLog.append", (connection) => Effect.asVoid(execute(connection, append, event))),

    chain: (query) =>
      read(
        "AuditLog.chain",
        (connection) =>
          Effect.flatMap(
            execute(connection, selectChain, query),
            ({ rows }) => Effect.forEach(rows, toStoredEntry)
          )
      ),

    digest: (text) => createHash("sha256").update(text, "utf8").digest("hex")
  })

const append = statement<AuditEvent>(($) => `
  WITH change AS (SELECT 1), ${recordIf("change", $)} SELECT ${recorded}`)

const selectChain = statement<Parameters<AuditLog["Service"]["chain"]>[0]>(($) => `
  SELECT ${entryColumns} FROM audit_log
  WHERE chain = ${$(({ chain }) => chain)} AND sequence > ${$(({ afterSequence }) => afterSequence)}
  ORDER BY sequence LIMIT ${$(({ limit }) => limit)}`)
