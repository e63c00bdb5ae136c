import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { AuditReview } from "../../../src/domain/audit/AuditReview.ts"
import { elevated, enrolTotp } from "../../support/authenticator.ts"
import { newMails, secretsIn } from "../../support/mailbox.ts"
import { ADA, adaSignedIn, bearer, TestIdentity } from "../../support/TestIdentity.ts"
import { changeTo, mine, NEW, prove, recipients, reverse, THIRD } from "./email-confirmations.ts"

/** Reverses a change, and answers the recovery that it mails. */
const recoverBy = Effect.fnUntraced(function*(change: unknown) {
  yield* newMails
  assert.strictEqual((yield* reverse(change)).status, 200)
  const [recovery] = yield* newMails
  const { code } = yield* secretsIn("recovery", recovery?.challengeId)
  const { send } = yield* TestIdentity
  return yield* send("POST", `/recoveries/${String(recovery?.challengeId)}/answer`, {
    json: { code, new_password: "the password of the owner" }
  })
})

describe("the reversal of a change of email", () => {
  it.effect("[ASVS 6.3.7, 7.4.3] gives the old email back, ends all sessions and the password, and mails a recovery", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const id = yield* changeTo(token)
      yield* newMails
      const reversed = yield* reverse(id)
      assert.strictEqual(reversed.status, 200)
      assert.deepInclude(reversed.json, { email: ADA.email, email_verified: true, pending_email: null })
      assert.strictEqual((yield* mine(token)).status, 401)
      for (const email of [ADA.email, NEW]) {
        const signIn = yield* identity.send("POST", "/sessions", { json: { email, password: ADA.password } })
        assert.strictEqual(signIn.status, 401)
      }
      assert.deepStrictEqual(yield* recipients, [["recovery", ADA.email]])
      assert.strictEqual((yield* reverse(id)).status, 410)
      const review = yield* AuditReview
      const { items } = yield* review.list(
        { accountId: Option.none(), action: Option.some("email-change-reversal.completed"), since: Option.none() },
        { limit: 10, after: Option.none() }
      )
      assert.lengthOf(items, 1)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[P8] takes only the token of the notice, for 72 hours", () =>
    Effect.gen(function*() {
      const { token } = yield* adaSignedIn
      const id = yield* changeTo(token)
      const asked = yield* secretsIn("email-change", id)
      assert.strictEqual((yield* reverse(id, asked.token)).status, 401)
      yield* TestClock.adjust("259199999 millis")
      assert.strictEqual((yield* reverse(id, asked.token)).status, 401)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* reverse(id)).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("outlives a new password and further changes, and the reversals of those can't undo it", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const first = yield* changeTo(token)
      const renewed = yield* identity.send("PUT", "/accounts/me/password", {
        json: { current_password: ADA.password, new_password: "the password of a thief" },
        headers: bearer(token)
      })
      yield* TestClock.adjust("1 minute")
      const second = yield* changeTo(String(renewed.json["token"]), THIRD, "the password of a thief")
      assert.deepInclude((yield* reverse(first)).json, { email: ADA.email })
      assert.strictEqual((yield* reverse(second)).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.3.3] takes away the second factors that were enrolled since, which would keep the owner out", () =>
    Effect.gen(function*() {
      const { token } = yield* adaSignedIn
      const thief = yield* elevated(token)
      const id = yield* changeTo(thief)
      yield* enrolTotp(thief)
      const recovered = yield* recoverBy(id)
      assert.strictEqual(recovered.status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.4.3] takes all second factors from a person who signed up with an email that was not theirs", () =>
    Effect.gen(function*() {
      const { token } = yield* adaSignedIn
      const squatter = yield* elevated(token)
      yield* enrolTotp(squatter)
      yield* TestClock.adjust("1 minute")
      const id = yield* changeTo(squatter)
      const recovered = yield* recoverBy(id)
      assert.strictEqual(recovered.status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.3.3] keeps the second factors that the account had before the change", () =>
    Effect.gen(function*() {
      const { token } = yield* adaSignedIn
      yield* prove(token)
      const owner = yield* elevated(token)
      yield* enrolTotp(owner)
      yield* TestClock.adjust("1 minute")
      const id = yield* changeTo(owner)
      const recovered = yield* recoverBy(id)
      assert.deepStrictEqual([recovered.status, recovered.json["code"]], [401, "second-factor-required"])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("of a later change can't forestall that of an earlier one", () =>
    Effect.gen(function*() {
      const { token } = yield* adaSignedIn
      const first = yield* changeTo(token)
      yield* TestClock.adjust("1 minute")
      const second = yield* changeTo(token, THIRD)
      assert.deepInclude((yield* reverse(second)).json, { email: NEW })
      assert.deepInclude((yield* reverse(first)).json, { email: ADA.email })
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("waits while somebody else has the old email, whose reader can take that account", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const id = yield* changeTo(token)
      yield* identity.signUp()
      const refused = yield* reverse(id)
      assert.deepStrictEqual([refused.status, refused.json["code"]], [409, "email-already-exists"])
      yield* identity.send("DELETE", "/accounts/me", {
        json: { current_password: ADA.password },
        headers: bearer(yield* identity.signIn())
      })
      assert.deepInclude((yield* reverse(id)).json, { email: ADA.email })
    }).pipe(Effect.provide(TestIdentity.layer)))
})
