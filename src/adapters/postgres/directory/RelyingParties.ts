import { Effect, Option, Schema } from "effect"
import type { Connection } from "../connection/Connection.ts"
import { reader } from "../rows.ts"
import { execute, statement } from "../statement.ts"

export const findOtherRelyingParty = Effect.fnUntraced(function*(connection: Connection, rpId: string) {
  const { rows } = yield* execute(connection, selectOther, rpId)
  const found = yield* Effect.forEach(rows, (row) => readOther(row))
  return Option.map(Option.fromUndefinedOr(found[0]), (row) => row.rp_id)
})

const readOther = reader("factors", "rp_id", Schema.Struct({ rp_id: Schema.String }))

/** The index finds what is smaller and what is greater, but not what differs. */
const selectOther = statement<string>(($) => `
  SELECT rp_id FROM factors WHERE rp_id < ${$((id) => id)}
  UNION ALL SELECT rp_id FROM factors WHERE rp_id > ${$((id) => id)}
  LIMIT 1`)
