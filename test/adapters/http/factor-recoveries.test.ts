/** Recoveries of accounts with second factors: whose factors they are decides what becomes of them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, Option } from "effect"
import { Accounts } from "../../../src/domain/accounts/Accounts.ts"
import { AuditReview } from "../../../src/domain/audit/AuditReview.ts"
import { NoticePolicy } from "../../../src/domain/mail/Notices.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { factorsRemovedBy } from "../../../src/domain/telemetry/IdentityMetrics.ts"
import { adaWithFactors, askedIn, giveFactor, shownBy, signInStarted } from "../../support/authenticator.ts"
import { newMails, secretsIn } from "../../support/mailbox.ts"
import { ADA, bearer, TestIdentity } from "../../support/TestIdentity.ts"
import type { Answer } from "../../support/TestIdentity.ts"
import { prove } from "./email-confirmations.ts"

const NEW_PASSWORD = "a whole new password"

const outcome = ({ json, status }: Answer) => [status, json["code"]]

const startRecovery = Effect.fnUntraced(function*(email: string = ADA.email) {
  const { send } = yield* TestIdentity
  const { json } = yield* send("POST", "/recoveries", { json: { email } })
  const { code } = yield* secretsIn("recovery", json["id"])
  return () => send("POST", `/recoveries/${String(json["id"])}/answer`, { json: { code, new_password: NEW_PASSWORD } })
})

const noticed = TestIdentity.layer.pipe(Layer.provide(Layer.succeed(NoticePolicy, "on")))

const factorsOf = Effect.fnUntraced(function*(token: unknown) {
  const { send } = yield* TestIdentity
  return (yield* send("GET", "/accounts/me/factors", { headers: bearer(String(token)) })).json["factors"]
})

describe("a recovery of an account that somebody has proved to be theirs", () => {
  const recovered = Effect.gen(function*() {
    const ada = yield* adaWithFactors
    yield* prove(ada.token)
    const answer = yield* startRecovery()
    return { ...ada, answer, asked: yield* answer() }
  })

  it.effect("[ASVS 6.4.3] asks for the factor, and changes nothing before", () =>
    Effect.gen(function*() {
      const { answer, asked, identity, token } = yield* recovered
      assert.deepStrictEqual(outcome(asked), [401, "second-factor-required"])
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers: bearer(token) })).status, 200)
      assert.isNotEmpty((yield* signInStarted()).id)
      assert.deepStrictEqual(outcome(yield* answer()), [410, "challenge-over"])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.4.3] sets the password with the factor, ends all sessions and keeps the factors", () =>
    Effect.gen(function*() {
      const { asked, codes: [code], identity, secret, token } = yield* recovered
      const { id } = yield* askedIn(asked)
      const started = yield* giveFactor(id, { recovery_code: code })
      assert.strictEqual(started.status, 201)
      assert.deepInclude(started.json, { amr: ["email", "otp", "mfa"], aal: 2 })
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers: bearer(token) })).status, 401)
      const account = yield* identity.send("GET", "/accounts/me", { headers: bearer(String(started.json["token"])) })
      assert.strictEqual(account.json["email_verified"], true)
      const again = yield* identity.send("POST", "/sessions", { json: { email: ADA.email, password: NEW_PASSWORD } })
      const pending = (yield* askedIn(again)).id
      assert.deepStrictEqual(outcome(yield* giveFactor(pending, { recovery_code: code })), [401, "invalid-code"])
      assert.strictEqual((yield* giveFactor(pending, { totp: yield* shownBy(secret) })).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.4.3] asks for the factor also after an administrator has withdrawn the verification", () =>
    Effect.gen(function*() {
      const { token } = yield* adaWithFactors
      yield* prove(token)
      yield* (yield* Accounts).setEmailVerified(Email.make(ADA.email), false)
      const asked = yield* (yield* startRecovery())()
      assert.deepStrictEqual(outcome(asked), [401, "second-factor-required"])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 8.3.2] is over once their email is another one, which its answer would verify unread", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaWithFactors
      yield* prove(token)
      const answer = yield* startRecovery()
      yield* identity.send("PATCH", "/accounts/me", {
        headers: { ...bearer(token), "if-match": "*" },
        json: { email: "countess@example.com" }
      })
      assert.deepStrictEqual(outcome(yield* answer()), [410, "challenge-over"])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.4.3] asks for the factor when their email is another one, not verified yet, too", () =>
    Effect.gen(function*() {
      const { identity, secret, token } = yield* adaWithFactors
      yield* prove(token)
      const email = "countess@example.com"
      const moved = yield* identity.send("PATCH", "/accounts/me", {
        headers: { ...bearer(token), "if-match": "*" },
        json: { email }
      })
      assert.deepInclude(moved.json, { email, email_verified: false })
      const asked = yield* (yield* startRecovery(email))()
      assert.deepStrictEqual(outcome(asked), [401, "second-factor-required"])
      yield* newMails
      const { json } = yield* giveFactor((yield* askedIn(asked)).id, { totp: yield* shownBy(secret) })
      assert.deepStrictEqual((yield* newMails).map(({ purpose, to }) => [purpose, to]), [["recovery-used", email]])
      const mine = yield* identity.send("GET", "/accounts/me", { headers: bearer(String(json["token"])) })
      assert.deepInclude(mine.json, { email, email_verified: true })
    }).pipe(Effect.provide(noticed)))
})

describe("the first recovery of an account whose email nobody has proved to read", () => {
  it.effect("[ASVS 6.4.3] takes it from the person who signed up with it: sessions and factors are gone, and none is asked for", () =>
    Effect.gen(function*() {
      const { identity, secret, token } = yield* adaWithFactors
      const pending = yield* signInStarted()
      const recovered = yield* (yield* startRecovery())()
      assert.strictEqual(recovered.status, 200)
      assert.deepInclude(recovered.json, { amr: ["email"], aal: 1 })
      assert.deepStrictEqual(yield* factorsOf(recovered.json["token"]), [])
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers: bearer(token) })).status, 401)
      const late = yield* giveFactor(pending.id, { totp: yield* shownBy(secret) })
      assert.deepStrictEqual(outcome(late), [410, "challenge-over"])
      const signIn = yield* identity.send("POST", "/sessions", { json: { email: ADA.email, password: NEW_PASSWORD } })
      assert.strictEqual(signIn.status, 201)
    }).pipe(Effect.provide(noticed)))

  it.effect("is recorded once and told of once, and every factor counts", () =>
    Effect.gen(function*() {
      yield* adaWithFactors
      const answer = yield* startRecovery()
      yield* newMails
      const counted = Metric.value(factorsRemovedBy("recovery"))
      const before = yield* counted
      yield* answer()
      assert.deepStrictEqual((yield* newMails).map(({ purpose, to }) => [purpose, to]).toSorted(), [
        ["factor-removed", ADA.email],
        ["recovery-used", ADA.email]
      ])
      assert.strictEqual(Number((yield* counted).count) - Number(before.count), 2)
      const review = yield* AuditReview
      const all = { accountId: Option.none(), action: Option.none(), since: Option.none() }
      const { items } = yield* review.list(all, { limit: 100, after: Option.none() })
      assert.lengthOf(items.filter(({ event }) => event?.action === "factor.removed"), 1)
    }).pipe(Effect.provide(noticed)))
})

describe("a change of email of an account with a second factor", () => {
  const changes = [
    { method: "PATCH", path: "/accounts/me", granted: 200 },
    { method: "POST", path: "/accounts/me/email-change", granted: 202 }
  ]

  it.effect.each(changes)(
    "[ASVS 7.5.1] by $method $path needs an elevated session, and no password is enough",
    (change) =>
      Effect.gen(function*() {
        const { identity, secret, token: elevated } = yield* adaWithFactors
        const json = { email: "countess@example.com", current_password: ADA.password }
        const send = (token: string) =>
          identity.send(change.method, change.path, { headers: { ...bearer(token), "if-match": "*" }, json })
        const fresh = yield* giveFactor((yield* signInStarted()).id, { totp: yield* shownBy(secret) })
        const refused = yield* send(String(fresh.json["token"]))
        assert.deepStrictEqual(outcome(refused), [401, "reauthentication-required"])
        assert.strictEqual((yield* send(elevated)).status, change.granted)
      }).pipe(Effect.provide(TestIdentity.layer))
  )
})
