import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { SecondFactorPolicy } from "../../../src/domain/factors/SecondFactorPolicy.ts"
import { NoticePolicy } from "../../../src/domain/mail/Notices.ts"
import { adaWithFactors, elevated, enrol, enrolTotp, notShownBy, shownBy } from "../../support/authenticator.ts"
import { newMails } from "../../support/mailbox.ts"
import { ADA, adaSignedIn, bearer, TestIdentity } from "../../support/TestIdentity.ts"

const withPolicy = (policy: "off" | "required") =>
  Layer.provide(TestIdentity.layer, Layer.succeed(SecondFactorPolicy, policy))

const adaElevated = Effect.gen(function*() {
  const { identity, token } = yield* adaSignedIn
  return { identity, other: yield* identity.signIn(), token: yield* elevated(token) }
})

const confirm = Effect.fnUntraced(function*(token: string, id: unknown, json: object) {
  const { send } = yield* TestIdentity
  return yield* send("POST", `/accounts/me/factors/${String(id)}/confirm`, { headers: bearer(token), json })
})

const listed = Effect.fnUntraced(function*(token: string) {
  const { send } = yield* TestIdentity
  return (yield* send("GET", "/accounts/me/factors", { headers: bearer(token) })).json["factors"]
})

const statusOf = Effect.fnUntraced(function*(token: string) {
  const { send } = yield* TestIdentity
  return (yield* send("GET", "/sessions/me", { headers: bearer(token) })).status
})

describe("an authenticator application", () => {
  it.effect("[ASVS 6.5.2] is enrolled with a secret that is shown once", () =>
    Effect.gen(function*() {
      const { token } = yield* adaElevated
      const { json, status } = yield* enrol(token, "totp")
      assert.strictEqual(status, 201)
      assert.match(String(json["secret"]), /^[A-Z2-7]{32}$/)
      assert.strictEqual(
        json["otpauth_uri"],
        `otpauth://totp/identity.example:ada%40example.com?secret=${String(json["secret"])}` +
          "&issuer=identity.example&algorithm=SHA1&digits=6&period=30"
      )
      const factor = {
        id: json["id"],
        type: "totp",
        name: "My phone",
        created_at: "1970-01-01T00:00:00.000Z",
        last_used_at: null,
        confirmed: false
      }
      assert.deepInclude(json, factor)
      assert.deepStrictEqual(yield* listed(token), [factor])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 7.4.3] counts once it is confirmed; then all other sessions end, and this one has both factors", () =>
    Effect.gen(function*() {
      const { identity, other, token } = yield* adaElevated
      const { id, secret } = yield* enrolTotp(token)
      assert.strictEqual(yield* statusOf(other), 401)
      const session = yield* identity.send("GET", "/sessions/me", { headers: bearer(token) })
      assert.deepInclude(session.json, { amr: ["pwd", "otp", "mfa"], aal: 2 })
      const again = yield* confirm(token, id, { code: yield* shownBy(secret) })
      assert.deepStrictEqual([again.status, again.json["code"]], [410, "challenge-over"])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("leaves other sessions alone if its holder says so", () =>
    Effect.gen(function*() {
      const { other, token } = yield* adaElevated
      yield* enrolTotp(token, { end_other_sessions: false })
      assert.strictEqual(yield* statusOf(other), 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.3.1] is not confirmed by a wrong code, however often one guesses", () =>
    Effect.gen(function*() {
      const { token } = yield* adaElevated
      const { json } = yield* enrol(token, "totp")
      const code = yield* notShownBy(String(json["secret"]))
      for (let guess = 0; guess < 9; guess++) {
        const answer = yield* confirm(token, json["id"], { code })
        assert.deepStrictEqual([answer.status, answer.json["code"]], [401, "invalid-code"])
      }
      assert.strictEqual((yield* confirm(token, json["id"], { code })).status, 401)
      const limited = yield* confirm(token, json["id"], { code })
      assert.deepStrictEqual([limited.status, limited.headers["retry-after"]], [429, "60"])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("can be confirmed for an hour", () =>
    Effect.gen(function*() {
      const { token } = yield* adaElevated
      const { json } = yield* enrol(token, "totp")
      yield* TestClock.adjust("1 hour")
      const answer = yield* confirm(token, json["id"], { code: yield* shownBy(String(json["secret"])) })
      assert.deepStrictEqual([answer.status, answer.json["code"]], [410, "challenge-over"])
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("recovery codes", () => {
  it.effect("[ASVS 6.5.2] are ten, shown once, in place of earlier ones", () =>
    Effect.gen(function*() {
      const { codes, token } = yield* adaWithFactors
      assert.lengthOf(codes, 10)
      const again = yield* enrol(token, "recovery_codes", "On other paper")
      assert.deepInclude(again.json, { confirmed: true, remaining: 10 })
      const { text } = yield* TestIdentity.use(({ send }) =>
        send("GET", "/accounts/me/factors", { headers: bearer(token) })
      )
      for (const code of codes) assert.notInclude(text, code)
      assert.include(text, "On other paper")
      assert.notInclude(text, "On paper")
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("the factors of an account", () => {
  it.effect("[ASVS 7.5.3] are changed by an elevated session alone", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const factors = "/accounts/me/factors"
      const one = `${factors}/fct_0000000000000000000000000`
      const headers = bearer(token)
      for (
        const [method, path, json] of [
          ["POST", factors, { type: "totp", name: "Mine" }],
          ["POST", factors, { type: "recovery_codes", name: "Mine" }],
          ["PATCH", one, { name: "Mine" }],
          ["DELETE", one, undefined]
        ] as const
      ) {
        const answer = yield* identity.send(method, path, { headers, json })
        assert.deepStrictEqual([answer.status, answer.json["code"]], [401, "reauthentication-required"])
        assert.include(answer.headers["www-authenticate"] ?? "", "insufficient_user_authentication")
        assert.strictEqual(answer.json["detail"], "Elevate the session first: `POST /sessions/me/elevation`.")
      }
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("are renamed and removed by their holder, and are nobody else's", () =>
    Effect.gen(function*() {
      const { factor, identity, token } = yield* adaWithFactors
      const abe = { email: "abe@example.com" }
      yield* identity.signUp(abe)
      const stranger = bearer(yield* elevated(yield* identity.signIn(abe)))
      const path = `/accounts/me/factors/${factor}`
      const headers = bearer(token)
      const name = "Work phone"
      const renamed = yield* identity.send("PATCH", path, { headers, json: { name } })
      assert.deepStrictEqual([renamed.status, renamed.json["name"]], [200, name])
      assert.strictEqual((yield* identity.send("PATCH", path, { headers: stranger, json: { name } })).status, 404)
      assert.strictEqual((yield* identity.send("DELETE", path, { headers: stranger })).status, 404)
      assert.strictEqual((yield* identity.send("DELETE", path, { headers })).status, 204)
      assert.strictEqual((yield* identity.send("DELETE", path, { headers })).status, 404)
      assert.isNotEmpty(yield* identity.signIn())
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.3.7] are told of by mail", () =>
    Effect.gen(function*() {
      const { factor, identity, token } = yield* adaWithFactors
      yield* identity.send("DELETE", `/accounts/me/factors/${factor}`, { headers: bearer(token) })
      const mails = (yield* newMails).map(({ purpose, to }) => [purpose, to])
      assert.deepStrictEqual(mails, [
        ["factor-added", ADA.email],
        ["factor-added", ADA.email],
        ["factor-removed", ADA.email]
      ])
    }).pipe(Effect.provide(Layer.provide(TestIdentity.layer, Layer.succeed(NoticePolicy, "on")))))

  it.effect("can't be enrolled where the operator says so", () =>
    Effect.gen(function*() {
      const { token } = yield* adaElevated
      const { json, status } = yield* enrol(token, "totp")
      assert.deepStrictEqual([status, json["code"]], [404, "not-found"])
      assert.strictEqual(json["detail"], "Second factors are turned off here.")
    }).pipe(Effect.provide(withPolicy("off"))))

  it.effect("[ASVS 6.3.3] are demanded of everybody where the operator says so: without one a session may only enrol it", () =>
    Effect.gen(function*() {
      const { identity, other, token } = yield* adaElevated
      for (const [method, path] of [["GET", "/sessions/me"], ["GET", "/authorize"], ["DELETE", "/sessions"]] as const) {
        const answer = yield* identity.send(method, path, { headers: bearer(other) })
        assert.deepStrictEqual([answer.status, answer.json["code"]], [403, "factor-required"])
      }
      const { id } = yield* enrolTotp(token)
      assert.strictEqual(yield* statusOf(token), 200)
      const removed = yield* identity.send("DELETE", `/accounts/me/factors/${id}`, { headers: bearer(token) })
      assert.deepStrictEqual([removed.status, removed.json["code"]], [409, "last-factor"])
      const signedOut = yield* identity.send("DELETE", "/sessions/me", { headers: bearer(token) })
      assert.strictEqual(signedOut.status, 204)
    }).pipe(Effect.provide(withPolicy("required"))))
})
