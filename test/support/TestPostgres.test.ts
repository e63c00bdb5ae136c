import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Reactivity } from "effect/reactivity"
import * as TestPostgres from "./TestPostgres.ts"

layer(TestPostgres.layer)("TestPostgres", (it) => {
  it.effect("gives a suite a database that no other suite sees", () =>
    Effect.gen(function*() {
      const sql = yield* PgClient.PgClient
      yield* sql.unsafe("CREATE TABLE ours (row integer)")
      const other = yield* PgClient.make(yield* TestPostgres.freshDatabase)
      const tables = yield* other.unsafe("SELECT to_regclass('ours')::text AS table")
      assert.deepStrictEqual(tables, [{ table: null }])
    }).pipe(Effect.provide(Reactivity.layer)))
})
