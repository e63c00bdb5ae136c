/** A server whose database answers but can't be used. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Redacted, Result, Schema } from "effect"
import * as PostgresClient from "../../src/adapters/postgres/connection/PostgresClient.ts"
import { execute } from "../adapters/postgres/TestClient.ts"
import { migratedDatabase, reachableDatabase } from "./Database.ts"
import { identity, post, request, serve, untilLogged, untilReadiness } from "./IdentityProcess.ts"
import type { Server } from "./IdentityProcess.ts"

const KEY = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

const credentials = { email: "ada@example.com", password: "correct horse battery staple" }

const Token = Schema.Struct({ token: Schema.String })

const ready = Schema.Struct({ checks: Schema.Record(Schema.String, Schema.String) })

/** A migrated database, a server on it that is ready, and somebody who is signed in. */
const serving = Effect.gen(function*() {
  const { url } = yield* migratedDatabase
  const variables = {
    IDENTITY_DATABASE_URL: Redacted.value(url),
    IDENTITY_SIGNING_KEYS: KEY,
    IDENTITY_DATABASE_TIMEOUT: "500 millis"
  }
  const server = yield* serve(variables)
  yield* untilReadiness(server, 200)
  yield* post(`${server.url}/accounts`, { ...credentials, display_name: "Ada" })
  const signedIn = yield* post(`${server.url}/sessions`, credentials)
  const { token } = yield* Schema.decodeUnknownEffect(Token)(yield* Effect.promise(() => signedIn.json()))
  const check = Effect.map(
    request(`${server.url}/sessions/me`, { headers: { authorization: `Bearer ${token}` } }),
    ({ status }) => status
  )
  return { url, server, check, signIn: Effect.map(post(`${server.url}/sessions`, credentials), ({ status }) => status) }
})

const checksOf = Effect.fnUntraced(function*(server: Server) {
  const response = yield* request(`${server.managementUrl}/readyz`)
  const { checks } = yield* Schema.decodeUnknownEffect(ready)(yield* Effect.promise(() => response.json()))
  return { status: response.status, checks }
})

/** Holds an exclusive lock while an effect runs. */
const whileLocked = Effect.fnUntraced(function*<A, E, R>(
  _: Redacted.Redacted,
  table: string,
  effect: Effect.Effect<A, E, R>
) {
  const locked = yield* Deferred.make<void>()
  const done = yield* Deferred.make<void>()
  const { transact } = yield* PostgresClient.PostgresClient
  yield* Effect.forkScoped(transact("Postgres.lock", (connection) =>
    Effect.gen(function*() {
      yield* connection.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
      yield* Deferred.succeed(locked, undefined)
      yield* Deferred.await(done)
      return Result.succeed(undefined)
    })))
  yield* Deferred.await(locked)
  const outcome = yield* effect
  yield* Deferred.succeed(done, undefined)
  return outcome
}, (effect, url) =>
  Effect.scoped(Effect.provide(
    effect,
    PostgresClient.layer({ target: { url }, poolMax: 1, timeout: Duration.seconds(20) })
  )))

it.live(
  "a server on an empty database says so once, with the command as it is typed here, until somebody migrates",
  () =>
    Effect.gen(function*() {
      const { url } = yield* reachableDatabase
      const variables = { IDENTITY_DATABASE_URL: Redacted.value(url), IDENTITY_SIGNING_KEYS: KEY }
      const server = yield* serve(variables)
      yield* untilLogged(server, "listens on")
      assert.strictEqual((yield* identity(["migrate"], variables)).exitCode, 0)
      yield* untilReadiness(server, 200)
      yield* untilLogged(server, "The database is ready.")
      const complaints = server.log().split("\n").filter((line) => /"level":"(?:warn|error)"/i.test(line))
      assert.include(complaints[0], "no tables of identity yet")
      // Another look may fall into the middle of the migration.
      for (const complaint of complaints) assert.include(complaint, "Run `identity migrate`.")
    }).pipe(Effect.provide(NodeFileSystem.layer)),
  30_000
)

describe("a server is ready only while it can do what it is for:", () => {
  it.live(
    "[F7] a lock on what a session check reads is seen as one sees it who signs in",
    () =>
      Effect.gen(function*() {
        const { check, server, url } = yield* serving
        for (const table of ["accounts", "sessions"]) {
          yield* whileLocked(
            url,
            table,
            Effect.gen(function*() {
              const [status, { checks, status: readiness }] = yield* Effect.all([check, checksOf(server)], {
                concurrency: "unbounded"
              })
              assert.deepStrictEqual([status, readiness], [503, 503], table)
              assert.include(checks["store"], "does not answer in time")
              assert.strictEqual((yield* request(`${server.managementUrl}/livez`)).status, 200)
            })
          )
          yield* untilReadiness(server, 200)
          assert.strictEqual(yield* check, 200)
        }
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    40_000
  )

  it.live(
    "[F5] on a read-only database sessions are checked, writes are refused, and readiness says why",
    () =>
      Effect.gen(function*() {
        const { check, server, signIn, url } = yield* serving
        const database = new URL(Redacted.value(url)).pathname.slice(1)
        const writable = Redacted.make(`${Redacted.value(url)}?options=-c%20default_transaction_read_only%3Doff`)
        const set = (text: string) =>
          Effect.andThen(
            execute({ url: writable }, `ALTER DATABASE ${database} ${text}`),
            // A setting of a database applies to new connections.
            execute(
              { url },
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = '${database}' AND pid <> pg_backend_pid()`
            )
          )
        yield* set("SET default_transaction_read_only = on")
        yield* untilReadiness(server, 503)
        const { checks } = yield* checksOf(server)
        assert.deepInclude(checks, { store: "ok", schema: "ok", database: "ok", rights: "ok" })
        assert.include(checks["writes"], "read-only")
        assert.deepStrictEqual([yield* check, yield* signIn], [200, 503])
        yield* set("RESET default_transaction_read_only")
        yield* untilReadiness(server, 200)
        assert.deepStrictEqual([yield* check, yield* signIn], [200, 201])
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    40_000
  )
})
