import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ADA, adaSignedIn, bearer, pointersOf, TestIdentity, transports } from "../../support/TestIdentity.ts"

const PATH = "/accounts/me"

/** Ada, with a way to change her account that says it is based on its first version. */
const ada = Effect.gen(function*() {
  const { identity, token } = yield* adaSignedIn
  const change = (json: unknown, headers: Readonly<Record<string, string>> = { "if-match": "\"1\"" }) =>
    identity.send("PATCH", PATH, { json, headers: { ...bearer(token), ...headers } })
  return { identity, token, change, account: identity.send("GET", PATH, { headers: bearer(token) }) }
})

const NEW_EMAIL = { email: "countess@example.com", current_password: ADA.password }

/** The version that a request expects, and its status while the version is 1. */
const preconditions: ReadonlyArray<readonly [tags: string, status: number]> = [
  ["\"1\"", 200],
  ["*", 200],
  ["\"7\", \"1\"", 200],
  ["\"1\",W/\"2\"", 200],
  ["\"2\"", 412],
  ["\"2\", \"3\"", 412],
  ["W/\"1\"", 412],
  ["1", 412],
  ["\"01\"", 412],
  ["\"abc\"", 412],
  ["\"1", 412],
  ["", 412]
]

describe("a change of one's account", () => {
  it.effect.each(transports)(
    "is made by $by, and answers the account with its new tag",
    ({ headers }) =>
      Effect.gen(function*() {
        const { identity, token } = yield* adaSignedIn
        const answer = yield* identity.send("PATCH", PATH, {
          json: { display_name: "  Countess of Lovelace " },
          headers: { ...headers(token), "if-match": "\"1\"" }
        })
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(answer.headers["etag"], "\"2\"")
        assert.include(answer.json, { display_name: "Countess of Lovelace", email: ADA.email, version: 2 })
        const read = yield* identity.send("GET", PATH, { headers: headers(token) })
        assert.strictEqual(read.text, answer.text)
        assert.strictEqual(read.headers["etag"], "\"2\"")
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect.each(preconditions)(
    "that expects %s of version 1 is answered with %i",
    ([tags, status]) =>
      Effect.gen(function*() {
        const { account, change } = yield* ada
        const answer = yield* change({ display_name: "Countess" }, { "if-match": tags })
        assert.strictEqual(answer.status, status)
        if (status === 412) assert.strictEqual(answer.json["code"], "version-conflict")
        const namesVersion = /^"[1-9]\d*"/.test(tags)
        if (status === 412) assert.strictEqual(/has changed since/.test(String(answer.json["detail"])), namesVersion)
        assert.strictEqual((yield* account).json["version"], status === 200 ? 2 : 1)
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect("that expects nothing has to", () =>
    Effect.gen(function*() {
      const { account, change } = yield* ada
      const answer = yield* change({ display_name: "Countess" }, {})
      assert.strictEqual(answer.status, 428)
      assert.strictEqual(answer.json["code"], "precondition-required")
      assert.strictEqual((yield* account).json["version"], 1)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("made twice at the same time on the same version succeeds once", () =>
    Effect.gen(function*() {
      const { account, change } = yield* ada
      const answers = yield* Effect.all([change({ display_name: "A" }), change(NEW_EMAIL)], { concurrency: 2 })
      assert.deepStrictEqual(answers.map(({ status }) => status).toSorted(), [200, 412])
      assert.strictEqual((yield* account).json["version"], 2)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each([
    ["nothing", {}],
    ["what is so already", { email: ADA.email, display_name: ADA.display_name }],
    ["a password that confirms nothing", { current_password: "wrong" }]
  ])("to %s makes no new version", ([_, json]) =>
    Effect.gen(function*() {
      const { account, change } = yield* ada
      const before = yield* account
      const answer = yield* change(json)
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.headers["etag"], "\"1\"")
      assert.strictEqual(answer.text, before.text)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each([
    [{ email: null }, ["/email"]],
    [{ display_name: "\n", email: "ada", current_password: 1 }, ["/current_password", "/display_name", "/email"]],
    [{ status: "disabled", version: 7, id: "acct_1" }, ["/id", "/status", "/version"]]
  ])("of %o is refused by naming what is wrong", ([json, pointers]) =>
    Effect.gen(function*() {
      const { account, change } = yield* ada
      const answer = yield* change(json)
      assert.strictEqual(answer.status, 422)
      assert.deepStrictEqual(yield* pointersOf(answer), pointers)
      assert.strictEqual((yield* account).json["version"], 1)
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("[ASVS 7.5.1] a new email", () => {
  it.effect("needs the current password, and a wrong one changes nothing", () =>
    Effect.gen(function*() {
      const { account, change, identity } = yield* ada
      const answer = yield* change({ ...NEW_EMAIL, current_password: "wrong password" })
      assert.strictEqual(answer.status, 401)
      assert.strictEqual(answer.json["code"], "invalid-credentials")
      assert.include((yield* account).json, { email: ADA.email, version: 1 })
      assert.strictEqual((yield* identity.signUp({ email: NEW_EMAIL.email })).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is not even weighed against the password when the version is stale", () =>
    Effect.gen(function*() {
      const { change } = yield* ada
      const answer = yield* change({ ...NEW_EMAIL, current_password: "wrong password" }, { "if-match": "\"2\"" })
      assert.strictEqual(answer.status, 412)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("that somebody else has in another spelling conflicts", () =>
    Effect.gen(function*() {
      const { account, change, identity } = yield* ada
      yield* identity.signUp({ email: "COUNTESS@example.com" })
      const answer = yield* change(NEW_EMAIL)
      assert.strictEqual(answer.status, 409)
      assert.strictEqual(answer.json["code"], "email-already-exists")
      assert.include((yield* account).json, { email: ADA.email, version: 1 })
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("may be another spelling of one's own", () =>
    Effect.gen(function*() {
      const { change, identity } = yield* ada
      const answer = yield* change({ email: "Ada@Example.com", current_password: ADA.password })
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.json["version"], 2)
      assert.strictEqual((yield* identity.signUp()).status, 409)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("takes the old one's place at once: one signs in by the new, and the old is free", () =>
    Effect.gen(function*() {
      const { change, identity } = yield* ada
      assert.strictEqual((yield* change(NEW_EMAIL)).status, 200)
      const signIn = (email: string) => identity.send("POST", "/sessions", { json: { email, password: ADA.password } })
      assert.strictEqual((yield* signIn(ADA.email)).status, 401)
      assert.strictEqual((yield* signIn(NEW_EMAIL.email)).status, 201)
      assert.strictEqual((yield* identity.signUp({ password: "another password" })).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 7.4.3] ends every session but the one that asks; a new name ends none", () =>
    Effect.gen(function*() {
      const { change, identity, token } = yield* ada
      const other = yield* identity.signIn()
      const statuses = Effect.forEach(
        [token, other],
        (each) => Effect.map(identity.send("GET", "/sessions/me", { headers: bearer(each) }), ({ status }) => status)
      )
      yield* change({ display_name: "Countess" })
      assert.deepStrictEqual(yield* statuses, [200, 200])
      yield* change(NEW_EMAIL, { "if-match": "\"2\"" })
      assert.deepStrictEqual(yield* statuses, [200, 401])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("comes back in no refusal, and neither does the password", () =>
    Effect.gen(function*() {
      const { change, identity } = yield* ada
      const email = "canary-1@example.com"
      yield* identity.signUp({ email })
      const refusals = [
        yield* change({ email, current_password: ADA.password }),
        yield* change({ email: "canary-2@example.com", current_password: "canary-3" }),
        yield* change({ email: "canary-4", display_name: "canary-5\n" })
      ]
      assert.deepStrictEqual(refusals.map(({ status }) => status), [409, 401, 422])
      for (const { text } of refusals) assert.notInclude(text, "canary")
    }).pipe(Effect.provide(TestIdentity.layer)))
})
