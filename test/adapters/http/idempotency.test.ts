import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { Accounts } from "../../../src/domain/accounts/Accounts.ts"
import { AuditReview } from "../../../src/domain/audit/AuditReview.ts"
import type { AuditAction } from "../../../src/domain/model/Audit.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { ADA, bearer, ownCookie, pointersOf, TestIdentity } from "../../support/TestIdentity.ts"

const SIGN_IN = { email: ADA.email, password: ADA.password }

const post = (path: string, json: unknown, key: string) =>
  Effect.flatMap(TestIdentity, (identity) => identity.send("POST", path, { json, headers: { "idempotency-key": key } }))

/** How often something happened, by the audit log. */
const countOf = (action: AuditAction) =>
  Effect.gen(function*() {
    const review = yield* AuditReview
    const filter = { accountId: Option.none(), action: Option.some(action), since: Option.none() }
    return (yield* review.list(filter, { limit: 100, after: Option.none() })).items.length
  })

describe("signing up again with the same key", () => {
  it.effect("answers the same, and does nothing twice", () =>
    Effect.gen(function*() {
      const first = yield* post("/accounts", ADA, "key-1")
      yield* TestClock.adjust("23 hours")
      const second = yield* post("/accounts", ADA, "key-1")
      assert.strictEqual(first.status, 201)
      assert.deepStrictEqual(
        [second.status, second.text, second.headers["location"]],
        [201, first.text, first.headers["location"]]
      )
      assert.strictEqual(yield* countOf("account.created"), 1)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("answers the account as it was made, whatever became of it", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const first = yield* post("/accounts", ADA, "key-1")
      const headers = bearer(yield* identity.signIn())
      const json = { display_name: "Countess" }
      yield* identity.send("PATCH", "/accounts/me", { json, headers: { ...headers, "if-match": "*" } })
      assert.strictEqual((yield* post("/accounts", ADA, "key-1")).text, first.text)
      yield* identity.send("DELETE", "/accounts/me", { json: { current_password: ADA.password }, headers })
      assert.strictEqual((yield* post("/accounts", ADA, "key-1")).text, first.text)
      assert.strictEqual((yield* identity.send("POST", "/sessions", { json: SIGN_IN })).status, 401)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each([
    { ...ADA, password: "another password" },
    { ...ADA, email: "countess@example.com" },
    { ...ADA, email: "ADA@example.com" },
    { ...ADA, display_name: "Countess" }
  ])("and another body is refused: %o", (other) =>
    Effect.gen(function*() {
      yield* post("/accounts", ADA, "key-1")
      const answer = yield* post("/accounts", other, "key-1")
      assert.strictEqual(answer.status, 422)
      assert.strictEqual(answer.json["code"], "idempotency-key-reused")
      assert.strictEqual(yield* countOf("account.created"), 1)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("does not mind the order of members or the blanks between them", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const first = yield* post("/accounts", ADA, "key-1")
      const { display_name, email, password } = ADA
      const second = yield* identity.send("POST", "/accounts", {
        body: JSON.stringify({ display_name, password, email }, null, 2),
        headers: { "content-type": "application/json", "idempotency-key": "key-1" }
      })
      assert.deepStrictEqual([second.status, second.text], [201, first.text])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("after 24 hours is a new request", () =>
    Effect.gen(function*() {
      yield* post("/accounts", ADA, "key-1")
      yield* TestClock.adjust("24 hours")
      assert.strictEqual((yield* post("/accounts", ADA, "key-1")).json["code"], "email-already-exists")
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("a key", () => {
  it.effect.each(["x".repeat(256), "a b", "", "ümlaut", "one, two"])("can't be %j", (key) =>
    Effect.gen(function*() {
      for (const [path, json] of [["/accounts", ADA], ["/sessions", SIGN_IN]] as const) {
        const answer = yield* post(path, json, key)
        assert.strictEqual(answer.status, 422)
        assert.strictEqual(answer.json["code"], "validation-failed")
        assert.deepStrictEqual(yield* pointersOf(answer), ["/idempotency-key"])
        if (key !== "") assert.notInclude(answer.text, key)
      }
      assert.strictEqual(yield* countOf("account.created"), 0)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("may have 255 characters", () =>
    Effect.gen(function*() {
      const key = "~".repeat(255)
      const first = yield* post("/accounts", ADA, key)
      assert.deepStrictEqual([first.status, (yield* post("/accounts", ADA, key)).text], [201, first.text])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is one thing for accounts and another for sessions", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* post("/accounts", ADA, "key-1")).status, 201)
      assert.strictEqual((yield* post("/sessions", SIGN_IN, "key-1")).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("whose first request was refused can be used again, also for another one", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      assert.strictEqual((yield* post("/accounts", ADA, "key-1")).status, 409)
      assert.strictEqual((yield* post("/accounts", { ...ADA, email: "b@example.com" }, "key-1")).status, 201)
      assert.strictEqual((yield* post("/sessions", { ...SIGN_IN, password: "wrong" }, "key-1")).status, 401)
      assert.strictEqual((yield* post("/sessions", { ...SIGN_IN, password: "short" }, "key-1")).status, 401)
      assert.strictEqual((yield* post("/sessions", SIGN_IN, "key-1")).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("signing in again with the same key", () => {
  it.effect("answers the same session and the same token", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      const first = yield* post("/sessions", SIGN_IN, "key-1")
      yield* TestClock.adjust("2 hours")
      const second = yield* post("/sessions", SIGN_IN, "key-1")
      assert.deepStrictEqual([second.status, second.text], [201, first.text])
      const headers = bearer(String(second.json["token"]))
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers })).status, 200)
      assert.strictEqual(yield* countOf("session.started"), 1)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("in cookie transport sets the same cookie, and shows the token in no body", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      const json = { ...SIGN_IN, transport: "cookie" }
      const first = yield* post("/sessions", json, "key-1")
      const second = yield* post("/sessions", json, "key-1")
      assert.deepStrictEqual([second.status, second.text], [201, first.text])
      assert.strictEqual(second.headers["set-cookie"], first.headers["set-cookie"])
      assert.notProperty(second.json, "token")
      const other = yield* post("/sessions", SIGN_IN, "key-1")
      assert.strictEqual(other.json["code"], "idempotency-key-reused")
      assert.notProperty(other.json, "token")
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("and the cookie it set does not end its own session", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      const json = { ...SIGN_IN, transport: "cookie" }
      const first = yield* post("/sessions", json, "key-1")
      const token = String(first.headers["set-cookie"]).split(/[=;]/)[1] ?? ""
      const headers = ownCookie(token)
      yield* identity.send("POST", "/sessions", { json, headers: { ...headers, "idempotency-key": "key-1" } })
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("and another password never yields the session, be it right or wrong", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      const first = yield* post("/sessions", SIGN_IN, "key-1")
      const answer = yield* post("/sessions", { ...SIGN_IN, password: "wrong password" }, "key-1")
      assert.strictEqual(answer.status, 422)
      assert.strictEqual(answer.json["code"], "idempotency-key-reused")
      for (const secret of [String(first.json["token"]), String(first.json["id"])]) {
        assert.notInclude(answer.text + JSON.stringify(answer.headers), secret)
      }
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("does not bring back a session that was signed out: its token is answered again, and is dead", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      const first = yield* post("/sessions", SIGN_IN, "key-1")
      const headers = bearer(String(first.json["token"]))
      yield* identity.send("DELETE", "/sessions/me", { headers })
      assert.strictEqual((yield* post("/sessions", SIGN_IN, "key-1")).text, first.text)
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers })).status, 401)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("answers the name that was answered first, whatever it is by now", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      const first = yield* post("/sessions", SIGN_IN, "key-1")
      yield* identity.send("PATCH", "/accounts/me", {
        json: { display_name: "Countess" },
        headers: { ...bearer(String(first.json["token"])), "if-match": "*" }
      })
      const second = yield* post("/sessions", SIGN_IN, "key-1")
      assert.deepStrictEqual([second.status, second.text], [201, first.text])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each(
    [
      ["the password is another", "PUT", "/accounts/me/password", { new_password: "a much better password" }],
      ["the email is another", "PATCH", "/accounts/me", { email: "countess@example.com", display_name: "Countess" }],
      ["all sessions were ended", "DELETE", "/sessions", undefined],
      ["the account is gone", "DELETE", "/accounts/me", {}]
    ] as const
  )("is refused like a wrong password once %s", ([_, method, path, change]) =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      const first = yield* post("/sessions", SIGN_IN, "key-1")
      const wrong = yield* post("/sessions", { ...SIGN_IN, password: "wrong password" }, "key-2")
      const changed = yield* identity.send(method, path, {
        ...(change === undefined ? {} : { json: { current_password: ADA.password, ...change } }),
        headers: { ...bearer(String(first.json["token"])), "if-match": "*" }
      })
      assert.oneOf(changed.status, [200, 204])
      const refusals = yield* countOf("sign-in.refused")
      const second = yield* post("/sessions", SIGN_IN, "key-1")
      assert.deepStrictEqual(
        [second.status, { ...second.json, request_id: "" }],
        [401, { ...wrong.json, request_id: "" }]
      )
      assert.notProperty(second.headers, "set-cookie")
      assert.strictEqual(yield* countOf("sign-in.refused"), refusals + 1)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is refused once the account was disabled, also when it is enabled again; with another key one signs in", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const accounts = yield* Accounts
      yield* identity.signUp()
      yield* post("/sessions", SIGN_IN, "key-1")
      const email = Email.make(ADA.email)
      yield* accounts.disable(email)
      assert.strictEqual((yield* post("/sessions", SIGN_IN, "key-1")).status, 401)
      yield* accounts.enable(email)
      assert.strictEqual((yield* post("/sessions", SIGN_IN, "key-1")).status, 401)
      assert.strictEqual((yield* post("/sessions", SIGN_IN, "key-2")).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))
})
