/** Finds secrets by the keys that sealed them. */
import { Effect, Option, Schema } from "effect"
import type { SealedQuery } from "../../../ports/Directory.ts"
import type { Connection } from "../connection/Connection.ts"
import { factorColumns, toStored } from "../factors/FactorRows.ts"
import { reader } from "../rows.ts"
import { execute, statement } from "../statement.ts"

export const findSealingKeys = Effect.fnUntraced(function*(connection: Connection) {
  const { rows } = yield* execute(connection, selectKeys, undefined)
  return yield* Effect.forEach(rows, (row) => Effect.map(readKey(row), ({ sealed_by }) => sealed_by))
})

export const listSealed = Effect.fnUntraced(function*(connection: Connection, query: SealedQuery) {
  const { rows } = yield* execute(connection, selectSealed, query)
  return yield* Effect.forEach(rows, toStored)
})

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
