/** The server and its commands as the role of `docs/least-privilege.md`, made by the very statements of that page. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result, Schema } from "effect"
import { requiredFunctions, requiredRights } from "../../src/adapters/postgres/upkeep/DatabaseRequirements.ts"
import { execute } from "../adapters/postgres/TestClient.ts"
import { migratedDatabase } from "../e2e/Database.ts"
import { identity, serve, untilLogged, untilReadiness } from "../e2e/IdentityProcess.ts"
import type { Variables } from "../e2e/IdentityProcess.ts"
import { ask } from "./Conversation.ts"
import { documentedRole, documentedStatements } from "./DocumentedRole.ts"

const KEY = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

const EMAIL = "ada@example.com"
const PASSWORD = "correct horse battery staple"

const succeeds = Effect.fnUntraced(function*(args: ReadonlyArray<string>, variables: Variables) {
  const { exitCode, stderr, stdout } = yield* identity(args, variables)
  assert.strictEqual(exitCode, 0, `${args.join(" ")}: ${stderr}`)
  return stdout
})

/** A migrated database with the role of the page, and how to connect as that role. */
const withRole = Effect.gen(function*() {
  const owner = (yield* migratedDatabase).url
  const variables = { IDENTITY_DATABASE_URL: Redacted.value(owner), IDENTITY_SIGNING_KEYS: KEY }
  const target = yield* documentedRole(owner)
  const role = new URL(Redacted.value(target.url)).username
  const asOwner = (text: string) => execute({ url: owner }, text)
  return { asOwner, role, target, variables: { ...variables, IDENTITY_DATABASE_URL: Redacted.value(target.url) } }
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** The actions of people, from signing up to deleting the account. Returns the statuses. */
const everythingOverHttp = Effect.fnUntraced(function*(url: string) {
  const credentials = { email: EMAIL, password: PASSWORD }
  const signIn = ask(`${url}/sessions`, "POST", { json: credentials })
  const signedUp = yield* ask(`${url}/accounts`, "POST", {
    json: { ...credentials, display_name: "Ada" },
    headers: { "idempotency-key": "key-1" }
  })
  const wrong = yield* ask(`${url}/sessions`, "POST", { json: { ...credentials, password: "something else" } })
  const [first, second, third] = [yield* signIn, yield* signIn, yield* signIn]
  const me = yield* ask(`${url}/accounts/me`, "GET", { headers: bearer(first.token) })
  const list = yield* ask(`${url}/sessions`, "GET", { headers: bearer(first.token) })
  const revoked = yield* ask(`${url}/sessions/${second.id}`, "DELETE", { headers: bearer(first.token) })
  const signedOut = yield* ask(`${url}/sessions/me`, "DELETE", { headers: bearer(third.token) })
  const moved = yield* ask(`${url}/accounts/me`, "PATCH", {
    json: { email: "countess@example.com", current_password: PASSWORD },
    headers: { ...bearer(first.token), "if-match": "*" }
  })
  const renewed = yield* ask(`${url}/accounts/me/password`, "PUT", {
    json: { current_password: PASSWORD, new_password: "a whole new password" },
    headers: bearer(first.token)
  })
  const everywhere = yield* ask(`${url}/sessions`, "DELETE", { headers: bearer(renewed.token) })
  const again = yield* ask(`${url}/sessions`, "POST", {
    json: { email: "countess@example.com", password: "a whole new password" },
    headers: { "idempotency-key": "key-2" }
  })
  const left = yield* ask(`${url}/accounts/me`, "DELETE", {
    json: { current_password: "a whole new password" },
    headers: bearer(again.token)
  })
  return [signedUp, wrong, first, me, list, revoked, signedOut, moved, renewed, everywhere, again, left].map(
    ({ status }) => status
  )
})

const refused = [
  "UPDATE audit_log SET actor = 'nobody'",
  "DELETE FROM audit_log",
  "TRUNCATE audit_log",
  "DELETE FROM audit_chains",
  "INSERT INTO schema_migrations (id, name, applied_at) VALUES (99, 'x', now())",
  "ALTER TABLE audit_log DISABLE TRIGGER ALL",
  "ALTER TABLE accounts ADD COLUMN x text",
  "CREATE TABLE x (id text)",
  "CREATE TEMPORARY TABLE x (id text)",
  "CREATE INDEX x ON accounts (email)",
  "CREATE SCHEMA x",
  "DROP TABLE sessions",
  "CREATE ROLE x"
]

describe("[ASVS 13.2.2] the database role of the documentation", () => {
  it.live("is enough for the server and for its commands", () =>
    Effect.gen(function*() {
      const { variables } = yield* withRole
      const server = yield* serve(variables)
      yield* untilReadiness(server, 200)
      assert.deepStrictEqual(
        yield* everythingOverHttp(server.url),
        [201, 401, 201, 200, 200, 204, 204, 200, 200, 204, 201, 204]
      )
      yield* ask(`${server.url}/accounts`, "POST", {
        json: { email: EMAIL, password: PASSWORD, display_name: "Ada" }
      })
      yield* ask(`${server.url}/sessions`, "POST", { json: { email: EMAIL, password: PASSWORD } })
      const commands = [
        ["migrate"],
        ["list-accounts"],
        ["revoke-sessions", "--all-accounts", "--user-agent", "node", "--yes"],
        ["disable-account", EMAIL, "--yes"],
        ["delete-account", EMAIL, "--yes"],
        ["prune"]
      ]
      for (const args of commands) yield* succeeds(args, variables)
      assert.include(yield* succeeds(["audit-log", "--action", "account.deleted"], variables), "account.deleted")
      yield* succeeds(["audit-log", "--verify"], variables)
      assert.notMatch(server.log(), /SQLSTATE/)
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)

  it.live("can neither edit the audit log nor change the schema", () =>
    Effect.gen(function*() {
      const { target } = yield* withRole
      yield* execute(target, "SELECT count(*) FROM audit_log")
      // Postgres only warns about that.
      yield* execute(target, "GRANT ALL ON audit_log TO CURRENT_USER")
      for (const statement of refused) {
        const outcome = yield* Effect.result(execute(target, statement))
        assert.strictEqual(Result.isFailure(outcome) && outcome.failure.reason, "right-missing", statement)
      }
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)

  it("is what readiness asks for, right by right", () => {
    const granted = documentedStatements.flatMap((text) => {
      const [, rights = "", object = ""] = /^GRANT ([A-Z, ]+) ON (\w+|FUNCTION \w+) TO /.exec(text) ?? []
      return rights.split(", ").filter((right) => right !== "" && object !== "").map((right) => `${right} ON ${object}`)
    })
    const asked = [
      ...Object.entries(requiredRights).flatMap(([table, rights]) => rights.map((right) => `${right} ON ${table}`)),
      ...requiredFunctions.map((name) => `EXECUTE ON FUNCTION ${name}`)
    ]
    assert.deepStrictEqual(asked.toSorted(), granted.toSorted())
  })

  it.live(
    "without one of its rights makes a server not ready, which names it; requests are put off and not at fault",
    () =>
      Effect.gen(function*() {
        const { asOwner, role, variables } = yield* withRole
        const server = yield* serve(variables)
        yield* untilReadiness(server, 200)
        yield* asOwner(`REVOKE INSERT ON sessions FROM ${role}`)
        yield* untilReadiness(server, 503)
        const { checks } = yield* Schema.decodeUnknownEffect(
          Schema.Struct({ checks: Schema.Record(Schema.String, Schema.String) })
        )(
          yield* Effect.promise(() => fetch(`${server.managementUrl}/readyz`).then((answer) => answer.json()))
        )
        assert.include(checks["rights"], `${role}: INSERT on sessions.`)
        yield* ask(`${server.url}/accounts`, "POST", {
          json: { email: EMAIL, password: PASSWORD, display_name: "Ada" }
        })
        const signedIn = yield* ask(`${server.url}/sessions`, "POST", { json: { email: EMAIL, password: PASSWORD } })
        assert.strictEqual(signedIn.status, 503)
        yield* untilLogged(server, "42501")
        yield* asOwner(`REVOKE USAGE ON SCHEMA public FROM ${role}`)
        const command = yield* identity(["list-accounts"], variables)
        assert.strictEqual(command.exitCode, 1)
        assert.include(command.stderr, "docs/least-privilege.md")
        yield* asOwner(`GRANT USAGE ON SCHEMA public TO ${role}`)
        yield* asOwner(`GRANT INSERT ON sessions TO ${role}`)
        yield* untilReadiness(server, 200)
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    60_000
  )
})
