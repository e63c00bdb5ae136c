/** Two servers behind HAProxy are replaced, their keys rotated and their schema migrated while clients ask. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Redacted } from "effect"
import * as PostgresClient from "../../src/adapters/postgres/connection/PostgresClient.ts"
import * as PostgresSchemaMigrator from "../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { SchemaMigrator } from "../../src/ports/SchemaMigrator.ts"
import { migratedDatabase } from "../e2e/Database.ts"
import { freePorts, serve, untilReadiness } from "../e2e/IdentityProcess.ts"

import { Clients } from "./Clients.ts"
import { isFull, printFigures } from "./Extent.ts"
import { haproxy, hasHaproxy } from "./Haproxy.ts"

const CLIENTS = 12

const [OLD, NEW] = ["k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU", "k2:9bHnYh4TzKv1n0C2Jv3o5aXqL8mWcRkU7sGfEpDyOtI"]

/** A column that a later release adds, fills and indexes, and one after that drops. */
const expanded = [
  {
    id: 9001,
    name: "expand",
    statements: [
      "ALTER TABLE accounts ADD COLUMN later text",
      "UPDATE accounts SET later = display_name",
      "CREATE INDEX accounts_later ON accounts (later)"
    ]
  }
]
const contracted = [...expanded, { id: 9002, name: "contract", statements: ["ALTER TABLE accounts DROP COLUMN later"] }]

const migrateTo = (url: Redacted.Redacted, further: typeof expanded) =>
  Effect.flatMap(SchemaMigrator, ({ migrate }) => migrate).pipe(
    Effect.provide(
      PostgresSchemaMigrator.layerOf({
        migrations: [...PostgresSchemaMigrator.migrations, ...further],
        patience: Duration.minutes(1)
      }).pipe(
        Layer.provide(PostgresClient.layer({ target: { url }, poolMax: 1, timeout: Duration.seconds(2) }))
      )
    ),
    Effect.tap((applied) => Effect.sync(() => assert.strictEqual(applied.length, 1)))
  )

describe.skipIf(!hasHaproxy)("behind HAProxy, when it is here", () => {
  it.live("a rolling restart, a migration and a rotation of keys fail no request", () =>
    Effect.gen(function*() {
      const full = yield* isFull
      const { url } = yield* migratedDatabase
      const places = [yield* freePorts, yield* freePorts] as const
      const variables = {
        IDENTITY_DATABASE_URL: Redacted.value(url),
        IDENTITY_PUBLIC_URL: "https://api.example.com/id",
        IDENTITY_TRUSTED_PROXIES: "127.0.0.1",
        IDENTITY_RATE_LIMITS: "off",
        IDENTITY_LOG_LEVEL: "warn",
        IDENTITY_SHUTDOWN_DELAY: full ? "5s" : "500ms"
      }
      const start = Effect.fnUntraced(function*(index: 0 | 1, keys: string) {
        const server = yield* serve({ ...variables, IDENTITY_SIGNING_KEYS: keys }, places[index])
        yield* untilReadiness(server, 200)
        return server
      })
      const servers = [yield* start(0, OLD), yield* start(1, OLD)]
      const proxy = yield* haproxy(places, full ? {} : { "inter 2s": "inter 200ms" })
      const clients = new Clients(proxy)
      let restarts = 0
      const restartAllWith = Effect.fnUntraced(function*(keys: string) {
        for (const index of [0, 1] as const) {
          servers[index]?.child.kill("SIGTERM")
          const ended = yield* servers[index]?.ended ?? Effect.die("it runs")
          assert.strictEqual(ended.exitCode, 0, ended.stderr)
          servers[index] = yield* start(index, keys)
          restarts += 1
        }
      })

      const work = Effect.gen(function*() {
        yield* clients.renew(CLIENTS)
        yield* migrateTo(url, expanded)
        yield* restartAllWith(`${OLD},${NEW}`)
        if (full) {
          yield* restartAllWith(`${NEW},${OLD}`)
          yield* clients.renew(CLIENTS)
          yield* restartAllWith(NEW)
        }
        yield* migrateTo(url, contracted)
        const asked = full ? 100_000 : clients.sent + 200
        yield* Effect.repeat(Effect.sleep("20 millis"), {
          until: () => clients.sent >= asked || clients.failed.length > 0
        })
      })
      yield* clients.during(CLIENTS, work)
      yield* printFigures("no downtime", { requests: clients.sent, failed: clients.failed.length, restarts })
      assert.deepStrictEqual(clients.failed, [])
    }), 900_000)
})
