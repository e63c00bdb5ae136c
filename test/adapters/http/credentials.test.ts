import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Redacted } from "effect"
import { Headers, HttpServerRequest } from "effect/http"
import { SESSION_COOKIE } from "../../../src/adapters/http/api/Authentication.ts"
import { CurrentRequest } from "../../../src/adapters/http/exchange/RequestContext.ts"
import { readCredential } from "../../../src/adapters/http/sessions/Credentials.ts"
import { ADA, bearer, ownCookie, TestIdentity } from "../../support/TestIdentity.ts"
import { inHeader, nearly, tokenTexts } from "../../support/texts.ts"

const twoSessions = Effect.gen(function*() {
  const identity = yield* TestIdentity
  yield* identity.signUp()
  return { identity, one: yield* identity.signIn(), other: yield* identity.signIn() }
})

interface Tokens {
  readonly one: string
  readonly other: string
}

type Presented = readonly [name: string, headers: (tokens: Tokens) => Readonly<Record<string, string>>]

const cookie = (token: string) => `${SESSION_COOKIE}=${token}`

const accepted: ReadonlyArray<Presented> = [
  ["a bearer token", ({ one }) => bearer(one)],
  ["a scheme in another case", ({ one }) => ({ authorization: `bEARER ${one}` })],
  ["more than one space", ({ one }) => ({ authorization: `Bearer   ${one}` })],
  ["a cookie", ({ one }) => ({ cookie: cookie(one) })],
  ["a cookie among others", ({ one }) => ({ cookie: `a=b; ${cookie(one)}; c="d"` })],
  ["the same token as bearer and cookie", ({ one }) => ({ ...bearer(one), cookie: cookie(one) })],
  ["the same cookie twice", ({ one }) => ({ cookie: `${cookie(one)}; ${cookie(one)}` })],
  ["the same bearer token twice in one header", ({ one }) => ({ authorization: `Bearer ${one}, Bearer ${one}` })],
  ["a good bearer token and an empty cookie", ({ one }) => ({ ...bearer(one), cookie: cookie("") })],
  ["a good bearer token and a bad cookie", ({ one }) => ({ ...bearer(one), cookie: cookie("nonsense") })],
  ["a cookie beside another scheme", ({ one }) => ({ authorization: "Basic YTpi", cookie: cookie(one) })]
]

const ambiguous: ReadonlyArray<Presented> = [
  ["two bearer tokens", ({ one, other }) => ({ authorization: `Bearer ${one}, Bearer ${other}` })],
  ["two cookies", ({ one, other }) => ({ cookie: `${cookie(one)}; ${cookie(other)}` })],
  ["a bearer token and another cookie", ({ one, other }) => ({ ...bearer(one), cookie: cookie(other) })],
  ["a bad bearer token and a good cookie", ({ one }) => ({ ...bearer("nonsense"), cookie: cookie(one) })],
  ["an empty bearer token and a good cookie", ({ one }) => ({ authorization: "Bearer", cookie: cookie(one) })],
  ["a good cookie and an empty one", ({ one }) => ({ cookie: `${cookie(one)}; ${cookie("")}` })]
]

const refused: ReadonlyArray<Presented> = [
  ["a token that a byte follows which some take for a space", ({ one }) => bearer(`${one}\u00a0`)],
  ["a cookie that such a byte follows", ({ one }) => ({ cookie: cookie(`${one}\u00a0`) })],
  ["a scheme that such a byte precedes", ({ one }) => ({ authorization: `\u00a0Bearer ${one}` })],
  ["nothing", () => ({})],
  ["an empty header", () => ({ authorization: "" })],
  ["no token", () => ({ authorization: "Bearer" })],
  ["no scheme", ({ one }) => ({ authorization: one })],
  ["another scheme", ({ one }) => ({ authorization: `Token ${one}` })],
  ["the scheme at the end", ({ one }) => ({ authorization: `${one}Bearer` })],
  ["a quoted token", ({ one }) => ({ authorization: `Bearer "${one}"` })],
  ["a token with something behind it", ({ one }) => ({ authorization: `Bearer ${one} x` })],
  ["a padded token", ({ one }) => ({ authorization: `Bearer ${one}=` })],
  ["an empty cookie", () => ({ cookie: cookie("") })],
  ["a cookie without a value", () => ({ cookie: SESSION_COOKIE })],
  ["a quoted cookie", ({ one }) => ({ cookie: cookie(`"${one}"`) })],
  ["an escaped cookie", ({ one }) => ({ cookie: cookie(one.replace(".", "%2E")) })],
  ["a cookie of another name", ({ one }) => ({ cookie: `identity-session=${one}` })],
  ["a cookie whose name is in another case", ({ one }) => ({ cookie: cookie(one).toLowerCase() })],
  ["separators and nothing else", () => ({ cookie: ";;; = ;" })]
]

const whoAmI = (headers: (tokens: Tokens) => Readonly<Record<string, string>>) =>
  Effect.gen(function*() {
    const { identity, one, other } = yield* twoSessions
    return yield* identity.send("GET", "/sessions/me", { headers: headers({ one, other }) })
  }).pipe(Effect.provide(TestIdentity.layer))

describe("a request is let in", () => {
  it.effect.each(accepted)("with %s", ([_, headers]) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* whoAmI(headers)).status, 200)
    }))
})

describe("[ASVS 15.3.7] a request is malformed", () => {
  it.effect.each(ambiguous)("with %s", ([_, headers]) =>
    Effect.gen(function*() {
      const answer = yield* whoAmI(headers)
      assert.strictEqual(answer.status, 400)
      assert.strictEqual(answer.json["code"], "malformed-request")
    }))
})

describe("[ASVS 9.1.1] a request needs a session", () => {
  it.effect.each(refused)("with %s", ([_, headers]) =>
    Effect.gen(function*() {
      const answer = yield* whoAmI(headers)
      assert.strictEqual(answer.status, 401)
      assert.strictEqual(answer.json["code"], "session-required")
    }))

  it.effect("[ASVS 14.2.1] with a token in the query or the body", () =>
    Effect.gen(function*() {
      const { identity, one } = yield* twoSessions
      const query = yield* identity.send("GET", `/sessions/me?access_token=${one}&token=${one}`)
      const body = yield* identity.send("DELETE", "/sessions/me", { json: { token: one, access_token: one } })
      assert.deepStrictEqual([query.status, body.status], [401, 401])
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("a cookie whose session is over", () => {
  const over = Effect.gen(function*() {
    const { identity, one, other } = yield* twoSessions
    yield* identity.send("DELETE", "/sessions/me", { headers: bearer(other) })
    return { identity, live: one, dead: ownCookie(other) }
  })
  const CLEARED = `${SESSION_COOKIE}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`

  it.effect("is taken back by the 401 that says so, on every way, and an empty one too", () =>
    Effect.gen(function*() {
      const { dead, identity } = yield* over
      for (const headers of [dead, ownCookie(""), { ...dead, ...bearer("nonsense") }]) {
        for (
          const [method, path] of [["GET", "/sessions/me"], ["GET", "/accounts/me"], [
            "DELETE",
            "/sessions/me"
          ]] as const
        ) {
          const answer = yield* identity.send(method, path, { headers })
          assert.deepStrictEqual([answer.status, answer.headers["set-cookie"]], [401, CLEARED])
        }
      }
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is ignored beside a valid bearer token, and taken back by signing out", () =>
    Effect.gen(function*() {
      const { dead, identity, live } = yield* over
      const headers = { ...dead, ...bearer(live) }
      const check = yield* identity.send("GET", "/accounts/me", { headers })
      assert.deepStrictEqual([check.status, check.headers["set-cookie"]], [200, undefined])
      const signedOut = yield* identity.send("DELETE", "/sessions/me", { headers })
      assert.deepStrictEqual([signedOut.status, signedOut.headers["set-cookie"]], [204, CLEARED])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is not taken back where there was none, nor where it lives", () =>
    Effect.gen(function*() {
      const { identity, live } = yield* over
      const nothing = yield* identity.send("GET", "/sessions/me")
      const foreign = yield* identity.send("DELETE", "/sessions/me", { headers: { cookie: cookie(live) } })
      const wrong = yield* identity.send("DELETE", "/accounts/me", {
        headers: ownCookie(live),
        json: { current_password: "not the password" }
      })
      assert.deepStrictEqual([nothing, foreign, wrong].map(({ headers, status }) => [status, headers["set-cookie"]]), [
        [401, undefined],
        [403, undefined],
        [401, undefined]
      ])
    }).pipe(Effect.provide(TestIdentity.layer)))
})

const credentialOf = (headers: Readonly<Record<string, string>>) =>
  readCredential(HttpServerRequest.fromWeb(new Request("http://a/", { headers })))

describe("a credential", () => {
  it.prop("is the token that was presented, to the letter, in every way there is", {
    token: tokenTexts,
    other: tokenTexts
  }, ({ other, token }) => {
    const presented = { cookie: `a=b; ${cookie(token)}`, authorization: `Bearer ${token}` }
    for (const headers of [presented, { cookie: presented.cookie }, { authorization: presented.authorization }]) {
      const credential = credentialOf(headers)
      assert.isObject(credential)
      if (typeof credential === "object") assert.strictEqual(Redacted.value(credential.token), token)
    }
    const both = credentialOf({ ...bearer(token), cookie: cookie(other) })
    const beside = typeof both === "object" ? both.beside : undefined
    assert.strictEqual(beside === undefined ? token : Redacted.value(beside), other === "" ? token : other)
  })

  it.prop("is one piece of what was sent, whatever was sent", {
    authorization: nearly("Bearer ", "bEARER", "Basic ", "old.a.b").pipe(Arbitrary.map(inHeader)),
    cookies: nearly(`${SESSION_COOKIE}=`, SESSION_COOKIE, "a=b; ", "old.a.b").pipe(Arbitrary.map(inHeader))
  }, ({ authorization, cookies }) => {
    const credential = credentialOf({ authorization, cookie: cookies })
    if (typeof credential !== "object") return
    const token = Redacted.value(credential.token)
    assert.include(credential.byCookie ? cookies : authorization, token)
    assert.notInclude(token, credential.byCookie ? ";" : ",")
  })
})

describe("[ASVS 7.2.4] signing in", () => {
  it.effect("replaces the session the browser had", () =>
    Effect.gen(function*() {
      const { identity, one, other } = yield* twoSessions
      const answer = yield* identity.send("POST", "/sessions", {
        json: { email: ADA.email, password: ADA.password, transport: "cookie" },
        headers: { cookie: cookie(one), "sec-fetch-site": "same-origin" }
      })
      assert.strictEqual(answer.status, 201)
      assert.notInclude(answer.headers["set-cookie"] ?? "", one)
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers: bearer(one) })).status, 401)
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers: bearer(other) })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("with wrong credentials leaves it alone", () =>
    Effect.gen(function*() {
      const { identity, one } = yield* twoSessions
      yield* identity.send("POST", "/sessions", { json: { email: ADA.email, password: "wrong" }, headers: bearer(one) })
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers: bearer(one) })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is not hindered by a planted cookie", () =>
    Effect.gen(function*() {
      const { identity } = yield* twoSessions
      const answer = yield* identity.send("POST", "/sessions", {
        json: { email: ADA.email, password: ADA.password },
        headers: { cookie: cookie("planted") }
      })
      assert.strictEqual(answer.status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("and signing out with a forged cookie end nobody's session", () =>
    Effect.gen(function*() {
      const { identity, one, other } = yield* twoSessions
      const [victim, tag] = [one.slice(0, one.lastIndexOf(".")), other.slice(other.lastIndexOf("."))]
      for (const forged of [victim, `${victim}.`, victim + tag, `${victim}.${"A".repeat(43)}`]) {
        const headers = { cookie: cookie(forged), "sec-fetch-site": "same-origin" }
        const credentials = { email: ADA.email, password: ADA.password }
        const signedIn = yield* identity.send("POST", "/sessions", { json: credentials, headers })
        assert.strictEqual(signedIn.status, 201)
        assert.strictEqual((yield* identity.send("DELETE", "/sessions/me", { headers })).status, 401)
      }
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers: bearer(one) })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("from a foreign page does not end the session of the visitor's cookie", () =>
    Effect.gen(function*() {
      const { identity, one } = yield* twoSessions
      yield* identity.send("POST", "/sessions", {
        json: { email: ADA.email, password: ADA.password },
        headers: { cookie: cookie(one), origin: "https://evil.example" }
      })
      assert.strictEqual((yield* identity.send("GET", "/sessions/me", { headers: bearer(one) })).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("a credential as Node hands it over", () => {
  /** The token, and the cookie beside it. */
  const read = (headers: Readonly<Record<string, string>>) =>
    Effect.map(CurrentRequest, (request) => {
      const credential = readCredential({ ...request, headers: Headers.fromInput(headers) })
      return typeof credential === "object"
        ? [Redacted.value(credential.token), credential.beside && Redacted.value(credential.beside)]
        : credential
    })

  it.effect.each(["Bearer a.b \t", "\t Bearer a.b", " Bearer  a.b\t\t"])(
    "is read without the blanks around its header, which proxies may leave: %j",
    (authorization) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* read({ authorization }), ["a.b", undefined])
      })
  )

  it.effect.each<readonly [value: string, beside: string | undefined]>([
    ["a.b", undefined],
    ["", undefined],
    ["c.d", "c.d"]
  ])("has nothing beside it but another cookie: %j", ([value, beside]) =>
    Effect.gen(function*() {
      const credential = yield* read({ authorization: "Bearer a.b", cookie: cookie(value) })
      assert.deepStrictEqual(credential, ["a.b", beside])
    }))
})
