/** A server obeys the settings for guesses and peppers. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { migratedDatabase } from "./Database.ts"
import { identity, post, serve, untilLogged, untilReadiness } from "./IdentityProcess.ts"

const KEY = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"
const PEPPER = "p1:9bHnYh4TzKv1n0C2Jv3o5aXqL8mWcRkU7sGfEpDyOtI"
const PASSWORD = "correct horse battery staple"

const migrated = Effect.gen(function*() {
  const { url } = yield* migratedDatabase
  const variables = {
    IDENTITY_DATABASE_URL: Redacted.value(url),
    IDENTITY_SIGNING_KEYS: KEY,
    IDENTITY_PASSWORD_PEPPERS: PEPPER
  }
  const args = ["create-account", "--email", "ada@example.com", "--display-name", "Ada", "--password-stdin"]
  assert.strictEqual((yield* identity(args, variables, PASSWORD)).exitCode, 0)
  return variables
})

const signIn = (url: string, password: string) =>
  Effect.map(post(`${url}/sessions`, { email: "ada@example.com", password }), ({ status }) => status)

const WARNING = /Limits are off/g

describe("a server", () => {
  it.live(
    "judges ten wrong passwords in a row, and with IDENTITY_RATE_LIMITS=off all of them, which it warns of once",
    () =>
      Effect.gen(function*() {
        const variables = yield* migrated
        const strict = yield* serve(variables)
        const lax = yield* serve({ ...variables, IDENTITY_RATE_LIMITS: "off" })
        yield* Effect.forEach([strict, lax], (server) => untilReadiness(server, 200), { concurrency: 2 })
        const guessing = (url: string) => Effect.replicateEffect(signIn(url, "a wrong password"), 12)
        assert.deepStrictEqual((yield* guessing(strict.url)).slice(9), [401, 429, 429])
        assert.deepStrictEqual([...new Set(yield* guessing(lax.url))], [401])
        assert.strictEqual(yield* signIn(strict.url, PASSWORD), 429)
        assert.strictEqual(yield* signIn(lax.url, PASSWORD), 201)
        assert.deepStrictEqual([strict.log().match(WARNING), lax.log().match(WARNING)?.length], [null, 1])
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    40_000
  )

  it.live(
    "without the pepper of a hash takes its password for a wrong one, and logs that",
    () =>
      Effect.gen(function*() {
        const { IDENTITY_PASSWORD_PEPPERS: pepper, ...others } = yield* migrated
        const server = yield* serve(others)
        yield* untilReadiness(server, 200)
        assert.strictEqual(yield* signIn(server.url, PASSWORD), 401)
        yield* untilLogged(server, "pepper")
        assert.notInclude(server.log(), pepper.slice(3))
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    40_000
  )
})
