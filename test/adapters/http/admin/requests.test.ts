/** What requests to the admin API do, beside whom they are for. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import { AuditReview } from "../../../../src/domain/audit/AuditReview.ts"
import { Directory } from "../../../../src/ports/Directory.ts"
import { PasswordHasher } from "../../../../src/ports/PasswordHasher.ts"
import { adaWithFactors } from "../../../support/authenticator.ts"
import { aPassword } from "../../../support/people.ts"
import { aKey, layer as world } from "../../../support/TestAdmin.ts"
import { ADA, bearer, pointersOf, PUBLIC_URL, TestIdentity } from "../../../support/TestIdentity.ts"
import type { Sent } from "../../../support/TestIdentity.ts"

let people = 0

/** An email that nobody has yet. */
const fresh = () => `person-${people += 1}@example.com`

const program = Effect.gen(function*() {
  const { send } = yield* TestIdentity
  const { apiKey, secret } = yield* aKey()
  const ask = (method: string, path: string, sent: Sent = {}) =>
    send(method, path, { ...sent, headers: { ...sent.headers, ...bearer(Redacted.value(secret)) } })
  return { apiKey, ask }
})

const create = Effect.fnUntraced(function*(json: Readonly<Record<string, unknown>>) {
  const { ask } = yield* program
  return yield* ask("POST", "/admin/accounts", { json: { email: fresh(), display_name: "Ada", ...json } })
})

const ifMatch = (version: string) => ({ headers: { "if-match": version } })

layer(world)("the admin API", (it) => {
  describe("creates an account", () => {
    it.effect("with a password, or with the hash of one, by which its holder signs in", () =>
      Effect.gen(function*() {
        const { send } = yield* TestIdentity
        const hash = yield* (yield* PasswordHasher).hash(yield* aPassword(ADA.password))
        for (const credential of [{ password: ADA.password }, { password_hash: hash }]) {
          const created = yield* create(credential)
          assert.strictEqual(created.status, 201, created.text)
          assert.strictEqual(created.headers["location"], `${PUBLIC_URL}/admin/accounts/${created.json["id"]}`)
          assert.strictEqual(created.headers["etag"], "\"1\"")
          const { email } = created.json
          const signedIn = yield* send("POST", "/sessions", { json: { email, password: ADA.password } })
          assert.strictEqual(signedIn.status, 201)
        }
      }))

    it.effect("with neither, and mails its holder a recovery; until then no password is right", () =>
      Effect.gen(function*() {
        const { send } = yield* TestIdentity
        const { listMails } = yield* Directory
        const { json, status } = yield* create({})
        assert.strictEqual(status, 201)
        const { items } = yield* listMails({
          limit: 1,
          after: Option.none(),
          accountId: Option.none(),
          status: Option.none()
        })
        assert.deepStrictEqual(items.map(({ purpose, to }) => [purpose, String(to)]), [["recovery", json["email"]]])
        const refused = yield* send("POST", "/sessions", { json: { email: json["email"], password: ADA.password } })
        assert.strictEqual(refused.status, 401)
      }))

    it.effect("unless the email is taken, the password is listed, or the hash is none, too costly or one too many", () =>
      Effect.gen(function*() {
        const first = yield* create({})
        assert.strictEqual((yield* create({ email: first.json["email"] })).json["code"], "email-already-exists")
        const refused: ReadonlyArray<readonly [Readonly<Record<string, unknown>>, string]> = [
          [{ password: "password" }, "/password"],
          [{ password_hash: "hunter2" }, "/password_hash"],
          [
            { password_hash: "$argon2id$v=19$m=99999999,t=99,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA" },
            "/password_hash"
          ],
          [{ password: ADA.password, password_hash: "x" }, "/password_hash"],
          [{ status: "disabled" }, "/status"]
        ]
        for (const [json, pointer] of refused) {
          const answer = yield* create(json)
          assert.deepStrictEqual([answer.status, yield* pointersOf(answer)], [422, [pointer]], answer.text)
        }
      }))
  })

  it.effect("changes and deletes an account only at the version that was read", () =>
    Effect.gen(function*() {
      const { ask } = yield* program
      const { json: { id } } = yield* create({ password: ADA.password })
      const path = `/admin/accounts/${id}`
      const json = { display_name: "Ada King", email: fresh(), email_verified: true }
      for (const method of ["PATCH", "DELETE"]) {
        const sent = method === "PATCH" ? { json } : {}
        assert.strictEqual((yield* ask(method, path, sent)).status, 428)
        assert.strictEqual((yield* ask(method, path, { ...sent, ...ifMatch("\"7\"") })).status, 412)
      }
      const changed = yield* ask("PATCH", path, { json, ...ifMatch("\"1\"") })
      assert.deepInclude(changed.json, { ...json, version: 2 })
      assert.strictEqual(changed.headers["etag"], "\"2\"")
      assert.strictEqual((yield* ask("PATCH", path, { json: { email: fresh() }, ...ifMatch("\"1\"") })).status, 412)
      assert.deepInclude((yield* ask("PATCH", path, { json: { email: fresh() }, ...ifMatch("*") })).json, {
        email_verified: false
      })
      assert.strictEqual((yield* ask("DELETE", path, ifMatch("\"3\""))).status, 204)
      for (const method of ["GET", "DELETE"]) assert.strictEqual((yield* ask(method, path, ifMatch("*"))).status, 404)
    }))

  it.effect("[ASVS 16.2.1] the audit log names the key, and shows the entries to it", () =>
    Effect.gen(function*() {
      const { apiKey, ask } = yield* program
      const { json: { id } } = yield* ask("POST", "/admin/accounts", {
        json: { email: fresh(), display_name: "Ada", password: ADA.password }
      })
      yield* ask("PATCH", `/admin/accounts/${id}`, { json: { email_verified: true }, ...ifMatch("*") })
      yield* ask("POST", `/admin/accounts/${id}/disable`)
      const { json } = yield* ask("GET", `/admin/audit-log?account_id=${id}`)
      const entries = Array.isArray(json["entries"]) ? json["entries"] : []
      assert.deepStrictEqual(
        entries.map(({ action, actor }) => [action, actor]),
        ["account.disabled", "email-verification.set", "account.created"].map((action) => [
          action,
          { type: "api_key", id: apiKey.id }
        ])
      )
      const { verify } = yield* AuditReview
      assert.deepStrictEqual((yield* verify(() => Effect.void)).breaks, [])
    }))

  it.effect("lists accounts page by page, by the filters of the command", () =>
    Effect.gen(function*() {
      const { ask } = yield* program
      const emails = ["listed-1@example.org", "listed-2@example.org", "listed-3@example.org"]
      for (const email of emails) yield* create({ email })
      const seen = []
      let next = "/admin/accounts?email_prefix=listed-&limit=2"
      while (next !== "") {
        const { headers, json } = yield* ask("GET", next)
        seen.push(...(Array.isArray(json["accounts"]) ? json["accounts"] : []))
        next = /^<https:\/\/identity\.example([^>]+)>; rel="next"$/.exec(headers["link"] ?? "")?.[1] ?? ""
        assert.strictEqual(next === "", json["next"] === null)
      }
      assert.deepStrictEqual(seen.map(({ email }) => email), emails)
      const wrong = yield* ask("GET", "/admin/accounts?limit=0&status=gone&created_since=yesterday")
      assert.deepStrictEqual(yield* pointersOf(wrong), ["/created_since", "/limit", "/status"])
      assert.deepStrictEqual(yield* pointersOf(yield* ask("GET", "/admin/accounts?after=x")), ["/after"])
      const twice = yield* ask("GET", "/admin/accounts?limit=2&limit=3&status=active&status=active&x=1&x=2")
      assert.deepStrictEqual(twice.json["errors"], [
        { pointer: "/x", detail: "is not a known member" },
        { pointer: "/limit", detail: "must be given once" },
        { pointer: "/status", detail: "must be given once" }
      ])
    }))

  it.effect("lists an account's second factors, as its holder sees them, and takes one away by its id", () =>
    Effect.gen(function*() {
      const { ask } = yield* program
      const { factor, identity, secret, token } = yield* adaWithFactors
      const own = yield* identity.send("GET", "/accounts/me/factors", { headers: bearer(token) })
      const path = `/admin/accounts/${
        (yield* identity.send("GET", "/accounts/me", { headers: bearer(token) })).json["id"]
      }`
      const listed = yield* ask("GET", `${path}/factors`)
      assert.deepStrictEqual([listed.status, listed.json], [200, own.json])
      assert.notInclude(listed.text, secret)
      for (const status of [204, 404]) {
        assert.strictEqual((yield* ask("DELETE", `${path}/factors/${factor}`)).status, status)
      }
      assert.notInclude((yield* ask("GET", `${path}/factors`)).text, factor)
      assert.strictEqual((yield* ask("GET", "/admin/accounts/acct_0000000000000000000000000/factors")).status, 404)
    }))

  it.effect("ends the sessions that have something in common, after counting them", () =>
    Effect.gen(function*() {
      const { send } = yield* TestIdentity
      const { ask } = yield* program
      const { json: { email, id } } = yield* create({ password: ADA.password })
      const signIn = (from: string) => send("POST", "/sessions", { json: { email, password: ADA.password }, from })
      for (const from of ["192.0.2.1", "192.0.2.2", "198.51.100.1"]) yield* signIn(from)
      const left = Effect.map(ask("GET", `/admin/accounts/${id}/sessions`), ({ json }) =>
        Array.isArray(json["sessions"]) ? json["sessions"].map(({ ip_address }) => ip_address) : [])
      const revoke = (json: object) =>
        ask("POST", "/admin/session-revocations", { json })
      const wanted = { account_id: id, ip: "192.0.2.0/24" }
      assert.deepStrictEqual((yield* revoke({ ...wanted, dry_run: true })).json, {
        sessions: 2,
        accounts: 1,
        dry_run: true
      })
      assert.lengthOf(yield* left, 3)
      assert.deepStrictEqual((yield* revoke(wanted)).json, { sessions: 2, accounts: 1, dry_run: false })
      assert.deepStrictEqual(yield* left, ["198.51.100.1"])
      for (const json of [{}, { account_id: id, all_accounts: true }, { all_accounts: false }]) {
        assert.strictEqual((yield* revoke(json)).status, 422)
      }
      assert.strictEqual((yield* revoke({ account_id: "acct_0000000000000000000000000" })).status, 404)
    }))
})
