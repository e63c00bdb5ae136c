/** The initial content of every test database. */
import { Duration, Effect, Layer } from "effect"
import * as PostgresClient from "../../src/adapters/postgres/connection/PostgresClient.ts"
import type { PostgresTarget } from "../../src/adapters/postgres/connection/PostgresTarget.ts"
import * as PostgresSchemaMigrator from "../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { SchemaMigrator } from "../../src/ports/SchemaMigrator.ts"

/** Runs once in a test run, on the database all others are copied from. */
export const prepareTemplate = (target: PostgresTarget): Effect.Effect<void> =>
  Effect.flatMap(SchemaMigrator, ({ migrate }) => migrate).pipe(
    Effect.provide(
      PostgresSchemaMigrator.layer.pipe(
        Layer.provide(PostgresClient.layer({ target, poolMax: 1, timeout: Duration.seconds(10) }))
      )
    ),
    Effect.asVoid,
    Effect.orDie
  )
