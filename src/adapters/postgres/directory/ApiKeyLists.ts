import { Effect, Option } from "effect"
import type { ApiKeyQuery } from "../../../ports/Directory.ts"
import { selectedColumns } from "../columns.ts"
import { Conditions } from "../Conditions.ts"
import type { Connection } from "../connection/Connection.ts"
import { apiKeyTable } from "../tables.ts"

/** Lists keys in the order of their ids, which is that of their creation. */
export const listApiKeys = Effect.fnUntraced(function*(connection: Connection, { after, limit }: ApiKeyQuery) {
  const conditions = new Conditions()
  const { value } = conditions
  conditions.where(after, (id) => `k.id > ${value(id)}`)
  const { rows } = yield* connection.query(
    `SELECT ${selectedColumns(apiKeyTable, "k")} FROM api_keys k ${conditions.clause}
    ORDER BY k.id LIMIT ${value(limit + 1)}`,
    conditions.parameters
  )
  const items = rows.slice(0, limit).map(apiKeyTable.read)
  return { items, next: rows.length > limit ? Option.fromUndefinedOr(items.at(-1)?.id) : Option.none() }
})
