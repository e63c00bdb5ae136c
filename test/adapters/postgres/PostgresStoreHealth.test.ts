import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import type { PostgresTarget } from "../../../src/adapters/postgres/connection/PostgresTarget.ts"
import { findObstacles } from "../../../src/adapters/postgres/upkeep/DatabaseRequirements.ts"
import * as PostgresSchemaMigrator from "../../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import * as PostgresStoreHealth from "../../../src/adapters/postgres/upkeep/PostgresStoreHealth.ts"
import { DisplayName } from "../../../src/domain/model/Account.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import { StoreHealth } from "../../../src/ports/StoreHealth.ts"
import { storeHealthContract } from "../../contracts/StoreHealthContract.ts"
import { anAccount, anInsertion } from "../../support/builders.ts"
import { postgresStores } from "../../support/stores.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"
import { databaseAs, everyRight } from "./databases-of-roles.ts"
import { clientAt, clientOf, clientOfEmptyDatabase, execute } from "./TestClient.ts"

storeHealthContract("postgres", {
  current: Layer.provide(PostgresStoreHealth.layer, clientAt("read committed")),
  empty: Layer.provide(PostgresStoreHealth.layer, clientOfEmptyDatabase)
})

const obstaclesOf = (target: PostgresTarget) =>
  Effect.flatMap(StoreHealth, ({ obstacles }) => obstacles).pipe(
    Effect.provide(Layer.provide(PostgresStoreHealth.layer, clientOf(target)))
  )

const refusalOf = (target: PostgresTarget) =>
  Effect.flatMap(SchemaMigrator, ({ migrate }) => Effect.flip(migrate)).pipe(
    Effect.provide(Layer.provide(PostgresSchemaMigrator.layer, clientOf(target)))
  )

describe("the health of a Postgres database", () => {
  it.effect.each(["LATIN1", "SQL_ASCII"])(
    "names the encoding %s, in which a migration is refused",
    (encoding) =>
      Effect.gen(function*() {
        const target = yield* TestPostgres.emptyDatabaseIn(encoding)
        const [obstacle, ...more] = yield* obstaclesOf(target)
        assert.deepStrictEqual(more, [])
        if (obstacle === undefined) return assert.fail("nothing was found")
        assert.strictEqual(obstacle.check, "database")
        assert.include(obstacle.problem, `the encoding ${encoding}`)
        const refusal = yield* refusalOf(target)
        assert.deepStrictEqual(refusal._tag === "StoreUnsuitable" && refusal.problems, [obstacle.problem])
      })
  )

  it.effect("has writes as a check of its own", () =>
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      yield* execute(target, `ALTER DATABASE ${target.database} SET default_transaction_read_only = on`)
      const [obstacle, ...more] = yield* obstaclesOf(target)
      assert.deepStrictEqual(more, [])
      assert.deepInclude(obstacle, { check: "writes" })
      assert.include(obstacle?.problem ?? "", "read-only")
    }))

  it.effect("names each right that the role lacks", () =>
    Effect.gen(function*() {
      const { role, target } = yield* databaseAs((role) => [
        ...everyRight(role),
        `REVOKE EXECUTE ON FUNCTION record_audit_event FROM ${role}`,
        `REVOKE ALL ON sessions FROM ${role}`
      ])
      const [obstacle, ...more] = yield* obstaclesOf(target)
      assert.deepStrictEqual(more, [])
      assert.deepInclude(obstacle, { check: "rights" })
      const missing =
        "SELECT on sessions, INSERT on sessions, UPDATE on sessions, DELETE on sessions, EXECUTE on record_audit_event"
      assert.include(obstacle?.problem ?? "", `${role}: ${missing}.`)
    }))

  it.effect("finds row security that hides rows from the role", () =>
    Effect.gen(function*() {
      const { target } = yield* databaseAs((role) => [
        ...everyRight(role),
        "ALTER TABLE sessions ENABLE ROW LEVEL SECURITY"
      ])
      const [obstacle, ...more] = yield* obstaclesOf(target)
      assert.deepStrictEqual(more, [])
      assert.deepInclude(obstacle, { check: "rights" })
      assert.include(obstacle?.problem ?? "", "rows of sessions")
    }))

  it.effect("names a version that is too old, and an encoding that somebody asked for at connect", () =>
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      const pretended = { version: 130_012, version_name: "13.12", client_encoding: "LATIN1" }
      const problems = yield* Effect.flatMap(
        PostgresClient.PostgresClient,
        ({ run }) =>
          run("Postgres.pretend", (connection) =>
            findObstacles({
              ...connection,
              query: (statement, parameters) =>
                Effect.map(connection.query(statement, parameters), (result) => ({
                  ...result,
                  rows: result.rows.map((row) => ({ ...row, ...pretended }))
                }))
            }))
      ).pipe(Effect.provide(clientOf(target)))
      assert.deepStrictEqual(problems.map(({ check }) => check), ["database", "database"])
      assert.include(problems[0]?.problem ?? "", "spoken to in LATIN1")
      assert.include(problems[1]?.problem ?? "", "Postgres 13.12")
    }))
})

it.effect("a text that the encoding of a database can't hold is said to be that", () =>
  Effect.gen(function*() {
    const { run } = yield* PostgresClient.PostgresClient
    const statements = PostgresSchemaMigrator.migrations.flatMap((migration) => migration.statements)
    yield* run("Postgres.create", (connection) =>
      Effect.forEach(statements, (statement) => connection.query(statement), { discard: true }))
    const store = yield* AccountStore
    const account = anAccount({ displayName: DisplayName.make("日本 Łukasz") })
    const refusal = yield* Effect.flip(store.insertAccount(anInsertion(account)))
    assert.deepInclude(refusal, { _tag: "StoreUnavailable", reason: "text-not-storable" })
  }).pipe(Effect.provide(
    Layer.provideMerge(
      postgresStores,
      Layer.unwrap(Effect.map(TestPostgres.emptyDatabaseIn("LATIN1"), clientOf))
    )
  )))
