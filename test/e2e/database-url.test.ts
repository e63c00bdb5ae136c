/** A server and commands on a database by URL: migrations when the operator wants them, outages, two servers. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { migratedDatabase, reachableDatabase } from "./Database.ts"
import { identity, request, serve, untilLogged, untilReadiness } from "./IdentityProcess.ts"

const KEY = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"
const NEW_KEY = "k2:9bHnYh4TzKv1n0C2Jv3o5aXqL8mWcRkU7sGfEpDyOtI"

const variablesOf = (url: Redacted.Redacted<string>) => ({
  IDENTITY_DATABASE_URL: Redacted.value(url),
  IDENTITY_SIGNING_KEYS: KEY
})

const credentials = { email: "ada@example.com", password: "correct horse battery staple" }

const createAccount = ["create-account", "--email", credentials.email, "--display-name", "Ada", "--password-stdin"]

const Token = Schema.Struct({ token: Schema.String })

const signIn = Effect.fnUntraced(function*(url: string) {
  const response = yield* request(`${url}/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(credentials)
  })
  const { token } = yield* Schema.decodeUnknownEffect(Token)(yield* Effect.promise(() => response.json()))
  return { authorization: `Bearer ${token}` }
})

const whoAmI = (url: string, headers: Record<string, string>) =>
  Effect.map(request(`${url}/accounts/me`, { headers }), ({ status }) => status)

describe("a database by URL", () => {
  it.live("is migrated by `identity migrate` alone, and says so until it is", () =>
    Effect.gen(function*() {
      const variables = variablesOf((yield* reachableDatabase).url)
      const server = yield* serve(variables)
      yield* untilReadiness(server, 503)
      const early = yield* identity(["list-accounts"], variables)
      assert.strictEqual(early.exitCode, 1)
      assert.include(early.stderr, "identity migrate")

      const dry = yield* identity(["migrate", "--dry-run"], variables)
      assert.include(dry.stdout, "0001_create_accounts would be applied")
      assert.strictEqual((yield* request(`${server.managementUrl}/readyz`)).status, 503)
      const applied = yield* identity(["migrate"], variables)
      assert.include(applied.stdout, "0001_create_accounts applied")
      assert.strictEqual((yield* identity(["migrate"], variables)).stdout, "The schema is up to date.\n")

      yield* untilReadiness(server, 200)
      yield* untilLogged(server, "identity migrate")
    }).pipe(Effect.provide(NodeFileSystem.layer)), 40_000)

  it.live("may be away when a server starts and later: 503 and alive until it is back", () =>
    Effect.gen(function*() {
      const database = yield* migratedDatabase
      const variables = variablesOf(database.url)
      yield* database.close
      const server = yield* serve(variables)
      yield* untilReadiness(server, 503)
      assert.strictEqual((yield* request(`${server.managementUrl}/livez`)).status, 200)
      const refused = yield* request(`${server.url}/accounts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...credentials, display_name: "Ada" })
      })
      assert.strictEqual(refused.status, 503)
      assert.isNotNull(refused.headers.get("retry-after"))

      yield* database.open
      yield* untilReadiness(server, 200)
      const { exitCode } = yield* identity(createAccount, variables, credentials.password)
      assert.strictEqual(exitCode, 0)
      const session = yield* signIn(server.url)
      assert.strictEqual(yield* whoAmI(server.url, session), 200)

      yield* database.close
      assert.strictEqual(yield* whoAmI(server.url, session), 503)
      const command = yield* identity(["list-accounts"], variables)
      assert.strictEqual(command.exitCode, 1)
      yield* database.open
      yield* untilReadiness(server, 200)
      assert.strictEqual(yield* whoAmI(server.url, session), 200)
    }).pipe(Effect.provide(NodeFileSystem.layer)), 40_000)

  it.live(
    "[ASVS 7.4.5, 11.1.1] serves two servers: revoked on one is refused by both, and a new key in front loses no session",
    () =>
      Effect.gen(function*() {
        const variables = variablesOf((yield* migratedDatabase).url)
        yield* identity(createAccount, variables, credentials.password)
        const rotated = { ...variables, IDENTITY_SIGNING_KEYS: `${NEW_KEY},${KEY}` }
        const [one, other] = yield* Effect.all([serve(variables), serve(rotated)])
        yield* untilReadiness(one, 200)
        yield* untilReadiness(other, 200)
        const session = yield* signIn(one.url)
        assert.deepStrictEqual([yield* whoAmI(one.url, session), yield* whoAmI(other.url, session)], [200, 200])
        const revoked = yield* identity(["revoke-sessions", credentials.email, "--yes"], variables)
        assert.strictEqual(revoked.stdout, "Ended 1 session of ada@example.com.\n")
        assert.deepStrictEqual([yield* whoAmI(one.url, session), yield* whoAmI(other.url, session)], [401, 401])
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    40_000
  )
})
