import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { NoticePolicy } from "../../../src/domain/mail/Notices.ts"
import { EmailVerificationPolicy } from "../../../src/domain/sessions/EmailVerificationPolicy.ts"
import { newMails, secretsIn, wrongCode } from "../../support/mailbox.ts"
import { ADA, adaSignedIn, bearer, pointersOf, TestIdentity } from "../../support/TestIdentity.ts"
import { answer, ask, mine, NEW, recipients, THIRD } from "./email-confirmations.ts"

/** Ada with a change of email that waits for its answer. */
const adaChanging = Effect.gen(function*() {
  const { identity, token } = yield* adaSignedIn
  const { json, status } = yield* ask(token)
  assert.deepStrictEqual([status, json["purpose"], json["sent_to"]], [202, "email-change", "c•••@e•••.org"])
  return { identity, session: token, id: json["id"], ...(yield* secretsIn("email-change", json["id"])) }
})

describe("a change of email that is confirmed", () => {
  it.effect("[ASVS 6.2.3, 7.5.1] takes a session, the password, and another email", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const change = { email: NEW, current_password: ADA.password }
      assert.strictEqual((yield* identity.send("POST", "/accounts/me/email-change", { json: change })).status, 401)
      const wrong = yield* ask(token, NEW, "a wrong password")
      assert.deepStrictEqual([wrong.status, wrong.json["code"]], [401, "invalid-credentials"])
      const same = yield* ask(token, ADA.email)
      assert.deepStrictEqual([same.status, yield* pointersOf(same)], [422, ["/email"]])
      assert.deepStrictEqual(yield* recipients, [])
      assert.strictEqual((yield* mine(token)).json["pending_email"], null)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is pending, and claims nothing, until it is confirmed from the new address", () =>
    Effect.gen(function*() {
      const { identity, session } = yield* adaChanging
      assert.deepStrictEqual(yield* recipients, [["email-change", NEW]])
      const shown = yield* mine(session)
      assert.deepInclude(shown.json, { email: ADA.email, pending_email: NEW, version: 1 })
      assert.strictEqual((yield* identity.signUp({ email: NEW })).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each(["code", "token"] as const)(
    "[ASVS 7.4.3] takes effect by the %s, ends other sessions, and tells both addresses",
    (form) =>
      Effect.gen(function*() {
        const changing = yield* adaChanging
        const other = yield* changing.identity.signIn()
        yield* newMails
        const changed = yield* answer(changing.id, { [form]: changing[form] }, bearer(changing.session))
        assert.strictEqual(changed.status, 200)
        assert.deepInclude(changed.json, { email: NEW, email_verified: true, pending_email: null, version: 2 })
        assert.deepStrictEqual((yield* mine(changing.session)).json, changed.json)
        assert.strictEqual((yield* mine(other)).status, 401)
        assert.deepStrictEqual(yield* recipients, [["email-change-notice", ADA.email], ["email-changed", NEW]])
        assert.strictEqual((yield* answer(changing.id, { code: changing.code })).status, 410)
      }).pipe(Effect.provide(TestIdentity.layer), Effect.provideService(NoticePolicy, "on"))
  )

  it.effect("is answered without a session, which ends all of them, and tells the old address where notices are off", () =>
    Effect.gen(function*() {
      const { code, id, session } = yield* adaChanging
      yield* newMails
      assert.strictEqual((yield* answer(id, { code })).status, 200)
      assert.strictEqual((yield* mine(session)).status, 401)
      assert.deepStrictEqual(yield* recipients, [["email-change-notice", ADA.email]])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is refused once somebody else has the email, and takes effect when they have it no more", () =>
    Effect.gen(function*() {
      const { code, id, identity } = yield* adaChanging
      yield* identity.signUp({ email: NEW })
      for (let times = 0; times < 6; times++) {
        const refused = yield* answer(id, { code })
        assert.deepStrictEqual([refused.status, refused.json["code"]], [409, "email-already-exists"])
      }
      yield* identity.send("DELETE", "/accounts/me", {
        json: { current_password: ADA.password },
        headers: bearer(yield* identity.signIn({ email: NEW }))
      })
      assert.strictEqual((yield* answer(id, { code })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.6.3] takes five answers, is over after a day, and when another is started", () =>
    Effect.gen(function*() {
      const { code, id, session } = yield* adaChanging
      for (let times = 0; times < 5; times++) {
        assert.strictEqual((yield* answer(id, { code: wrongCode(code) })).status, 401)
      }
      assert.strictEqual((yield* answer(id, { code })).status, 410)
      const second = yield* ask(session)
      const third = yield* ask(session, THIRD)
      assert.strictEqual((yield* answer(second.json["id"], { code: "00000000" })).status, 410)
      assert.strictEqual((yield* mine(session)).json["pending_email"], THIRD)
      yield* TestClock.adjust("1 day")
      assert.strictEqual((yield* answer(third.json["id"], { code: "00000000" })).status, 410)
      assert.strictEqual((yield* mine(session)).json["pending_email"], null)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is mailed again to the new address", () =>
    Effect.gen(function*() {
      const { id, identity } = yield* adaChanging
      yield* newMails
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* identity.send("POST", `/challenges/${String(id)}/resend`)).status, 202)
      assert.deepStrictEqual(yield* recipients, [["email-change", NEW]])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is cancelled by its holder, also twice", () =>
    Effect.gen(function*() {
      const { code, id, identity, session } = yield* adaChanging
      for (let times = 0; times < 2; times++) {
        const ended = yield* identity.send("DELETE", "/accounts/me/email-change", { headers: bearer(session) })
        assert.strictEqual(ended.status, 204)
      }
      assert.strictEqual((yield* mine(session)).json["pending_email"], null)
      assert.strictEqual((yield* answer(id, { code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.4.3] is over with the first recovery, so that nobody moves an account that was taken from them", () =>
    Effect.gen(function*() {
      const { code, id, identity } = yield* adaChanging
      const recovery = yield* identity.send("POST", "/recoveries", { json: { email: ADA.email } })
      const secrets = yield* secretsIn("recovery", recovery.json["id"])
      const recovered = yield* identity.send("POST", `/recoveries/${String(recovery.json["id"])}/answer`, {
        json: { code: secrets.code, new_password: "a whole new password" }
      })
      assert.strictEqual((yield* mine(String(recovered.json["token"]))).json["pending_email"], null)
      assert.strictEqual((yield* answer(id, { code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))
})

const whereRequired = TestIdentity.layer.pipe(Layer.provide(Layer.succeed(EmailVerificationPolicy, "required")))

describe("where emails have to be verified", () => {
  /** Ada, who signed up by mail. */
  const adaVerified = Effect.gen(function*() {
    const { send } = yield* TestIdentity
    const { json } = yield* send("POST", "/sign-ups", { json: { email: ADA.email } })
    const { code } = yield* secretsIn("sign-up", json["id"])
    const { display_name, password } = ADA
    const signedUp = yield* send("POST", `/sign-ups/${String(json["id"])}/answer`, {
      json: { code, display_name, password }
    })
    yield* newMails
    return JSON.parse(JSON.stringify(signedUp.json["session"])).token
  })

  const patch = Effect.fnUntraced(function*(token: string, json: Readonly<Record<string, unknown>>, ifMatch = "\"1\"") {
    const { send } = yield* TestIdentity
    return yield* send("PATCH", "/accounts/me", { json, headers: { ...bearer(token), "if-match": ifMatch } })
  })

  it.effect("a change of one's account only makes a new email pending, and mails it", () =>
    Effect.gen(function*() {
      const token = yield* adaVerified
      const changed = yield* patch(token, { email: NEW, display_name: "Ada", current_password: ADA.password })
      assert.deepStrictEqual([changed.status, changed.headers["etag"]], [200, "\"2\""])
      assert.deepInclude(changed.json, {
        email: ADA.email,
        email_verified: true,
        pending_email: NEW,
        display_name: "Ada",
        version: 2
      })
      assert.deepStrictEqual(yield* recipients, [["email-change", NEW]])
    }).pipe(Effect.provide(whereRequired)))

  it.effect("it still takes the password and the version, and no less for another's email", () =>
    Effect.gen(function*() {
      const token = yield* adaVerified
      const statuses = yield* Effect.forEach([
        patch(token, { email: NEW }),
        patch(token, { email: NEW, current_password: "a wrong password" }),
        patch(token, { email: NEW, current_password: ADA.password }, "\"7\"")
      ], (sent) => Effect.map(sent, ({ status }) => status))
      assert.deepStrictEqual(statuses, [401, 401, 412])
      assert.deepStrictEqual(yield* recipients, [])
    }).pipe(Effect.provide(whereRequired)))
})
