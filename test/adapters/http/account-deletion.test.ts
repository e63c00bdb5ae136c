import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { CLEARED_SESSION_COOKIE } from "../../../src/adapters/http/sessions/Cookies.ts"
import { AuditReview } from "../../../src/domain/audit/AuditReview.ts"
import { ADA, adaSignedIn, bearer, TestIdentity, transports } from "../../support/TestIdentity.ts"

const json = { current_password: ADA.password }

describe("deleting one's account", () => {
  it.effect.each(transports)(
    "by $by clears the cookie, and ends every session",
    ({ headers }) =>
      Effect.gen(function*() {
        const { identity, token } = yield* adaSignedIn
        const other = yield* identity.signIn()
        const answer = yield* identity.send("DELETE", "/accounts/me", { json, headers: headers(token) })
        assert.strictEqual(answer.status, 204)
        assert.strictEqual(answer.text, "")
        assert.strictEqual(answer.headers["set-cookie"], CLEARED_SESSION_COOKIE)
        for (const each of [token, other]) {
          assert.strictEqual((yield* identity.send("GET", "/accounts/me", { headers: bearer(each) })).status, 401)
        }
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect("frees its email, for an account that has nothing of the old one", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const old = yield* identity.send("GET", "/accounts/me", { headers: bearer(token) })
      yield* identity.send("DELETE", "/accounts/me", { json, headers: bearer(token) })
      const signIn = yield* identity.send("POST", "/sessions", { json: { email: ADA.email, password: ADA.password } })
      assert.strictEqual(signIn.status, 401)
      const again = yield* identity.signUp()
      assert.strictEqual(again.status, 201)
      assert.notStrictEqual(again.json["id"], old.json["id"])
      assert.strictEqual((yield* identity.send("GET", "/accounts/me", { headers: bearer(token) })).status, 401)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each(transports)("[ASVS 7.5.1] by $by needs the current password", ({ headers }) =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const answer = yield* identity.send("DELETE", "/accounts/me", {
        json: { current_password: "wrong password" },
        headers: headers(token)
      })
      assert.strictEqual(answer.status, 401)
      assert.strictEqual(answer.json["code"], "invalid-credentials")
      assert.isUndefined(answer.headers["set-cookie"])
      assert.strictEqual((yield* identity.send("GET", "/accounts/me", { headers: bearer(token) })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("takes a body", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const headers = bearer(token)
      assert.strictEqual((yield* identity.send("DELETE", "/accounts/me", { headers })).status, 415)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("leaves a record of everything, without personal data", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      yield* identity.send("DELETE", "/accounts/me", { json, headers: bearer(token) })
      const review = yield* AuditReview
      const all = { accountId: Option.none(), action: Option.none(), since: Option.none() }
      const { items } = yield* review.list(all, { limit: 100, after: Option.none() })
      assert.deepStrictEqual(items.map(({ event }) => [event?.action, event?.actor.type]).toReversed(), [
        ["account.created", "account"],
        ["session.started", "account"],
        ["account.deleted", "account"]
      ])
      const text = JSON.stringify(items)
      for (const personal of [ADA.email, ADA.display_name, ADA.password, token]) assert.notInclude(text, personal)
      assert.deepStrictEqual((yield* review.verify(() => Effect.void)).breaks, [])
    }).pipe(Effect.provide(TestIdentity.layer)))
})
