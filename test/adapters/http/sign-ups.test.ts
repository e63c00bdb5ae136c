import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Accounts } from "../../../src/domain/accounts/Accounts.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { EmailVerificationPolicy } from "../../../src/domain/sessions/EmailVerificationPolicy.ts"
import { newMails, secretsIn, wrongCode } from "../../support/mailbox.ts"
import { ADA, bearer, pointersOf, PUBLIC_URL, TestIdentity } from "../../support/TestIdentity.ts"

const start = Effect.fnUntraced(function*(email: string = ADA.email) {
  const { send } = yield* TestIdentity
  return yield* send("POST", "/sign-ups", { json: { email } })
})

const answer = Effect.fnUntraced(function*(id: unknown, json: Readonly<Record<string, unknown>>) {
  const { send } = yield* TestIdentity
  const { display_name, password } = ADA
  return yield* send("POST", `/sign-ups/${String(id)}/answer`, { json: { display_name, password, ...json } })
})

const signingUp = Effect.gen(function*() {
  const { json } = yield* start()
  return { id: json["id"], ...(yield* secretsIn("sign-up", json["id"])) }
})

describe("a sign-up by mail", () => {
  it.effect.each(["code", "token"] as const)(
    "creates an account with a verified email by the %s, and signs in",
    (form) =>
      Effect.gen(function*() {
        const { send } = yield* TestIdentity
        const pending = yield* signingUp
        assert.deepStrictEqual((yield* newMails).map(({ purpose, to }) => [purpose, to]), [["sign-up", ADA.email]])
        const { headers, json, status } = yield* answer(pending.id, { [form]: pending[form] })
        assert.deepStrictEqual([status, headers["location"]], [201, `${PUBLIC_URL}/accounts/me`])
        assert.containSubset(json, {
          account: { email: ADA.email, email_verified: true, display_name: ADA.display_name, version: 1 },
          session: { current: true }
        })
        const session = JSON.parse(JSON.stringify(json["session"]))
        const mine = yield* send("GET", "/accounts/me", { headers: bearer(session.token) })
        assert.deepStrictEqual(mine.json, json["account"])
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect("[P6] [ASVS 6.3.8] is started alike for an address that has an account, whose owner is told by mail", () =>
    Effect.gen(function*() {
      const { signUp } = yield* TestIdentity
      yield* signUp()
      const [known, unknown] = [yield* start(), yield* start("ann@example.com")]
      assert.deepStrictEqual([known.status, Object.keys(known.json)], [202, Object.keys(unknown.json)])
      const { id: _, ...shown } = known.json
      const { id: __, ...shownToo } = unknown.json
      assert.deepStrictEqual(shown, shownToo)
      assert.deepStrictEqual((yield* newMails).map(({ purpose, to }) => [purpose, to]), [
        ["sign-up-known", ADA.email],
        ["sign-up", "ann@example.com"]
      ])
      const { code } = yield* secretsIn("sign-up", known.json["id"])
      assert.strictEqual((yield* answer(known.json["id"], { code: wrongCode(code) })).status, 401)
      assert.strictEqual((yield* answer(known.json["id"], { code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[P4] is over if somebody else has signed up with the address meanwhile", () =>
    Effect.gen(function*() {
      const { code, id } = yield* signingUp
      const rival = yield* signingUp
      assert.strictEqual((yield* answer(id, { code })).status, 201)
      assert.strictEqual((yield* answer(rival.id, { code: rival.code })).status, 410)
      const later = yield* start("ann@example.com")
      yield* Effect.flatMap(TestIdentity, ({ signUp }) => signUp({ email: "ann@example.com" }))
      const secrets = yield* secretsIn("sign-up", later.json["id"])
      assert.strictEqual((yield* answer(later.json["id"], { code: secrets.code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.5.1] creates one account, and a password that is refused leaves the answer good", () =>
    Effect.gen(function*() {
      const { code, id } = yield* signingUp
      assert.deepStrictEqual(yield* pointersOf(yield* answer(id, { code, password: ADA.email })), ["/password"])
      assert.strictEqual((yield* answer(id, { code })).status, 201)
      assert.strictEqual((yield* answer(id, { code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("checks a name that is sent at the start", () =>
    Effect.gen(function*() {
      const { send } = yield* TestIdentity
      const refused = yield* send("POST", "/sign-ups", { json: { email: ADA.email, display_name: " " } })
      assert.deepStrictEqual(yield* pointersOf(refused), ["/display_name"])
    }).pipe(Effect.provide(TestIdentity.layer)))
})

const policy = (wanted: "off" | "required") =>
  Layer.fresh(TestIdentity.layer).pipe(Layer.provide(Layer.succeed(EmailVerificationPolicy, wanted)))

describe("where emails have to be verified", () => {
  it.effect("accounts are created by mail alone", () =>
    Effect.gen(function*() {
      const { signUp } = yield* TestIdentity
      const refused = yield* signUp()
      assert.deepStrictEqual([refused.status, refused.json["code"]], [403, "verification-required"])
      assert.include(String(refused.json["detail"]), "POST /sign-ups")
      const { code, id } = yield* signingUp
      assert.strictEqual((yield* answer(id, { code })).status, 201)
    }).pipe(Effect.provide(policy("required"))))

  it.effect("an unverified account has no session until its email is verified, and says so only to those who know the password", () =>
    Effect.gen(function*() {
      const { send } = yield* TestIdentity
      const accounts = yield* Accounts
      const { code, id } = yield* signingUp
      yield* answer(id, { code })
      yield* accounts.setEmailVerified(Email.make(ADA.email), false)
      const signIn = (password: string) => send("POST", "/sessions", { json: { email: ADA.email, password } })
      const refused = yield* signIn(ADA.password)
      assert.deepStrictEqual([refused.status, refused.json["code"]], [403, "verification-required"])
      assert.strictEqual((yield* signIn("a wrong password")).json["code"], "invalid-credentials")
      const recovery = yield* send("POST", "/recoveries", { json: { email: ADA.email } })
      const secrets = yield* secretsIn("recovery", recovery.json["id"])
      yield* send("POST", `/recoveries/${String(recovery.json["id"])}/answer`, {
        json: { code: secrets.code, new_password: "a whole new password" }
      })
      assert.strictEqual((yield* signIn("a whole new password")).status, 201)
    }).pipe(Effect.provide(policy("required"))))

  it.effect("where they are verified by nobody, there is nothing to start", () =>
    Effect.gen(function*() {
      const { send, signIn, signUp } = yield* TestIdentity
      yield* signUp()
      const headers = bearer(yield* signIn())
      assert.strictEqual((yield* send("POST", "/accounts/me/email-verification", { headers })).status, 404)
    }).pipe(Effect.provide(policy("off"))))
})
