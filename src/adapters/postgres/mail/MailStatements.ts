/** Lets a statement that changes something queue the mails about it. */
import type { Mail } from "../../../domain/model/Mail.ts"
import { columnNames, selectedColumns } from "../columns.ts"
import type { Placeholders } from "../statement.ts"
import { mailTable } from "../tables.ts"

type Mails = ReadonlyArray<Mail> | undefined

/** Rows as JSON, by the names of their columns. */
const toJson = (mails: Mails): string | undefined =>
  mails &&
  JSON.stringify(
    mails.map((mail) => Object.fromEntries(mailTable.columns.map(({ name, write }) => [name, write(mail)])))
  )

/**
 * The part `mailed` of a statement. `change` is the name of an earlier part that has rows if, and only if, the change
 * happened. Without mails it touches no row.
 */
export const mailIf = (change: string, $: Placeholders<Mails>): string =>
  `mailed AS (
    INSERT INTO mails (${columnNames(mailTable)})
    SELECT ${selectedColumns(mailTable, "m")} FROM json_populate_recordset(NULL::mails, ${$(toJson)}::json) m
    WHERE EXISTS (SELECT FROM ${change})
  )`
