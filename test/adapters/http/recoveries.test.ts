import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Accounts } from "../../../src/domain/accounts/Accounts.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { newMails, secretsIn, wrongCode } from "../../support/mailbox.ts"
import { ADA, adaSignedIn, APP_ORIGIN, bearer, pointersOf, TestIdentity } from "../../support/TestIdentity.ts"
import type { Answer } from "../../support/TestIdentity.ts"

const NEW_PASSWORD = "a whole new password"

const start = Effect.fnUntraced(function*(email: string = ADA.email) {
  const { send } = yield* TestIdentity
  return yield* send("POST", "/recoveries", { json: { email } })
})

const answer = Effect.fnUntraced(function*(id: unknown, json: Readonly<Record<string, unknown>>, headers = {}) {
  const { send } = yield* TestIdentity
  return yield* send("POST", `/recoveries/${String(id)}/answer`, {
    json: { new_password: NEW_PASSWORD, ...json },
    headers
  })
})

/** Ada, signed in, with a recovery. */
const adaRecovering = Effect.gen(function*() {
  const { identity, token } = yield* adaSignedIn
  const { json } = yield* start()
  const secrets = yield* secretsIn("recovery", json["id"])
  return { identity, session: token, id: json["id"], ...secrets }
})

const shape = ({ headers, json, status }: Answer) => {
  const { id: _, ...members } = json
  const { "content-length": __, "x-request-id": ___, ...others } = headers
  return { status, members, headers: others }
}

describe("a recovery", () => {
  it.effect("is answered with a challenge, which shows the address only to those who know it", () =>
    Effect.gen(function*() {
      yield* adaSignedIn
      const started = yield* start()
      assert.strictEqual(started.status, 202)
      assert.match(String(started.json["id"]), /^chl_[0-9a-z]{25}$/)
      assert.deepInclude(started.json, {
        purpose: "recovery",
        sent_to: "a•••@e•••.com",
        created_at: "1970-01-01T00:00:00.000Z",
        expires_at: "1970-01-01T00:10:00.000Z",
        resend_at: "1970-01-01T00:01:00.000Z"
      })
      const mails = yield* newMails
      assert.deepStrictEqual(mails.map(({ challengeId, purpose, to }) => [purpose, to, challengeId]), [
        ["recovery", ADA.email, started.json["id"]]
      ])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[P6] [ASVS 6.3.8] is answered alike for addresses that nobody has or that are disabled, and mails nobody", () =>
    Effect.gen(function*() {
      const { identity } = yield* adaSignedIn
      yield* identity.signUp({ email: "abe@example.com" })
      yield* Effect.flatMap(Accounts, ({ disable }) => disable(Email.make("abe@example.com")))
      const known = yield* start()
      assert.lengthOf(yield* newMails, 1)
      for (const email of ["abe@example.com", "ann@example.com"]) {
        assert.deepStrictEqual(shape(yield* start(email)), shape(known))
        assert.lengthOf(yield* newMails, 0)
      }
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("goes to the address as its holder wrote it, whatever spelling was asked for", () =>
    Effect.gen(function*() {
      yield* adaSignedIn
      yield* start("ADA@Ｅxample.com")
      assert.deepStrictEqual((yield* newMails).map(({ to }) => to), [ADA.email])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each(["code", "token"] as const)(
    "[ASVS 6.4.3] sets another password by the %s, verifies the email, ends all sessions and starts one",
    (form) =>
      Effect.gen(function*() {
        const recovering = yield* adaRecovering
        const recovered = yield* answer(recovering.id, { [form]: recovering[form] })
        assert.strictEqual(recovered.status, 200)
        const { send, signIn } = recovering.identity
        assert.strictEqual((yield* send("GET", "/sessions/me", { headers: bearer(recovering.session) })).status, 401)
        const mine = yield* send("GET", "/accounts/me", { headers: bearer(String(recovered.json["token"])) })
        assert.deepInclude(mine.json, { email: ADA.email, email_verified: true })
        assert.notStrictEqual(yield* signIn({ password: NEW_PASSWORD }), "undefined")
        assert.strictEqual(yield* signIn(), "undefined")
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect("[ASVS 6.5.1] is over once it was answered", () =>
    Effect.gen(function*() {
      const { code, id, token } = yield* adaRecovering
      yield* answer(id, { code })
      const again = yield* answer(id, { token })
      assert.deepStrictEqual([again.status, again.json["code"]], [410, "challenge-over"])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.6.3] takes five answers, and a wrong one says nothing else", () =>
    Effect.gen(function*() {
      const { code, id } = yield* adaRecovering
      for (let tries = 0; tries < 5; tries++) {
        const refused = yield* answer(id, { code: wrongCode(code) })
        assert.deepStrictEqual([refused.status, refused.json["code"]], [401, "invalid-code"])
      }
      assert.strictEqual((yield* answer(id, { code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[P6] of an address that nobody has takes five answers, too", () =>
    Effect.gen(function*() {
      const { json } = yield* start("nobody@example.com")
      const { code } = yield* secretsIn("recovery", json["id"])
      const statuses = yield* Effect.forEach(
        Array.from({ length: 6 }),
        () => Effect.map(answer(json["id"], { code: wrongCode(code) }), ({ status }) => status)
      )
      assert.deepStrictEqual(statuses, [401, 401, 401, 401, 401, 410])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.5.5] is over after ten minutes, to the millisecond", () =>
    Effect.gen(function*() {
      const { code, id } = yield* adaRecovering
      yield* TestClock.adjust("599999 millis")
      assert.strictEqual((yield* answer(id, { code: wrongCode(code) })).status, 401)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* answer(id, { code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.6.2] is answered by no code of another one", () =>
    Effect.gen(function*() {
      const { code, id } = yield* adaRecovering
      const other = yield* start()
      assert.strictEqual((yield* answer(other.json["id"], { code })).status, 401)
      assert.strictEqual((yield* answer(id, { code })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("a password that is refused leaves the answer good, and uses up no try", () =>
    Effect.gen(function*() {
      const { code, id } = yield* adaRecovering
      for (let tries = 0; tries < 7; tries++) {
        const refused = yield* answer(id, { code, new_password: ADA.email })
        assert.deepStrictEqual(yield* pointersOf(refused), ["/new_password"])
      }
      assert.strictEqual((yield* answer(id, { code })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 8.3.2] is over once the password, the email or the status of the account has changed", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const { code, id, identity, session } = yield* adaRecovering
      yield* identity.send("PUT", "/accounts/me/password", {
        json: { current_password: ADA.password, new_password: "something else again" },
        headers: bearer(session)
      })
      assert.strictEqual((yield* answer(id, { code })).status, 410)
      const second = yield* start()
      yield* accounts.disable(Email.make(ADA.email))
      yield* accounts.enable(Email.make(ADA.email))
      const secrets = yield* secretsIn("recovery", second.json["id"])
      assert.strictEqual((yield* answer(second.json["id"], { code: secrets.code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is not prevented by the holder of a session who ends all of them and renames the account", () =>
    Effect.gen(function*() {
      const { code, id, session } = yield* adaRecovering
      const { send } = yield* TestIdentity
      const renamed = yield* send("PATCH", "/accounts/me", {
        headers: { ...bearer(session), "if-match": "*" },
        json: { display_name: "Somebody else" }
      })
      const ended = yield* send("DELETE", "/sessions", { headers: bearer(session) })
      assert.deepStrictEqual([renamed.status, ended.status], [200, 204])
      assert.strictEqual((yield* answer(id, { code })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("takes an account from the person who signed up with an address that was not theirs", () =>
    Effect.gen(function*() {
      const { code, id, identity, session } = yield* adaRecovering
      const before = yield* identity.send("POST", "/sessions", { json: { email: ADA.email, password: ADA.password } })
      const recovered = yield* answer(id, { code })
      for (const squatter of [session, String(before.json["token"])]) {
        assert.strictEqual((yield* identity.send("GET", "/accounts/me", { headers: bearer(squatter) })).status, 401)
      }
      const { sessions } = (yield* identity.send("GET", "/sessions", {
        headers: bearer(String(recovered.json["token"]))
      })).json
      assert.lengthOf(Array.isArray(sessions) ? sessions : [], 1)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("hands its session out as a cookie to pages of allowed origins, and to no others", () =>
    Effect.gen(function*() {
      const { code, id } = yield* adaRecovering
      const foreign = yield* answer(id, { code, transport: "cookie" }, { origin: "https://evil.example" })
      assert.strictEqual(foreign.status, 403)
      const own = yield* answer(id, { code, transport: "cookie" }, { origin: APP_ORIGIN })
      assert.deepStrictEqual([own.status, own.cookies.length, own.json["token"]], [200, 2, undefined])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("an answer is one code of eight digits or one token", () =>
    Effect.gen(function*() {
      const { code, id, token } = yield* adaRecovering
      for (const json of [{}, { code, token }, { code: "1234567" }, { code: "１２３４５６７８" }]) {
        assert.deepStrictEqual(yield* pointersOf(yield* answer(id, json)), ["/code"])
      }
      assert.strictEqual((yield* answer(id, { code })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("reading its address changes nothing", () =>
    Effect.gen(function*() {
      const { code, id, identity, session } = yield* adaRecovering
      for (const method of ["GET", "HEAD"]) {
        for (const path of [`/recoveries/${String(id)}/answer`, `/recoveries/${String(id)}/answer?code=${code}`]) {
          assert.strictEqual((yield* identity.send(method, path)).status, 405)
        }
      }
      assert.strictEqual((yield* identity.send("GET", "/accounts/me", { headers: bearer(session) })).status, 200)
      assert.strictEqual((yield* answer(id, { code })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("mails", () => {
  it.effect("of a challenge are sent again after a minute, once a minute, and not when it is over", () =>
    Effect.gen(function*() {
      const { id, identity } = yield* adaRecovering
      const resend = identity.send("POST", `/challenges/${String(id)}/resend`)
      const early = yield* resend
      assert.deepStrictEqual([early.status, early.headers["retry-after"]], [429, "60"])
      yield* newMails
      yield* TestClock.adjust("1 minute")
      const again = yield* resend
      assert.deepStrictEqual([again.status, again.json["resend_at"]], [202, "1970-01-01T00:02:00.000Z"])
      assert.deepStrictEqual((yield* newMails).map(({ challengeId, to }) => [challengeId, to]), [[id, ADA.email]])
      assert.strictEqual((yield* resend).status, 429)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* resend).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[P6] of one address are three, then one a minute, whether somebody has it or not", () =>
    Effect.gen(function*() {
      yield* adaSignedIn
      for (const email of [ADA.email, "nobody@example.com"]) {
        const statuses = yield* Effect.forEach(
          Array.from({ length: 4 }),
          () => Effect.map(start(email), ({ status }) => status)
        )
        assert.deepStrictEqual(statuses, [202, 202, 202, 429])
      }
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* start()).status, 202)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[P6] a fourth recovery that waits for an answer is started alike and mails nothing", () =>
    Effect.gen(function*() {
      yield* adaSignedIn
      for (let mailed = 0; mailed < 3; mailed++) {
        yield* start()
        assert.lengthOf(yield* newMails, 1)
      }
      yield* TestClock.adjust("1 minute")
      const fourth = yield* start()
      assert.strictEqual(fourth.status, 202)
      assert.lengthOf(yield* newMails, 0)
      const { code } = yield* secretsIn("recovery", fourth.json["id"])
      assert.strictEqual((yield* answer(fourth.json["id"], { code })).status, 410)
    }).pipe(Effect.provide(TestIdentity.layer)))
})
