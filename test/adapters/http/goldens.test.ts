import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ADA, adaSignedIn, bearer, ownCookie, TestIdentity } from "../../support/TestIdentity.ts"
import type { Answer, Sent } from "../../support/TestIdentity.ts"

/** One exchange as text: a line for the request, then the whole response. */
const written = (line: string, answer: Answer): string => {
  const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
    (name === "set-cookie" ? answer.cookies : [value]).map((one) => `${name}: ${one}\n`)
  ).join("")
  return `> ${line}\n\nHTTP ${answer.status}\n${headers}\n${answer.text}\n`
}

const golden = (name: string, exchanges: ReadonlyArray<readonly [line: string, answer: Answer]>) =>
  Effect.promise(() =>
    expect(exchanges.map(([line, answer]) => written(line, answer)).join("\n")).toMatchFileSnapshot(
      `golden/${name}.http`
    )
  )

const conversation = Effect.fnUntraced(function*(
  name: string,
  asked: ReadonlyArray<readonly [method: string, path: string, sent?: Sent]>
) {
  const identity = yield* TestIdentity
  const answers = yield* Effect.forEach(
    asked,
    ([method, path, sent]) =>
      Effect.map(identity.send(method, path, sent), (answer) => [`${method} ${path}`, answer] as const)
  )
  yield* golden(name, answers)
}, Effect.provide(TestIdentity.layer))

const START = Date.parse("2026-03-01T12:00:00.123Z")

describe("whole answers", () => {
  it.effect("[ASVS 15.3.1] of somebody who signs up, in, looks around and signs out", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(START)
      const identity = yield* TestIdentity
      const signUp = yield* identity.signUp()
      yield* TestClock.adjust("1 minute")
      const signIn = yield* identity.send("POST", "/sessions", {
        json: { email: "ADA@example.com", password: ADA.password },
        headers: { "user-agent": "curl/8.14.1" }
      })
      const headers = bearer(String(signIn.json["token"]))
      const account = yield* identity.send("GET", "/accounts/me", { headers })
      const session = yield* identity.send("GET", "/sessions/me", { headers })
      const other = yield* identity.send("POST", "/sessions", { json: { email: ADA.email, password: ADA.password } })
      const list = yield* identity.send("GET", "/sessions?limit=1", { headers })
      const rest = yield* identity.send("GET", `/sessions?limit=1&after=${String(list.json["next"])}`, { headers })
      const ended = yield* identity.send("DELETE", `/sessions/${String(other.json["id"])}`, { headers })
      const signOut = yield* identity.send("DELETE", "/sessions/me", { headers })
      const after = yield* identity.send("GET", "/sessions/me", { headers })
      yield* golden("a-session", [
        ["POST /accounts", signUp],
        ["POST /sessions", signIn],
        ["GET /accounts/me", account],
        ["GET /sessions/me", session],
        ["GET /sessions?limit=1", list],
        ["GET /sessions?limit=1&after=…", rest],
        ["DELETE /sessions/{id}", ended],
        ["DELETE /sessions/me", signOut],
        ["GET /sessions/me, after that", after]
      ])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 3.3.1, 3.3.2, 3.3.3, 3.3.4] in cookie transport", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      const json = { email: ADA.email, password: ADA.password, transport: "cookie" }
      const signIn = yield* identity.send("POST", "/sessions", { json })
      const cookie = String(signIn.headers["set-cookie"]).split(";")[0] ?? ""
      const headers = { cookie, "sec-fetch-site": "same-origin" }
      const session = yield* identity.send("GET", "/sessions/me", { headers: { cookie } })
      const foreign = yield* identity.send("DELETE", "/sessions/me", {
        headers: { cookie, origin: "https://evil.example" }
      })
      const signOut = yield* identity.send("DELETE", "/sessions", { headers })
      assert.isUndefined(signIn.json["token"])
      yield* golden("a-cookie", [
        ["POST /sessions", signIn],
        ["GET /sessions/me", session],
        ["DELETE /sessions/me, from a foreign origin", foreign],
        ["DELETE /sessions", signOut]
      ])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("to a gateway", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(START)
      const { identity, token } = yield* adaSignedIn
      const headers = bearer(token)
      const foreign = { cookie: ownCookie(token).cookie, origin: "https://evil.example" }
      yield* golden("a-gateway", [
        ["GET /authorize", yield* identity.send("GET", "/authorize", { headers })],
        ["POST /authorize/orders", yield* identity.send("POST", "/authorize/orders", { headers })],
        ["GET /authorize?claims=email,name", yield* identity.send("GET", "/authorize?claims=email,name", { headers })],
        ["GET /authorize, without a session", yield* identity.send("GET", "/authorize")],
        ["GET /authorize?aal=2", yield* identity.send("GET", "/authorize?aal=2", { headers })],
        ["GET /authorize?verified=1", yield* identity.send("GET", "/authorize?verified=1", { headers })],
        ["POST /authorize, from a foreign origin", yield* identity.send("POST", "/authorize", { headers: foreign })],
        ["GET /authorize?aal=3", yield* identity.send("GET", "/authorize?aal=3", { headers })]
      ])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("of somebody who changes their account, its password, and leaves", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(START)
      const { identity, token } = yield* adaSignedIn
      yield* TestClock.adjust("1 minute")
      const change = (sent: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>>) =>
        identity.send("PATCH", "/accounts/me", { json: sent, headers: { ...bearer(token), ...headers } })
      const renamed = yield* change({ display_name: "Countess of Lovelace" }, { "if-match": "\"1\"" })
      const email = "countess@example.com"
      const stale = yield* change({ display_name: "Ada" }, { "if-match": "\"1\"" })
      const unbased = yield* change({ display_name: "Ada" }, {})
      const unconfirmed = yield* change({ email }, { "if-match": "\"2\"" })
      const moved = yield* change({ email, current_password: ADA.password }, { "if-match": "\"2\"" })
      const json = { current_password: ADA.password, new_password: "a whole new password" }
      const byCookie = yield* identity.send("PUT", "/accounts/me/password", { json, headers: ownCookie(token) })
      const signIn = yield* identity.send("POST", "/sessions", { json: { email, password: json.new_password } })
      const headers = bearer(String(signIn.json["token"]))
      const back = { current_password: json.new_password, new_password: ADA.password }
      const byBearer = yield* identity.send("PUT", "/accounts/me/password", { json: back, headers })
      const wrong = yield* identity.send("DELETE", "/accounts/me", {
        json: { current_password: json.new_password },
        headers: bearer(String(byBearer.json["token"]))
      })
      const left = yield* identity.send("DELETE", "/accounts/me", {
        json: { current_password: ADA.password },
        headers: bearer(String(byBearer.json["token"]))
      })
      yield* golden("an-account", [
        ["PATCH /accounts/me", renamed],
        ["PATCH /accounts/me, with the tag of before", stale],
        ["PATCH /accounts/me, without a tag", unbased],
        ["PATCH /accounts/me, a new email without the password", unconfirmed],
        ["PATCH /accounts/me, a new email", moved],
        ["PUT /accounts/me/password, by cookie", byCookie],
        ["PUT /accounts/me/password", byBearer],
        ["DELETE /accounts/me, with a wrong password", wrong],
        ["DELETE /accounts/me", left]
      ])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("to requests with an idempotency key", () => {
    const headers = { "idempotency-key": "key-1" }
    const signIn = { email: ADA.email, password: ADA.password }
    return conversation("idempotency", [
      ["POST", "/accounts", { json: ADA, headers }],
      ["POST", "/accounts", { json: ADA, headers }],
      ["POST", "/accounts", { json: { ...ADA, display_name: "Somebody else" }, headers }],
      ["POST", "/accounts", { json: ADA, headers: { "idempotency-key": "key 1" } }],
      ["POST", "/sessions", { json: signIn, headers }],
      ["POST", "/sessions", { json: signIn, headers }]
    ])
  })

  it.effect("[ASVS 4.1.1, 3.4.3, 3.4.4, 3.4.5, 3.4.6, 14.3.2] that refuse", () =>
    conversation("refusals", [
      ["GET", "/sessions/me"],
      ["POST", "/accounts", { json: ADA }],
      ["POST", "/accounts", { json: { ...ADA, email: "ada@EXAMPLE.com" } }],
      ["POST", "/sessions", { json: { email: "nobody@example.com", password: "wrong" } }],
      ["POST", "/accounts", { json: { email: "ada", password: "short", display_name: "\n", admin: true } }],
      ["POST", "/accounts", { json: [] }],
      ["POST", "/accounts", { body: "{\"email\":", headers: { "content-type": "application/json" } }],
      ["POST", "/accounts", { body: "email=ada", headers: { "content-type": "application/x-www-form-urlencoded" } }],
      ["POST", "/accounts", { json: { ...ADA, display_name: "a".repeat(64 * 1024) } }],
      ["GET", "/nowhere"],
      ["PUT", "/sessions/me"]
    ]))

  it.effect("that put attempts off", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const attempts = (count: number, attempt: (index: number) => Effect.Effect<Answer>) =>
        Effect.forEach(Array.from({ length: count }), (_, index) => attempt(index))
      const from = "192.0.2.7"
      const signUp = (index: number) =>
        identity.send("POST", "/accounts", { json: { ...ADA, email: `person-${index}@example.com` }, from })
      const signIn = (password: string) =>
        identity.send("POST", "/sessions", { json: { email: ADA.email, password }, from })
      yield* attempts(50, signUp)
      yield* attempts(10, () => signIn("a wrong password"))
      yield* golden("limits", [
        ["POST /accounts, for the 51st time from one network", yield* signUp(50)],
        ["POST /sessions, after ten wrong passwords", yield* signIn(ADA.password)]
      ])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("without a body", () => conversation("options", [["OPTIONS", "/sessions"], ["OPTIONS", "/sessions/ses_1"]]))

  it.effect("that explain problems", () =>
    conversation("problem-pages", [["GET", "/problems"], ["GET", "/problems/session-required"], [
      "GET",
      "/problems/x"
    ]]))
})
