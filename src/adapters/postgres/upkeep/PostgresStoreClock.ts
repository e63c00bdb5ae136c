/**
 * The clock of the Postgres server. `clock_timestamp()` is read when the statement runs; `now()` would be the start of
 * the transaction.
 */
import { Schema } from "effect"
import { StoreClock } from "../../../ports/StoreClock.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { reader } from "../rows.ts"
import { readingOne, statement } from "../statement.ts"

export const make = ({ run }: PostgresClient["Service"]): StoreClock["Service"] =>
  StoreClock.of({
    read: run("StoreClock.read", readingOne(selectInstant, undefined, (row) => readInstant(row).instant))
  })

const selectInstant = statement<void>(() => `SELECT date_trunc('milliseconds', clock_timestamp()) AS instant`)

const readInstant = reader("clock_timestamp", "instant", Schema.Struct({ instant: Schema.DateTimeUtcFromDate }))
