/**
 * The clock of the Postgres server. `clock_timestamp()` is read when the statement runs; `now()` would be the start of
 * the transaction.
 */
import { Effect, Schema } from "effect"
import { StoreClock } from "../../../ports/StoreClock.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { reader } from "../rows.ts"

export const make = ({ run }: PostgresClient["Service"]): StoreClock["Service"] =>
  StoreClock.of({
    read: run(
      "StoreClock.read",
      (connection) =>
        Effect.flatMap(
          connection.query(selectInstant),
          ({ rows: [row] }) => Effect.map(readInstant(row ?? {}), ({ instant }) => instant)
        )
    )
  })

const selectInstant = `SELECT date_trunc('milliseconds', clock_timestamp()) AS instant`

const readInstant = reader("clock_timestamp", "instant", Schema.Struct({ instant: Schema.DateTimeUtcFromDate }))
