/** An administrator's commands next to a running server, on the embedded database, and their audit entries. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { userInfo } from "node:os"
import * as EmbeddedPostgres from "../../src/platform/embedded/EmbeddedPostgres.ts"
import { execute } from "../adapters/postgres/TestClient.ts"
import { identity, request, serve, untilReadiness, usedDataDirectory } from "./IdentityProcess.ts"
import type { Server, Variables } from "./IdentityProcess.ts"

const PASSWORD = "correct horse battery staple"

const ADA = "ada@example.com"

const post = Effect.fnUntraced(function*(server: Server, path: string, body: unknown, userAgent = "test") {
  const response = yield* request(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": userAgent },
    body: JSON.stringify(body)
  })
  assert.strictEqual(response.status, 201)
  return yield* Effect.promise(() => response.json())
})

const Token = Schema.Struct({ token: Schema.String })

const signIn = Effect.fnUntraced(function*(server: Server, email: string, userAgent?: string) {
  const session = yield* post(server, "/sessions", { email, password: PASSWORD }, userAgent)
  return { authorization: `Bearer ${(yield* Schema.decodeUnknownEffect(Token)(session)).token}` }
})

const whoAmI = (server: Server, headers: Record<string, string>) =>
  Effect.map(request(`${server.url}/accounts/me`, { headers }), ({ status }) => status)

const running = Effect.gen(function*() {
  const variables: Variables = { IDENTITY_DATA_DIR: yield* usedDataDirectory }
  const server = yield* serve(variables)
  yield* untilReadiness(server, 200)
  return { server, variables }
})

const Entries = Schema.fromJsonString(Schema.Struct({
  entries: Schema.Array(Schema.Struct({
    action: Schema.String,
    actor: Schema.Struct({ type: Schema.String, name: Schema.optionalKey(Schema.String) }),
    client_address: Schema.NullOr(Schema.String)
  }))
}))

const Created = Schema.Struct({ id: Schema.String })

describe("an administrator", () => {
  it.live(
    "ends the sessions of a user agent everywhere at once, after counting them, and is named for it",
    () =>
      Effect.gen(function*() {
        const { server, variables } = yield* running
        const admin = { type: "admin", name: userInfo().username }
        const create = ["create-account", "--email", ADA, "--display-name", "Ada", "--password-stdin", "--quiet"]
        const id = (yield* identity(create, variables, PASSWORD)).stdout.trim()
        const phone = yield* signIn(server, ADA, "Phone/1.0")
        const laptop = yield* signIn(server, ADA, "Laptop/2.0")

        const revoke = ["revoke-sessions", "--all-accounts", "--user-agent", "phone"]
        const counted = yield* identity([...revoke, "--dry-run"], variables)
        assert.strictEqual(counted.stdout, "Would end 1 session of 1 account.\n")
        assert.deepStrictEqual([yield* whoAmI(server, phone), yield* whoAmI(server, laptop)], [200, 200])
        const ended = yield* identity([...revoke, "--yes"], variables)
        assert.strictEqual(ended.stdout, "Ended 1 session of 1 account.\n")
        assert.deepStrictEqual([yield* whoAmI(server, phone), yield* whoAmI(server, laptop)], [401, 200])

        const deleted = yield* identity(["delete-account", ADA, "--yes", "--json"], variables)
        assert.strictEqual(JSON.parse(deleted.stdout).id, id)
        assert.strictEqual(yield* whoAmI(server, laptop), 401)

        const log = yield* identity(["audit-log", "--account", id, "--json"], variables)
        const { entries } = yield* Schema.decodeEffect(Entries)(log.stdout)
        assert.deepStrictEqual(entries.map(({ action }) => action), [
          "account.deleted",
          "sessions.revoked",
          "session.started",
          "session.started",
          "account.created"
        ])
        for (const { action, actor, client_address } of entries) {
          if (action === "session.started") assert.strictEqual(client_address, "127.0.0.1")
          else assert.deepStrictEqual({ actor, client_address }, { actor: admin, client_address: null })
        }
        assert.strictEqual((yield* identity(["audit-log", "--verify"], variables)).exitCode, 0)
      }).pipe(Effect.provide(NodeServices.layer)),
    40_000
  )

  it.live("learns which chains of the audit log somebody tampered with", () =>
    Effect.gen(function*() {
      const { server, variables } = yield* running
      const anAccount = Effect.fnUntraced(function*(name: string) {
        const email = `${name}@example.com`
        const account = yield* post(server, "/accounts", { email, password: PASSWORD, display_name: name })
        yield* signIn(server, email)
        yield* signIn(server, email)
        return (yield* Schema.decodeUnknownEffect(Created)(account)).id
      })
      const [untouched, edited, removed, swapped, cut, forgotten] = yield* Effect.all([
        anAccount("untouched"),
        anAccount("edited"),
        anAccount("removed"),
        anAccount("swapped"),
        anAccount("cut"),
        anAccount("forgotten")
      ])
      const intact = yield* identity(["audit-log", "--verify", "--json"], variables)
      const whole = { chains: 6, entries: 18, forgotten: 0, breaks: [] }
      assert.deepStrictEqual([intact.exitCode, JSON.parse(intact.stdout)], [0, whole])

      const target = yield* EmbeddedPostgres.acquire({ dataDir: variables["IDENTITY_DATA_DIR"] ?? "" })
      for (
        const statement of [
          `UPDATE audit_log SET actor = 'admin:mallory' WHERE chain = '${edited}' AND sequence = 2`,
          `DELETE FROM audit_log WHERE chain = '${removed}' AND sequence = 2`,
          `UPDATE audit_log SET sequence = 100 + sequence WHERE chain = '${swapped}' AND sequence > 1`,
          `UPDATE audit_log SET sequence = 105 - sequence WHERE chain = '${swapped}' AND sequence > 100`,
          `DELETE FROM audit_log WHERE chain = '${cut}' AND sequence = 3`,
          `DELETE FROM audit_chains WHERE chain = '${forgotten}'`
        ]
      ) yield* execute(target, statement)

      const { exitCode, stderr, stdout } = yield* identity(["audit-log", "--verify", "--json"], variables)
      assert.deepStrictEqual([exitCode, JSON.parse(stderr).error.code], [1, "audit-log-broken"])
      const { breaks } = JSON.parse(stdout)
      assert.sameDeepMembers(breaks, [
        { chain: edited, sequence: 2, problem: "entry-altered" },
        { chain: removed, sequence: 2, problem: "entry-missing" },
        { chain: swapped, sequence: 2, problem: "entry-altered" },
        { chain: cut, sequence: 3, problem: "entry-missing" },
        { chain: forgotten, sequence: 1, problem: "head-altered" }
      ])
      const told = yield* identity(["audit-log", "--verify"], variables)
      assert.strictEqual(told.exitCode, 1)
      assert.notInclude(told.stdout, untouched)
      for (const chain of [edited, removed, swapped, cut, forgotten]) assert.include(told.stdout, chain)
    }).pipe(Effect.provide(NodeServices.layer)), 40_000)
})
