import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { newMails, secretsIn, wrongCode } from "../../support/mailbox.ts"
import { ADA, adaSignedIn, bearer, TestIdentity } from "../../support/TestIdentity.ts"

/** Ada, signed in, with a verification of her email. */
const adaVerifying = Effect.gen(function*() {
  const { identity, token } = yield* adaSignedIn
  const start = identity.send("POST", "/accounts/me/email-verification", { headers: bearer(token) })
  const { json, status } = yield* start
  assert.deepStrictEqual([status, json["purpose"], json["sent_to"]], [202, "email-verification", "a•••@e•••.com"])
  const answer = (id: unknown, body: Readonly<Record<string, unknown>>) =>
    identity.send("POST", `/email-verifications/${String(id)}/answer`, { json: body })
  return {
    identity,
    session: token,
    start,
    answer,
    id: json["id"],
    ...(yield* secretsIn("email-verification", json["id"]))
  }
})

describe("a verification of an email", () => {
  it.effect("takes a session to start", () =>
    Effect.gen(function*() {
      const { send } = yield* TestIdentity
      assert.strictEqual((yield* send("POST", "/accounts/me/email-verification")).status, 401)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each(["code", "token"] as const)(
    "is answered by the %s, from anywhere, and shows the account",
    (form) =>
      Effect.gen(function*() {
        const verifying = yield* adaVerifying
        assert.deepStrictEqual((yield* newMails).map(({ purpose, to }) => [purpose, to]), [
          ["email-verification", ADA.email]
        ])
        const answered = yield* verifying.answer(verifying.id, { [form]: verifying[form] })
        assert.strictEqual(answered.status, 200)
        assert.deepInclude(answered.json, { email: ADA.email, email_verified: true, version: 2 })
        const again = yield* verifying.start
        assert.deepStrictEqual([again.status, again.json["email_verified"]], [200, true])
        assert.lengthOf(yield* newMails, 0)
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect("is not mailed again to the account's next email, which it doesn't verify", () =>
    Effect.gen(function*() {
      const { id, identity, session } = yield* adaVerifying
      const moved = yield* identity.send("PATCH", "/accounts/me", {
        headers: { ...bearer(session), "if-match": "*" },
        json: { email: "countess@example.com", current_password: ADA.password }
      })
      assert.strictEqual(moved.status, 200)
      yield* newMails
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* identity.send("POST", `/challenges/${String(id)}/resend`)).status, 410)
      assert.lengthOf(yield* newMails, 0)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("ends no session", () =>
    Effect.gen(function*() {
      const { answer, code, id, identity, session } = yield* adaVerifying
      yield* answer(id, { code })
      assert.strictEqual((yield* identity.send("GET", "/accounts/me", { headers: bearer(session) })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.5.1] is over once it was answered, and when another is started", () =>
    Effect.gen(function*() {
      const { answer, code, id, start } = yield* adaVerifying
      const second = yield* start
      assert.strictEqual((yield* answer(id, { code })).status, 410)
      const secrets = yield* secretsIn("email-verification", second.json["id"])
      assert.strictEqual((yield* answer(second.json["id"], { code: secrets.code })).status, 200)
      assert.strictEqual((yield* answer(second.json["id"], { code: secrets.code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.6.3] takes five answers", () =>
    Effect.gen(function*() {
      const { answer, code, id } = yield* adaVerifying
      const statuses = yield* Effect.forEach(
        Array.from({ length: 6 }),
        () => Effect.map(answer(id, { code: wrongCode(code) }), ({ status }) => status)
      )
      assert.deepStrictEqual(statuses, [401, 401, 401, 401, 401, 410])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is over after a day, to the millisecond", () =>
    Effect.gen(function*() {
      const { answer, code, id } = yield* adaVerifying
      yield* TestClock.adjust("86399999 millis")
      assert.strictEqual((yield* answer(id, { code: wrongCode(code) })).status, 401)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* answer(id, { code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("verifies no email that the account has moved to since", () =>
    Effect.gen(function*() {
      const { answer, code, id, identity, session } = yield* adaVerifying
      const moved = yield* identity.send("PATCH", "/accounts/me", {
        json: { email: "lovelace@example.com", current_password: ADA.password },
        headers: { ...bearer(session), "if-match": "*" }
      })
      assert.strictEqual(moved.status, 200)
      assert.strictEqual((yield* answer(id, { code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))
})
