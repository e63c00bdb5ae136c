/** Clients of databases of the test run's server. */
import { Duration, Effect, Layer, References } from "effect"
import * as PostgresClient from "../../../src/adapters/postgres/PostgresClient.ts"
import type { PostgresTarget } from "../../../src/adapters/postgres/PostgresTarget.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"

type IsolationLevel = "read committed" | "repeatable read" | "serializable"

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

/** A client of a migrated database of its own, whose transactions have this isolation unless they say otherwise. */
export const clientAt = (isolation: IsolationLevel) =>
  Layer.unwrap(Effect.gen(function*() {
    const target = yield* TestPostgres.freshDatabase
    yield* execute(target, `ALTER DATABASE ${target.database} SET default_transaction_isolation = '${isolation}'`)
    return clientOf(target)
  }))

/** A client of a migrated database of its own that does not wait for its disk: durability is not what it is for. */
export const hastyClient = Layer.unwrap(Effect.gen(function*() {
  const target = yield* TestPostgres.freshDatabase
  yield* execute(target, `ALTER DATABASE ${target.database} SET synchronous_commit = off`)
  return clientOf(target)
}))

/** A client of a database without any schema. */
export const clientOfEmptyDatabase = Layer.unwrap(Effect.map(TestPostgres.emptyDatabase, clientOf))
