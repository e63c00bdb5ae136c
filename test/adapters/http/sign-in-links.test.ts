import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { SESSION_COOKIE } from "../../../src/adapters/http/api/Authentication.ts"
import { Accounts } from "../../../src/domain/accounts/Accounts.ts"
import { SignInLinkPolicy } from "../../../src/domain/challenges/SignInLinkPolicy.ts"
import { NoticePolicy } from "../../../src/domain/mail/Notices.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { EmailVerificationPolicy } from "../../../src/domain/sessions/EmailVerificationPolicy.ts"
import { adaWithFactors, askedIn, giveFactor, shownBy } from "../../support/authenticator.ts"
import { newMails, secretsIn, wrongCode } from "../../support/mailbox.ts"
import { ADA, adaSignedIn, APP_ORIGIN, bearer, pointersOf, TestIdentity } from "../../support/TestIdentity.ts"
import type { Answer } from "../../support/TestIdentity.ts"

const permitted = Layer.succeed(SignInLinkPolicy, "on")

const withLinks = TestIdentity.layer.pipe(Layer.provide(permitted))

const start = Effect.fnUntraced(function*(email: string = ADA.email) {
  const { send } = yield* TestIdentity
  return yield* send("POST", "/sign-in-links", { json: { email } })
})

const answer = Effect.fnUntraced(function*(id: unknown, json: Readonly<Record<string, unknown>>, headers = {}) {
  const { send } = yield* TestIdentity
  return yield* send("POST", `/sign-in-links/${String(id)}/answer`, { json, headers })
})

/** Ada, signed in, with a link to sign in. */
const adaWithLink = Effect.gen(function*() {
  const { identity, token: session } = yield* adaSignedIn
  const { json } = yield* start()
  const secrets = yield* secretsIn("sign-in-link", json["id"])
  return { identity, session, id: json["id"], ...secrets }
})

const shape = ({ headers, json, status }: Answer) => {
  const { id: _, ...members } = json
  const { "x-request-id": __, ...others } = headers
  return { status, members, headers: others }
}

const codeOf = ({ json, status }: Answer) => [status, json["code"]]

describe("a sign-in link", () => {
  it.effect("is offered only where the operator permits it", () =>
    Effect.gen(function*() {
      yield* adaSignedIn
      assert.deepStrictEqual(codeOf(yield* start()), [404, "not-found"])
      const unknown = yield* answer(`chl_${"a".repeat(25)}`, { code: "01234567" })
      assert.deepStrictEqual(codeOf(unknown), [404, "not-found"])
      assert.lengthOf(yield* newMails, 0)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each(["code", "token"] as const)(
    "signs in by the %s, and leaves other sessions and the email alone",
    (form) =>
      Effect.gen(function*() {
        const { identity, session, ...link } = yield* adaWithLink
        const { json } = yield* identity.send("GET", "/accounts/me", { headers: bearer(session) })
        const signedIn = yield* answer(link.id, { [form]: link[form] })
        assert.strictEqual(signedIn.status, 201)
        assert.match(signedIn.headers["location"] ?? "", /\/sessions\/me$/)
        assert.deepInclude(signedIn.json, { amr: ["email"], aal: 1, elevated_until: null, current: true })
        const headers = bearer(String(signedIn.json["token"]))
        assert.deepStrictEqual((yield* identity.send("GET", "/accounts/me", { headers })).json, json)
        assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers: bearer(session) })).status, 200)
        const asked = yield* identity.send("GET", "/authorize", { headers })
        assert.strictEqual(asked.headers["identity-amr"], "email")
      }).pipe(Effect.provide(withLinks))
  )

  it.effect("[ASVS 6.3.3] asks for the second factor of an account that has one, once", () =>
    Effect.gen(function*() {
      const { identity, secret } = yield* adaWithFactors
      const { json } = yield* identity.send("POST", "/sign-in-links", { json: { email: ADA.email } })
      const { code } = yield* secretsIn("sign-in-link", json["id"])
      const asked = yield* answer(json["id"], { code })
      const started = yield* giveFactor((yield* askedIn(asked)).id, { totp: yield* shownBy(secret) })
      assert.deepInclude(started.json, { amr: ["email", "otp", "mfa"], aal: 2 })
      assert.deepStrictEqual(codeOf(yield* answer(json["id"], { code })), [410, "challenge-over"])
    }).pipe(Effect.provide(withLinks)))

  it.effect("[P6] [ASVS 6.3.8] is answered alike for addresses that nobody has or that are disabled, and mails nobody", () =>
    Effect.gen(function*() {
      const { identity } = yield* adaSignedIn
      yield* identity.signUp({ email: "abe@example.com" })
      yield* Effect.flatMap(Accounts, ({ disable }) => disable(Email.make("abe@example.com")))
      const known = yield* start()
      assert.deepStrictEqual((yield* newMails).map(({ purpose, to }) => [purpose, to]), [["sign-in-link", ADA.email]])
      for (const email of ["abe@example.com", "ann@example.com"]) {
        assert.deepStrictEqual(shape(yield* start(email)), shape(known))
        assert.lengthOf(yield* newMails, 0)
      }
    }).pipe(Effect.provide(withLinks)))

  it.effect("[P6] a fourth that waits for an answer is started alike and mails nothing", () =>
    Effect.gen(function*() {
      yield* adaSignedIn
      yield* Effect.repeat(start(), { times: 2 })
      assert.lengthOf(yield* newMails, 3)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* start()).status, 202)
      assert.lengthOf(yield* newMails, 0)
    }).pipe(Effect.provide(withLinks)))

  it.effect("[ASVS 6.5.1, 6.6.3] is answered once, with five tries, and ends the others", () =>
    Effect.gen(function*() {
      const { code, id, token } = yield* adaWithLink
      const other = yield* start()
      assert.deepStrictEqual(codeOf(yield* answer(id, { code: wrongCode(code) })), [401, "invalid-code"])
      assert.strictEqual((yield* answer(id, { code })).status, 201)
      assert.deepStrictEqual(codeOf(yield* answer(id, { token })), [410, "challenge-over"])
      const { code: rival } = yield* secretsIn("sign-in-link", other.json["id"])
      assert.strictEqual((yield* answer(other.json["id"], { code: rival })).status, 410)
    }).pipe(Effect.provide(withLinks)))

  it.effect("[ASVS 6.5.5] is over after ten minutes, and when the password changes", () =>
    Effect.gen(function*() {
      const { code, id, identity, session } = yield* adaWithLink
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* answer(id, { code })).status, 410)
      const next = yield* start()
      const { token } = yield* secretsIn("sign-in-link", next.json["id"])
      const passwords = { current_password: ADA.password, new_password: "a whole new password" }
      yield* identity.send("PUT", "/accounts/me/password", { json: passwords, headers: bearer(session) })
      assert.strictEqual((yield* answer(next.json["id"], { token })).status, 410)
    }).pipe(Effect.provide(withLinks)))

  it.effect("[ASVS 7.2.4] by cookie ends the session that the browser had, and only from an allowed origin", () =>
    Effect.gen(function*() {
      const { code, id, identity, session } = yield* adaWithLink
      const json = { code, transport: "cookie" }
      const foreign = yield* answer(id, json, { origin: "https://evil.example" })
      assert.deepStrictEqual(codeOf(foreign), [403, "origin-not-allowed"])
      const headers = { origin: APP_ORIGIN, cookie: `${SESSION_COOKIE}=${session}` }
      const signedIn = yield* answer(id, json, headers)
      assert.strictEqual(signedIn.status, 201)
      assert.notProperty(signedIn.json, "token")
      assert.lengthOf(signedIn.cookies, 2)
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers: bearer(session) })).status, 401)
    }).pipe(Effect.provide(withLinks)))

  it.effect("tells of a sign-in from a device that is new to the account, and of no other", () =>
    Effect.gen(function*() {
      yield* adaSignedIn
      yield* TestClock.adjust("2 days")
      const { json: { id } } = yield* start()
      const { code } = yield* secretsIn("sign-in-link", id)
      yield* newMails
      const { json } = yield* answer(id, { code })
      assert.deepStrictEqual((yield* newMails).map(({ purpose }) => purpose), ["new-device"])
      const next = yield* start()
      const { token } = yield* secretsIn("sign-in-link", next.json["id"])
      yield* newMails
      yield* answer(next.json["id"], { token }, { "identity-device": String(json["device"]) })
      assert.lengthOf(yield* newMails, 0)
    }).pipe(Effect.provide(withLinks.pipe(Layer.provide(Layer.succeed(NoticePolicy, "on"))))))

  it.effect("[ASVS 6.4.3] from a known device reaches its owner, whatever strangers have asked for", () =>
    Effect.gen(function*() {
      const { send, signUp } = yield* TestIdentity
      yield* signUp()
      const { email, password } = ADA
      const { json } = yield* send("POST", "/sessions", { json: { email, password } })
      const headers = { "identity-device": String(json["device"]) }
      yield* Effect.repeat(start(), { times: 2 })
      assert.strictEqual((yield* start()).status, 429)
      yield* newMails
      assert.strictEqual((yield* send("POST", "/sign-in-links", { json: { email }, headers })).status, 202)
      assert.lengthOf(yield* newMails, 1)
    }).pipe(Effect.provide(withLinks)))

  it.effect("is not enough where the email has to be verified, and stays good until it is", () =>
    Effect.gen(function*() {
      const { send } = yield* TestIdentity
      const accounts = yield* Accounts
      const signUp = yield* send("POST", "/sign-ups", { json: { email: ADA.email } })
      const { code } = yield* secretsIn("sign-up", signUp.json["id"])
      const { email, ...json } = ADA
      yield* send("POST", `/sign-ups/${String(signUp.json["id"])}/answer`, { json: { code, ...json } })
      yield* accounts.setEmailVerified(Email.make(email), false)
      const link = yield* start()
      const { token } = yield* secretsIn("sign-in-link", link.json["id"])
      assert.deepStrictEqual(codeOf(yield* answer(link.json["id"], { token })), [403, "verification-required"])
      yield* accounts.setEmailVerified(Email.make(email), true)
      assert.strictEqual((yield* answer(link.json["id"], { token })).status, 201)
    }).pipe(Effect.provide(withLinks.pipe(Layer.provide(Layer.succeed(EmailVerificationPolicy, "required"))))))

  it.effect("takes one answer, either a code or a token", () =>
    Effect.gen(function*() {
      const { code, id, token } = yield* adaWithLink
      for (const json of [{}, { code, token }]) {
        const refused = yield* answer(id, json)
        assert.strictEqual(refused.status, 422)
        assert.deepStrictEqual(yield* pointersOf(refused), ["/code"])
      }
    }).pipe(Effect.provide(withLinks)))
})
