import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { AuditReview } from "../../../src/domain/audit/AuditReview.ts"
import { methodsIn } from "../../../src/domain/model/Audit.ts"
import { Email, emailKey } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { FactorStore } from "../../../src/ports/FactorStore.ts"
import { adaWithFactors, askedIn, giveFactor, notShownBy, shownBy, signInStarted } from "../../support/authenticator.ts"
import { aFactor, anEvent } from "../../support/builders.ts"
import { secretsIn } from "../../support/mailbox.ts"
import { ADA, bearer, pointersOf, TestIdentity } from "../../support/TestIdentity.ts"
import type { Answer } from "../../support/TestIdentity.ts"

const outcome = ({ json, status }: Answer) => [status, json["code"]]

/** What the audit log has, newest first. */
const recorded = Effect.gen(function*() {
  const review = yield* AuditReview
  const all = { accountId: Option.none(), action: Option.none(), since: Option.none() }
  return (yield* review.list(all, { limit: 100, after: Option.none() })).items.flatMap(({ event }) => event ?? [])
})

const INVALID = [401, "invalid-code"]
const OVER = [410, "challenge-over"]

describe("a sign-in to an account with a second factor", () => {
  it.effect("[ASVS 6.3.3] with the right password is no session, but asks for the factor", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaWithFactors
      const { email, password } = ADA
      const answer = yield* identity.send("POST", "/sessions", { json: { email, password, transport: "cookie" } })
      assert.deepStrictEqual([outcome(answer), answer.cookies], [[401, "second-factor-required"], []])
      assert.deepInclude(answer.json["sign_in"], {
        factors: ["totp", "recovery_codes"],
        expires_at: "1970-01-01T00:10:00.000Z"
      })
      const { text } = yield* identity.send("GET", "/sessions", { headers: bearer(token) })
      assert.lengthOf(text.match(/"ses_/g) ?? [], 1)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[P6] [ASVS 6.3.8] with a wrong password is refused like any other", () =>
    Effect.gen(function*() {
      const { identity } = yield* adaWithFactors
      const refusals = yield* Effect.forEach([ADA.email, "nobody@example.com"], (email) =>
        identity.send("POST", "/sessions", { json: { email, password: "a wrong password" } }))
      const [known, unknown] = refusals.map(({ json: { request_id: _, ...members }, status }) => [status, members])
      assert.deepStrictEqual(known, unknown)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.3.3] is completed by the code that the application shows, once", () =>
    Effect.gen(function*() {
      const { identity, secret } = yield* adaWithFactors
      const [one, other] = [yield* signInStarted(), yield* signInStarted()]
      const totp = yield* shownBy(secret)
      const started = yield* giveFactor(one.id, { totp })
      assert.strictEqual(started.status, 201)
      assert.deepInclude(started.json, { amr: ["pwd", "otp", "mfa"], aal: 2, elevated_until: null })
      assert.strictEqual(started.headers["location"], "https://identity.example/sessions/me")
      const mine = yield* identity.send("GET", "/sessions/me", { headers: bearer(String(started.json["token"])) })
      assert.strictEqual(mine.status, 200)
      const entry = (yield* recorded).find(({ action }) => action === "session.started")
      assert.deepStrictEqual(entry && methodsIn(entry), ["pwd", "otp", "mfa"])
      assert.deepStrictEqual(outcome(yield* giveFactor(one.id, { totp })), OVER)
      assert.deepStrictEqual(outcome(yield* giveFactor(other.id, { totp })), INVALID)
      assert.strictEqual((yield* giveFactor(other.id, { totp: yield* shownBy(secret, 1) })).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.5.1] is completed by a recovery code, once, however it is typed", () =>
    Effect.gen(function*() {
      const { codes: [code = ""], token } = yield* adaWithFactors
      const started = yield* giveFactor((yield* signInStarted()).id, {
        recovery_code: ` ${code.toUpperCase().replaceAll("-", " ")}`
      })
      assert.deepInclude(started.json, { amr: ["pwd", "otp", "mfa"], aal: 2 })
      assert.deepStrictEqual(outcome(yield* giveFactor((yield* signInStarted()).id, { recovery_code: code })), INVALID)
      const { json } = yield* TestIdentity.use(({ send }) =>
        send("GET", "/accounts/me/factors", { headers: bearer(token) })
      )
      assert.include(JSON.stringify(json), "\"remaining\":9")
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.3.1] ends after five tries, whatever they were", () =>
    Effect.gen(function*() {
      const { secret } = yield* adaWithFactors
      const { id } = yield* signInStarted()
      const totp = yield* notShownBy(secret)
      for (let guess = 0; guess < 5; guess++) {
        assert.deepStrictEqual(outcome(yield* giveFactor(id, { totp })), INVALID)
      }
      assert.deepStrictEqual(outcome(yield* giveFactor(id, { totp: yield* shownBy(secret) })), OVER)
      const events = yield* recorded
      const guesses = events.map(({ action }) => action).filter((action) => /^second-factor\.(?!started)/.test(action))
      assert.deepStrictEqual(guesses, ["second-factor.limited", ...Array(4).fill("second-factor.refused")])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("asks for no recovery code when all are used", () =>
    Effect.gen(function*() {
      yield* adaWithFactors
      const found = yield* AccountStore.use((store) => store.findAccountByEmail(emailKey(Email.make(ADA.email))))
      const { account } = Option.getOrThrow(found)
      const stored = aFactor(account, { type: "recovery_codes", codes: [] })
      const commit = { audit: anEvent({ account }) }
      yield* FactorStore.use((store) => store.insert({ stored, precondition: { _tag: "Exists" }, commit }))
      assert.deepStrictEqual((yield* signInStarted()).factors, ["totp"])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.3.1] counts wrong codes with wrong passwords, and right passwords forget none of them", () =>
    Effect.gen(function*() {
      const { identity, secret } = yield* adaWithFactors
      const totp = yield* notShownBy(secret)
      const from = "192.0.2.1"
      const password = (text: string) =>
        identity.send("POST", "/sessions", { from, json: { email: ADA.email, password: text } })
      const guess = Effect.fnUntraced(function*(id: string) {
        return (yield* identity.send("POST", `/sign-ins/${id}/factor`, { from, json: { totp } })).status
      })
      const { id } = yield* signInStarted()
      const { id: other } = yield* signInStarted()
      for (let wrong = 0; wrong < 5; wrong++) assert.strictEqual(yield* guess(id), 401)
      for (let wrong = 0; wrong < 3; wrong++) assert.strictEqual((yield* password("a wrong password")).status, 401)
      assert.deepStrictEqual(outcome(yield* password(ADA.password)), [401, "second-factor-required"])
      assert.strictEqual(yield* guess(other), 401)
      assert.strictEqual(yield* guess(other), 401)
      assert.strictEqual(yield* guess(other), 429)
      assert.strictEqual((yield* password(ADA.password)).status, 429)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(
        (yield* identity.send("POST", `/sign-ins/${other}/factor`, { from, json: { totp: yield* shownBy(secret) } }))
          .status,
        201
      )
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.5.5] is over after ten minutes, and with a new password", () =>
    Effect.gen(function*() {
      const { identity, secret, token } = yield* adaWithFactors
      const changed = yield* signInStarted()
      yield* identity.send("PUT", "/accounts/me/password", {
        headers: bearer(token),
        json: { new_password: "a whole new password" }
      })
      assert.deepStrictEqual(outcome(yield* giveFactor(changed.id, { totp: yield* shownBy(secret) })), OVER)
      const answer = yield* identity.send("POST", "/sessions", {
        json: { email: ADA.email, password: "a whole new password" }
      })
      const { id } = yield* askedIn(answer)
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual(outcome(yield* giveFactor(id, { totp: yield* shownBy(secret) })), OVER)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is not completed by an id of another kind, nor by two factors or none", () =>
    Effect.gen(function*() {
      const { identity, secret } = yield* adaWithFactors
      const recovery = yield* identity.send("POST", "/recoveries", { json: { email: ADA.email } })
      const totp = yield* shownBy(secret)
      assert.deepStrictEqual(outcome(yield* giveFactor(String(recovery.json["id"]), { totp })), OVER)
      const { id } = yield* signInStarted()
      for (const json of [{}, { totp, recovery_code: "a" }]) {
        assert.deepStrictEqual(yield* pointersOf(yield* giveFactor(id, json)), ["/totp"])
      }
      const secrets = yield* secretsIn("second-factor", id)
      const answered = yield* identity.send("POST", `/recoveries/${id}/answer`, {
        json: { code: secrets.code, new_password: "a whole new password" }
      })
      assert.deepStrictEqual(outcome(answered), OVER)
    }).pipe(Effect.provide(TestIdentity.layer)))
})
