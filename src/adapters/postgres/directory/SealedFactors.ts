/** Finds secrets by the keys that sealed them. */
import { Option, Schema } from "effect"
import type { SealedQuery } from "../../../ports/Directory.ts"
import { factorColumns, toStored } from "../factors/FactorRows.ts"
import { reader } from "../rows.ts"
import { readingAll, statement } from "../statement.ts"

const readKey = reader("factors", "sealed_by", Schema.Struct({ sealed_by: Schema.String }))

/** From each key to the next, so that it reads as many rows as there are keys. */
const selectKeys = statement<void>(() => `
  WITH RECURSIVE keys AS (
    (SELECT sealed_by FROM factors WHERE sealed_by IS NOT NULL ORDER BY sealed_by LIMIT 1)
    UNION ALL
    SELECT (SELECT f.sealed_by FROM factors f WHERE f.sealed_by > keys.sealed_by ORDER BY f.sealed_by LIMIT 1)
    FROM keys WHERE keys.sealed_by IS NOT NULL
  )
  SELECT sealed_by FROM keys WHERE sealed_by IS NOT NULL`)

const selectSealed = statement<SealedQuery>(($) => `
  SELECT ${factorColumns} FROM factors f
  WHERE sealed_by IS NOT NULL AND sealed_by <> ${$(({ notBy }) => notBy)}
    AND id > ${$(({ after }) => Option.getOrElse(after, () => ""))}
  ORDER BY id LIMIT ${$(({ limit }) => limit)}`)

export const findSealingKeys = readingAll(selectKeys, undefined, (row) => readKey(row).sealed_by)

export const listSealed = (query: SealedQuery) => readingAll(selectSealed, query, toStored)
