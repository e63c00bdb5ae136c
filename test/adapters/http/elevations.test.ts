import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { SESSION_COOKIE } from "../../../src/adapters/http/api/Authentication.ts"
import { adaWithFactors, notShownBy, shownBy } from "../../support/authenticator.ts"
import { ADA, adaSignedIn, bearer, ownCookie, TestIdentity } from "../../support/TestIdentity.ts"

const ada = Effect.gen(function*() {
  const { identity, token } = yield* adaSignedIn
  const elevate = (headers: Readonly<Record<string, string>>, password = ADA.password) =>
    identity.send("POST", "/sessions/me/elevation", { json: { current_password: password }, headers })
  const statusOf = (headers: Readonly<Record<string, string>>) =>
    Effect.map(identity.send("GET", "/sessions/me", { headers }), ({ status }) => status)
  return { identity, token, elevate, statusOf }
})

const requests = [
  { method: "PATCH", path: "/accounts/me", json: { email: "countess@example.com" } },
  { method: "POST", path: "/accounts/me/email-change", json: { email: "countess@example.com" } },
  { method: "PUT", path: "/accounts/me/password", json: { new_password: "a whole new password" } },
  { method: "DELETE", path: "/accounts/me", json: {} }
]

describe("an elevated session", () => {
  it.effect("[ASVS 7.2.4] by bearer token has a new token in the body, and the old one is dead", () =>
    Effect.gen(function*() {
      const { elevate, statusOf, token } = yield* ada
      const answer = yield* elevate(bearer(token))
      assert.deepStrictEqual([answer.status, answer.cookies], [200, []])
      assert.deepInclude(answer.json, { current: true, amr: ["pwd"], aal: 1 })
      assert.isString(answer.json["elevated_until"])
      assert.isString(answer.json["device"])
      const elevated = bearer(String(answer.json["token"]))
      assert.deepStrictEqual([yield* statusOf(bearer(token)), yield* statusOf(elevated)], [401, 200])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 7.2.4] by cookie has a new cookie, and no secret in the body", () =>
    Effect.gen(function*() {
      const { elevate, statusOf, token } = yield* ada
      const answer = yield* elevate(ownCookie(token))
      assert.notProperty(answer.json, "token")
      const renewed = answer.cookies.join().match(`${SESSION_COOKIE}=([^;]+);`)?.[1] ?? ""
      assert.deepStrictEqual([yield* statusOf(ownCookie(token)), yield* statusOf(ownCookie(renewed))], [401, 200])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is refused with a wrong password, and with none at all", () =>
    Effect.gen(function*() {
      const { elevate, identity, token } = yield* ada
      assert.strictEqual((yield* elevate(bearer(token), "wrong password")).json["code"], "invalid-credentials")
      const empty = yield* identity.send("POST", "/sessions/me/elevation", { json: {}, headers: bearer(token) })
      assert.strictEqual(empty.status, 422)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each(requests)(
    "[ASVS 7.5.3] is enough for $method $path, and a fresh one is challenged",
    (request) =>
      Effect.gen(function*() {
        const { elevate, identity, token } = yield* ada
        const send = (token: string) =>
          identity.send(request.method, request.path, {
            json: request.json,
            headers: { ...bearer(token), "if-match": "*" }
          })
        const fresh = yield* send(token)
        assert.deepStrictEqual([fresh.status, fresh.json["code"]], [401, "reauthentication-required"])
        assert.match(
          fresh.headers["www-authenticate"] ?? "",
          /^Bearer error="insufficient_user_authentication", error_description="[\w ]+", max_age="900"$/
        )
        const { json } = yield* elevate(bearer(token))
        assert.oneOf((yield* send(String(json["token"]))).status, [200, 202, 204])
      }).pipe(Effect.provide(TestIdentity.layer))
  )
})

describe("an authenticator application", () => {
  const withFactors = Effect.gen(function*() {
    const { identity, secret, token } = yield* adaWithFactors
    const elevate = (token: string, json: object) =>
      identity.send("POST", "/sessions/me/elevation", { json, headers: bearer(token) })
    return { elevate, identity, secret, token }
  })

  it.effect("[ASVS 6.5.1] [ASVS 7.2.4] elevates a session, which keeps both factors, and each code does once", () =>
    Effect.gen(function*() {
      const { elevate, identity, secret, token } = yield* withFactors
      const code = { totp: yield* shownBy(secret) }
      const { json, status } = yield* elevate(token, code)
      assert.strictEqual(status, 200)
      assert.deepInclude(json, { amr: ["pwd", "otp", "mfa"], aal: 2, elevated_until: "1970-01-01T00:15:00.000Z" })
      const dead = yield* identity.send("GET", "/sessions/me", { headers: bearer(token) })
      assert.strictEqual(dead.status, 401)
      const again = yield* elevate(String(json["token"]), code)
      assert.deepStrictEqual([again.status, again.json["code"]], [401, "invalid-code"])
      const next = yield* elevate(String(json["token"]), { totp: yield* shownBy(secret, 1) })
      assert.strictEqual(next.status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.3.1] elevates nothing by wrong codes, which are counted, so that the right one has to wait, too", () =>
    Effect.gen(function*() {
      const { elevate, secret, token } = yield* withFactors
      const wrong = { totp: yield* notShownBy(secret) }
      for (let guess = 0; guess < 10; guess++) {
        const { json, status } = yield* elevate(token, wrong)
        assert.deepStrictEqual([status, json["code"]], [401, "invalid-code"])
      }
      const right = { totp: yield* shownBy(secret) }
      const limited = yield* elevate(token, right)
      assert.deepStrictEqual([limited.status, limited.headers["retry-after"]], [429, "60"])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* elevate(token, { totp: yield* shownBy(secret) })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.3.3] is asked for instead of the password, the right one and a wrong one alike", () =>
    Effect.gen(function*() {
      const { elevate, token } = yield* withFactors
      for (const current_password of [ADA.password, "wrong password"]) {
        const { json, status } = yield* elevate(token, { current_password })
        assert.deepStrictEqual([status, json["code"]], [401, "second-factor-required"])
      }
    }).pipe(Effect.provide(TestIdentity.layer)))
})
