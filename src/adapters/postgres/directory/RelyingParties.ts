import { Schema } from "effect"
import { reader } from "../rows.ts"
import { findingOne, statement } from "../statement.ts"

export const findOtherRelyingParty = (rpId: string) => findingOne(selectOther, rpId, (row) => readOther(row).rp_id)

const readOther = reader("factors", "rp_id", Schema.Struct({ rp_id: Schema.String }))

/** The index finds what is smaller and what is greater, but not what differs. */
const selectOther = statement<string>(($) => `
  SELECT rp_id FROM factors WHERE rp_id < ${$((id) => id)}
  UNION ALL SELECT rp_id FROM factors WHERE rp_id > ${$((id) => id)}
  LIMIT 1`)
