import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Redacted } from "effect"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import type { PostgresTarget } from "../../../src/adapters/postgres/connection/PostgresTarget.ts"
import { DisposableServer, until } from "./DisposableServer.ts"
import { execute } from "./TestClient.ts"

const query = (target: PostgresTarget, statement: string, timeout = Duration.seconds(2)) =>
  Effect.flatMap(
    PostgresClient.PostgresClient,
    ({ run }) => run("Postgres.query", (connection) => connection.query(statement))
  ).pipe(
    Effect.provide(PostgresClient.layer({ target, poolMax: 1, timeout })),
    Effect.map(({ rows: [row] }) => row)
  )

const settings = `SELECT current_user::text AS role, current_setting('application_name') AS application,
  current_setting('statement_timeout') AS timeout`

layer(DisposableServer.layer, { excludeTestServices: true })("postgres connections", (it) => {
  it.effect("a password may contain anything, percent-encoded", () =>
    Effect.gen(function*() {
      const { database, port, url } = yield* DisposableServer
      const password = "p@ss/w:rd ?#%&é"
      yield* execute({ url }, `CREATE ROLE with_password LOGIN PASSWORD '${password}'`)
      const connect = (password: string) =>
        query({
          url: Redacted.make(`postgres://with_password:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`)
        }, settings)
      assert.propertyVal(yield* connect(password), "role", "with_password")
      assert.strictEqual((yield* Effect.flip(connect("wrong")))._tag, "StoreUnavailable")
    }))

  it.effect("a URL may lead to a socket", () =>
    Effect.gen(function*() {
      const { database, directory, port } = yield* DisposableServer
      const url = Redacted.make(`postgres://identity@/${database}?host=${directory}&port=${port}`)
      assert.propertyVal(yield* query({ url }, settings), "role", "identity")
      const path = `${directory}/.s.PGSQL.${port}`
      assert.propertyVal(yield* query({ path, username: "identity", database }, settings), "role", "identity")
    }))

  it.effect("the server shows our name, or the one in the URL, and ends statements a little before we do", () =>
    Effect.gen(function*() {
      const { url } = yield* DisposableServer
      assert.deepStrictEqual(yield* query({ url }, settings), {
        role: "identity",
        application: "identity",
        timeout: "1800ms"
      })
      const named = Redacted.make(`${Redacted.value(url)}?application_name=blue`)
      assert.propertyVal(yield* query({ url: named }, settings), "application", "blue")
    }))

  it.effect("through a pooler nothing is prepared and nothing set on a connection", () =>
    Effect.gen(function*() {
      const { url } = yield* DisposableServer
      const prepared = "SELECT count(*)::int AS count FROM pg_prepared_statements"
      assert.deepStrictEqual(yield* query({ url }, prepared), { count: 1 })
      const pooled = Redacted.make(`${Redacted.value(url)}?pgbouncer=true`)
      assert.deepStrictEqual(yield* query({ url: pooled }, prepared), { count: 0 })
      assert.propertyVal(yield* query({ url: pooled }, settings), "timeout", "0")
    }))

  it.effect("through a pooler a statement that is late is canceled, for nobody else would end it", () =>
    Effect.gen(function*() {
      const { url } = yield* DisposableServer
      const pooled = Redacted.make(`${Redacted.value(url)}?pgbouncer=true&application_name=pooled`)
      yield* Effect.flip(query({ url: pooled }, "SELECT pg_sleep(60)", Duration.millis(200)))
      yield* until(url, "SELECT count(*) = 0 AS holds FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'")
    }))

  it.effect("a connection that must be encrypted is not opened without", () =>
    Effect.gen(function*() {
      const { url } = yield* DisposableServer
      const encrypted = Redacted.make(`${Redacted.value(url)}?sslmode=require`)
      assert.strictEqual((yield* Effect.flip(query({ url: encrypted }, settings)))._tag, "StoreUnavailable")
    }))
})
