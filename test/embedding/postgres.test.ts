/** The services in one piece on a database of their own, as an embedder starts them. */
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Effect, Layer, Redacted, Schema } from "effect"
import { Accounts, DisplayName, Email, NewPassword, SchemaMigrator, Sessions } from "identityd"
import * as Postgres from "identityd/Postgres"
import { inject } from "vitest"
import { createDatabase } from "../support/TestPostgres.ts"

const SIGNING_KEYS = Redacted.make(
  `k1:${Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 59 + 7) % 251)).toString("base64url")}`
)

const emptyDatabase = Effect.gen(function*() {
  const { connection } = inject("testPostgres")
  const database = yield* createDatabase({ connection })
  if ("url" in connection) {
    return Redacted.make(Object.assign(new URL(connection.url), { pathname: `/${database}` }).href)
  }
  const { path, username } = connection
  const directory = path.slice(0, path.lastIndexOf("/"))
  return Redacted.make(
    `postgres://${username}@localhost/${database}?host=${encodeURIComponent(directory)}&port=${connection.port}`
  )
})

describe("Postgres.layer", () => {
  it.live("makes the schema when told to, and keeps what it is given beyond its own end", () =>
    Effect.gen(function*() {
      const url = yield* emptyDatabase
      const run = <A, E>(use: Effect.Effect<A, E, Accounts | Sessions | SchemaMigrator>, migrate: boolean) =>
        Effect.scoped(Effect.flatMap(
          Layer.build(Postgres.layer({ url, signingKeys: SIGNING_KEYS, migrate })),
          (context) => Effect.provide(use, context)
        ))
      const email = Email.make("ada@example.com")
      const password = yield* Schema.decodeEffect(NewPassword)("a well kept secret")
      const token = yield* run(
        Effect.gen(function*() {
          yield* (yield* Accounts).create({ email, password, displayName: DisplayName.make("Ada") })
          const client = { userAgent: undefined, ipAddress: undefined }
          return (yield* (yield* Sessions).signIn({ email, password, client, transport: "token" })).token
        }),
        true
      )
      const { account, pending } = yield* run(
        Effect.gen(function*() {
          const { account } = yield* (yield* Sessions).verify(token)
          return { account, pending: yield* (yield* SchemaMigrator).pending }
        }),
        false
      )
      assert.deepStrictEqual([account.email, pending], [email, []])
    }))

  it.live("gives what calls it the database's time", () =>
    Effect.gen(function*() {
      const url = yield* emptyDatabase
      const context = yield* Layer.build(Postgres.layer({ url, signingKeys: SIGNING_KEYS }))
      const own = yield* Effect.provide(DateTime.now, Context.empty())
      const given = yield* Effect.provide(DateTime.now, context)
      assert.isBelow(Math.abs(DateTime.toEpochMillis(given) - DateTime.toEpochMillis(own)), 5_000)
    }))

  it.live("says what is wrong with a key or a URL, and neither is in it", () =>
    Effect.gen(function*() {
      const refusal = (options: { readonly url: string; readonly keys: string }) =>
        Layer.build(Postgres.layer({ url: Redacted.make(options.url), signingKeys: Redacted.make(options.keys) })).pipe(
          Effect.scoped,
          Effect.flip,
          Effect.map(String)
        )
      const keys = yield* refusal({ url: "postgres://localhost/identity", keys: "k1:c2VjcmV0" })
      assert.include(keys, "key 1")
      assert.notInclude(keys, "c2VjcmV0")
      assert.notInclude(
        yield* refusal({ url: "mysql://ada:hunter2@localhost", keys: Redacted.value(SIGNING_KEYS) }),
        "hunter2"
      )
    }))
})
