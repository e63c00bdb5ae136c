/** Accounts that move from one database to another by the commands. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { adaEnrolled, enrolPasskey, giveFactor, shownBy, signInStarted } from "../support/authenticator.ts"
import { answerOf, bearer, identityOver, TestIdentity } from "../support/TestIdentity.ts"
import type { Sent } from "../support/TestIdentity.ts"
import { migratedDatabase } from "./Database.ts"
import { identity, request, serve, untilReadiness } from "./IdentityProcess.ts"
import type { Server, Variables } from "./IdentityProcess.ts"

const ORIGIN = "http://localhost:3000"

const installation = Effect.map(migratedDatabase, ({ url }): Variables => ({
  IDENTITY_DATABASE_URL: Redacted.value(url),
  IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU",
  IDENTITY_ENCRYPTION_KEYS: "e1:Qm9iJ3Mgc2VjcmV0IGtleSwgMzIgYnl0ZXMgbG9uZyE",
  IDENTITY_PASSKEY_ORIGINS: ORIGIN
}))

/** People who ask a server in a process of its own. */
const peopleOf = (server: Server) =>
  identityOver((method, path, { headers = {}, json }: Sent = {}) =>
    request(`${server.url}${path}`, {
      method,
      headers: { ...(json === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(json === undefined ? {} : { body: JSON.stringify(json) })
    }).pipe(Effect.orDie, Effect.flatMap((response) => Effect.promise(() => answerOf(response))))
  )

const asking = <A, E, R>(variables: Variables, people: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const server = yield* serve(variables)
    yield* untilReadiness(server, 200)
    return yield* Effect.provideService(people, TestIdentity, peopleOf(server))
  })

/** Ada, who has used one of her recovery codes. Returns the secret of her authenticator application. */
const enrolAda = Effect.gen(function*() {
  const { codes: [code], identity, secret, token } = yield* adaEnrolled(0)
  yield* enrolPasskey(token, ORIGIN)
  const { id } = yield* signInStarted()
  assert.strictEqual((yield* giveFactor(id, { recovery_code: code })).status, 201)
  yield* identity.send("POST", "/accounts/me/factors", {
    headers: bearer(token),
    json: { type: "totp", name: "Unused" }
  })
  return secret
})

const ROWS = [
  {
    external_id: "42",
    email: "bob@example.com",
    email_verified: true,
    display_name: "Bob 🦉",
    password_hash: "$2b$04$H/u4.nVB7.RjCTNW57zaRehFw3AR6JlrkVHVaWjbvNSxUB5ix/oES",
    created_at: "2020-01-02T03:04:05.678Z"
  },
  { external_id: "43", email: "carl@example.com", display_name: "Carl", status: "disabled" },
  {
    email: "Dora@Example.com",
    display_name: "Dora",
    factors: [{ type: "totp", secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", name: "Dora's" }]
  }
].map((row) => JSON.stringify(row)).join("\n")

/** Imports rows, and returns what became of each. */
const importing = Effect.fnUntraced(function*(variables: Variables, rows: string) {
  const { stderr, stdout } = yield* identity(["import-accounts", "-", "--json"], variables, rows)
  return (stdout.match(/"outcome":"\w+"/g) ?? [stderr]).map((it) => it.slice(11, -1))
})

const exporting = Effect.fnUntraced(function*(variables: Variables) {
  const { stdout } = yield* identity(["export-accounts", "--with-credentials"], variables)
  return stdout
})

const withoutUpdates = (rows: string) => rows.replaceAll(/"updated_at":"[^"]+",?/g, "")

it.live(
  "accounts move to an empty database to the byte, once, and their holders sign in there with what they have",
  () =>
    Effect.gen(function*() {
      const [source, target] = [yield* installation, yield* installation]
      assert.deepStrictEqual(yield* importing(source, ROWS), ["created", "created", "created"])
      const secret = yield* Effect.scoped(asking(source, enrolAda))
      const rows = yield* exporting(source)
      const digests = /"digests":(\[[^\]]+\])/.exec(rows)?.[1] ?? "[]"
      assert.lengthOf(JSON.parse(digests), 9)
      assert.lengthOf(rows.match(/"(?:sealed_secret|credential_id|external_id)"/g) ?? [], 5)
      assert.notInclude(rows, secret)

      assert.deepStrictEqual(yield* importing(target, rows), Array.from({ length: 4 }, () => "created"))
      assert.strictEqual(withoutUpdates(yield* exporting(target)), withoutUpdates(rows))
      assert.deepStrictEqual(yield* importing(target, rows), Array.from({ length: 4 }, () => "unchanged"))

      const signIn = Effect.gen(function*() {
        const { factors, id } = yield* signInStarted()
        assert.deepStrictEqual(factors.toSorted(), ["passkey", "recovery_codes", "totp"])
        return yield* giveFactor(id, { totp: yield* shownBy(secret, 1) })
      })
      const { json, status } = yield* Effect.scoped(asking(target, signIn))
      assert.deepStrictEqual([status, json["aal"]], [201, 2])
    }).pipe(Effect.provide(NodeFileSystem.layer)),
  60_000
)
