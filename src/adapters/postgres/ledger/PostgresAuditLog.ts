/**
 * The audit log on Postgres: rows that are only inserted, each at the end of its chain.
 */
import { hash } from "node:crypto"
import type { AuditEvent } from "../../../domain/model/Audit.ts"
import { AuditLog } from "../../../ports/AuditLog.ts"
import type { ChainPart } from "../../../ports/AuditLog.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { executing, readingAll, statement } from "../statement.ts"
import { entryColumns, toStoredEntry } from "./AuditRows.ts"
import { recorded, recordIf } from "./AuditStatements.ts"

export const make = ({ read, run }: PostgresClient["Service"]): AuditLog["Service"] =>
  AuditLog.of({
    append: (event) => run("AuditLog.append", executing(append, event)),

    chains: (parts) => read("AuditLog.chains", readingAll(selectParts, parts, toStoredEntry)),

    digest: (text) => hash("sha256", text)
  })

const append = statement<AuditEvent>(($) => `
  WITH change AS (SELECT 1), ${recordIf("change", $)} SELECT ${recorded}`)

const selectParts = statement<ReadonlyArray<ChainPart>>(($) => `
  SELECT entry.* FROM ROWS FROM (
    unnest(${$((parts) => parts.map(({ chain }) => chain))}::text[]),
    unnest(${$((parts) => parts.map(({ afterSequence }) => afterSequence))}::float8[]),
    unnest(${$((parts) => parts.map(({ limit }) => limit))}::int[])
  ) WITH ORDINALITY AS part(of_chain, after_sequence, most, place)
  CROSS JOIN LATERAL (
    SELECT ${entryColumns} FROM audit_log WHERE chain = of_chain AND sequence > after_sequence::bigint
    ORDER BY audit_log.sequence LIMIT most
  ) AS entry
  ORDER BY place, sequence`)
