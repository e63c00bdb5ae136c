/** Clients of databases of the test run's server. */
import { Duration, Effect, Layer, References } from "effect"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import type { PostgresTarget } from "../../../src/adapters/postgres/connection/PostgresTarget.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"

export type IsolationLevel = "read committed" | "repeatable read" | "serializable"

export const clientOf = (target: PostgresTarget) =>
  PostgresClient.layer({ target, poolMax: 10, timeout: Duration.seconds(10) })

/** Runs one statement through a client of its own, which keeps quiet about a server that is not there yet. */
export const execute = (target: PostgresTarget, statement: string) =>
  Effect.flatMap(
    PostgresClient.PostgresClient,
    ({ run }) => run("Postgres.execute", (connection) => connection.query(statement))
  ).pipe(
    Effect.provide(clientOf(target)),
    Effect.provideService(References.MinimumLogLevel, "Error")
  )

/**
 * A client of a migrated database of its own, whose transactions have this isolation unless they say otherwise. It does
 * not wait for its disk: durability is not what it is for.
 */
export const clientAt = (isolation: IsolationLevel, settings: ReadonlyArray<string> = []) =>
  Layer.unwrap(Effect.gen(function*() {
    const target = yield* TestPostgres.freshDatabase
    const isolated = `default_transaction_isolation = '${isolation}'`
    for (const setting of [isolated, "synchronous_commit = off", ...settings]) {
      yield* execute(target, `ALTER DATABASE ${target.database} SET ${setting}`)
    }
    return clientOf(target)
  }))

/** Settings that an operator may have chosen for other reasons, and that change nothing here. */
export const unusualSettings: ReadonlyArray<string> = [
  "array_nulls = off",
  "backslash_quote = off",
  "bytea_output = escape",
  "client_encoding = LATIN1",
  "datestyle = 'German, DMY'",
  "default_transaction_deferrable = on",
  "extra_float_digits = -5",
  "intervalstyle = sql_standard",
  "quote_all_identifiers = on",
  "row_security = off",
  "standard_conforming_strings = off",
  "timezone = 'Asia/Kathmandu'",
  "transform_null_equals = on"
]

/** The same at the isolation that Postgres has by itself. */
export const hastyClient = clientAt("read committed")

/** A client of a database without any schema. */
export const clientOfEmptyDatabase = Layer.unwrap(Effect.map(TestPostgres.emptyDatabase, clientOf))
