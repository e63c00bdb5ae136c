import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SESSION_COOKIE } from "../../../src/adapters/http/api/Authentication.ts"
import { PasswordPolicy } from "../../../src/domain/passwords/PasswordPolicy.ts"
import {
  ADA,
  adaSignedIn,
  bearer,
  ownCookie,
  pointersOf,
  TestIdentity,
  transports
} from "../../support/TestIdentity.ts"

const NEW_PASSWORD = "a whole new password"

const ada = Effect.gen(function*() {
  const { identity, token } = yield* adaSignedIn
  const change = (
    headers: Readonly<Record<string, string>>,
    json: unknown = { current_password: ADA.password, new_password: NEW_PASSWORD }
  ) => identity.send("PUT", "/accounts/me/password", { json, headers })
  const isLive = (one: string) =>
    Effect.map(identity.send("GET", "/sessions/me", { headers: bearer(one) }), ({ status }) => status === 200)
  const signIn = (password: string) => identity.send("POST", "/sessions", { json: { email: ADA.email, password } })
  return { identity, token, change, isLive, signIn }
})

const cookieToken = (setCookie: string | undefined) => setCookie?.match(`^${SESSION_COOKIE}=([^;]+);`)?.[1] ?? ""

describe("a new password", () => {
  it.effect.each(transports)("[ASVS 7.4.3] by $by ends every session", ({ headers }) =>
    Effect.gen(function*() {
      const { change, identity, isLive, token } = yield* ada
      const other = yield* identity.signIn()
      assert.strictEqual((yield* change(headers(token))).status, 200)
      assert.deepStrictEqual([yield* isLive(token), yield* isLive(other)], [false, false])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is the only one that signs in from then on", () =>
    Effect.gen(function*() {
      const { change, signIn, token } = yield* ada
      yield* change(bearer(token))
      assert.strictEqual((yield* signIn(ADA.password)).status, 401)
      assert.strictEqual((yield* signIn(NEW_PASSWORD)).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 7.2.4] by bearer token answers a new token in the body, and sets no cookie", () =>
    Effect.gen(function*() {
      const { change, isLive, token } = yield* ada
      const answer = yield* change({ ...bearer(token), "user-agent": "curl/8.14.1" })
      assert.notStrictEqual(answer.json["token"], token)
      assert.isTrue(yield* isLive(String(answer.json["token"])))
      assert.include(answer.json, { current: true, user_agent: "curl/8.14.1" })
      assert.isUndefined(answer.headers["set-cookie"])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 7.2.4] by cookie sets a new cookie, and keeps its token out of the body", () =>
    Effect.gen(function*() {
      const { change, isLive, token } = yield* ada
      const answer = yield* change(ownCookie(token))
      const renewed = cookieToken(answer.headers["set-cookie"])
      assert.notStrictEqual(renewed, token)
      assert.isTrue(yield* isLive(renewed))
      assert.notProperty(answer.json, "token")
      assert.notInclude(answer.text, renewed)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each(transports)("[ASVS 6.2.3] by $by needs the current one", ({ headers }) =>
    Effect.gen(function*() {
      const { change, isLive, signIn, token } = yield* ada
      const json = { current_password: "wrong password", new_password: NEW_PASSWORD }
      const answer = yield* change(headers(token), json)
      assert.strictEqual(answer.status, 401)
      assert.strictEqual(answer.json["code"], "invalid-credentials")
      assert.isUndefined(answer.headers["set-cookie"])
      assert.isTrue(yield* isLive(token))
      assert.strictEqual((yield* signIn(ADA.password)).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each([
    [{ current_password: 7 }, ["/current_password", "/new_password"]],
    [{ current_password: ADA.password, new_password: "short" }, ["/new_password"]],
    [{ current_password: ADA.password, new_password: "x".repeat(257) }, ["/new_password"]],
    [{ current_password: ADA.password, new_password: NEW_PASSWORD, password: "x" }, ["/password"]]
  ])("in %o is refused by naming what is wrong", ([json, pointers]) =>
    Effect.gen(function*() {
      const { change, signIn, token } = yield* ada
      const answer = yield* change(bearer(token), json)
      assert.strictEqual(answer.status, 422)
      assert.deepStrictEqual(yield* pointersOf(answer), pointers)
      assert.strictEqual((yield* signIn(ADA.password)).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("has to be as long as the operator asks", () =>
    Effect.gen(function*() {
      const { change, token } = yield* ada
      const answer = yield* change(bearer(token), { current_password: ADA.password, new_password: "fifteen letters" })
      assert.strictEqual(answer.status, 422)
      assert.deepStrictEqual(yield* pointersOf(answer), ["/new_password"])
    }).pipe(
      Effect.provide(
        TestIdentity.layer.pipe(Layer.provide(Layer.succeed(PasswordPolicy, { lengthMin: 16, serviceNames: [] })))
      )
    ))

  it.effect("chosen twice at the same time ends with one of the two, and one live session at most", () =>
    Effect.gen(function*() {
      const { change, isLive, signIn, token } = yield* ada
      const choose = (password: string) =>
        change(bearer(token), { current_password: ADA.password, new_password: password })
      const answers = yield* Effect.all([choose("first of the two"), choose("second of the two")], { concurrency: 2 })
      const tokens = answers.filter(({ status }) => status === 200).map(({ json }) => String(json["token"]))
      assert.isAtLeast(tokens.length, 1)
      assert.lengthOf(yield* Effect.filter(tokens, isLive), 1)
      const signIns = yield* Effect.forEach([ADA.password, "first of the two", "second of the two"], signIn)
      assert.deepStrictEqual(signIns.map(({ status }) => status).toSorted(), [201, 401, 401])
    }).pipe(Effect.provide(TestIdentity.layer)))
})
