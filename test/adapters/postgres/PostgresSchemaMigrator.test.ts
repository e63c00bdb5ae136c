import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer } from "effect"
import { PostgresClient } from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import * as PostgresSchemaMigrator from "../../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import { schemaMigratorContract } from "../../contracts/SchemaMigratorContract.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"
import { clientOf, clientOfEmptyDatabase, execute } from "./TestClient.ts"

// Each test builds it again, and so gets another database.
const migrator = Layer.fresh(Layer.provideMerge(PostgresSchemaMigrator.layer, clientOfEmptyDatabase))

schemaMigratorContract("postgres", migrator)

const query = (statement: string) =>
  Effect.flatMap(PostgresClient, ({ run }) => run("Postgres.query", (connection) => connection.query(statement)))

describe("PostgresSchemaMigrator", () => {
  it.effect("of a migration that fails nothing is left; those before it stay, and the rest follows once it can", () =>
    Effect.gen(function*() {
      const { migrate, pending } = yield* SchemaMigrator
      const [first, ...rest] = yield* pending
      yield* query("CREATE TABLE ended_epochs (in_the_way boolean)")
      const exit = yield* Effect.exit(migrate)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.deepStrictEqual(yield* pending, rest)
      const { rows } = yield* query(
        "SELECT to_regclass('accounts')::text AS done, to_regclass('sessions')::text AS undone"
      )
      assert.deepStrictEqual(rows, [{ done: "accounts", undone: null }])
      yield* query("DROP TABLE ended_epochs")
      assert.deepStrictEqual([first, ...(yield* migrate)], [first, ...rest])
    }).pipe(Effect.provide(migrator)))

  it.effect("migrations of a later release are none of our business", () =>
    Effect.gen(function*() {
      const { migrate, pending } = yield* SchemaMigrator
      yield* migrate
      yield* query("INSERT INTO schema_migrations (id, name, applied_at) VALUES (9999, 'later', now())")
      assert.deepStrictEqual(yield* pending, [])
      assert.deepStrictEqual(yield* migrate, [])
    }).pipe(Effect.provide(migrator)))

  it.effect("[ASVS 6.3.2] a fresh database holds no account, nor anything else but its migrations", () =>
    Effect.gen(function*() {
      yield* (yield* SchemaMigrator).migrate
      const { rows } = yield* query("SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'")
      const tables = rows.map(({ name }) => String(name)).filter((name) => name !== "schema_migrations")
      assert.include(tables, "accounts")
      for (const table of tables) assert.deepStrictEqual((yield* query(`SELECT * FROM ${table}`)).rows, [], table)
    }).pipe(Effect.provide(migrator)))

  it.effect("where nothing is pending nothing is written", () =>
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      yield* execute(target, `ALTER DATABASE ${target.database} SET default_transaction_read_only = on`)
      const migrated = Effect.flatMap(SchemaMigrator, ({ migrate }) => migrate).pipe(
        Effect.provide(Layer.provide(PostgresSchemaMigrator.layer, clientOf(target)))
      )
      assert.deepStrictEqual(yield* migrated, [])
    }))
})
