import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Accounts } from "../../../src/domain/accounts/Accounts.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { ADA, adaSignedIn, APP_ORIGIN, bearer, PUBLIC_URL, TestIdentity } from "../../support/TestIdentity.ts"
import type { Answer, Sent } from "../../support/TestIdentity.ts"

const signIn = Effect.fnUntraced(function*(sent: Sent & { readonly email?: string; readonly password?: string }) {
  const identity = yield* TestIdentity
  const { email = ADA.email, password = "a wrong password", ...rest } = sent
  return yield* identity.send("POST", "/sessions", { json: { email, password }, ...rest })
})

const times = <A, E, R>(count: number, effect: Effect.Effect<A, E, R>) =>
  Effect.forEach(Array.from({ length: count }), () => effect)

const statusesOf = (answers: ReadonlyArray<Answer>) => [...new Set(answers.map(({ status }) => status))]

describe("[ASVS 6.3.1] after ten wrong passwords", () => {
  it.effect("the eleventh is not judged, and the answer says what the limit is and when to try again", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      assert.deepStrictEqual(statusesOf(yield* times(10, signIn({}))), [401])
      yield* TestClock.adjust("500 millis")
      const answer = yield* signIn({ password: ADA.password })
      assert.strictEqual(answer.status, 429)
      assert.include(answer.headers, {
        "content-type": "application/problem+json",
        // 59.5 seconds, rounded up.
        "retry-after": "60",
        "ratelimit-policy": "\"sign-in-email-network\";q=10;w=36000",
        ratelimit: "\"sign-in-email-network\";r=0;t=60"
      })
      assert.deepStrictEqual(answer.json, {
        type: `${PUBLIC_URL}/problems/too-many-requests`,
        title: "Too many requests",
        status: 429,
        detail: "This was attempted too often, by you or by others with the same email or network, or by all callers " +
          "together, so it was not even looked at. Try again after the time in `Retry-After`; each further failure " +
          "makes the next wait longer.",
        code: "too-many-requests",
        request_id: answer.headers["x-request-id"]
      })
      yield* TestClock.adjust("60 seconds")
      assert.strictEqual((yield* signIn({ password: ADA.password })).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 6.3.8] all answers are the same whether the email is of an account, a disabled one or nobody", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const accounts = yield* Accounts
      yield* identity.signUp()
      yield* identity.signUp({ email: "disabled@example.com" })
      yield* accounts.disable(Email.make("disabled@example.com"))
      const [known, disabled, unknown] = yield* Effect.forEach(
        [ADA.email, "disabled@example.com", "nobody@example.com"],
        (email, index) =>
          Effect.map(
            times(12, signIn({ email, from: `198.51.${index}.7`, headers: { "x-request-id": "the-same" } })),
            (answers) => answers.map(({ headers, status, text }) => ({ headers, status, text }))
          )
      )
      assert.deepStrictEqual(known?.map(({ status }) => status).slice(9), [401, 429, 429])
      assert.deepStrictEqual(disabled, known)
      assert.deepStrictEqual(unknown, known)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("pages of allowed origins can read how long to wait", () =>
    Effect.gen(function*() {
      const answers = yield* times(11, signIn({ headers: { origin: APP_ORIGIN } }))
      const exposed = String(answers[10]?.headers["access-control-expose-headers"]).split(", ")
      assert.includeMembers(exposed, ["retry-after", "ratelimit", "ratelimit-policy"])
    }).pipe(Effect.provide(TestIdentity.layer)))
})

const own: ReadonlyArray<readonly [method: string, path: string, json: Readonly<Record<string, string>>]> = [
  ["PATCH", "/accounts/me", { email: "countess@example.com" }],
  ["PUT", "/accounts/me/password", { new_password: "a whole new password" }],
  ["DELETE", "/accounts/me", {}]
]

describe("[ASVS 6.3.1] the holder of a session", () => {
  it.effect.each(own)("can't guess the current password by %s %s", ([method, path, json]) =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const confirm = (password: string) =>
        identity.send(method, path, {
          json: { ...json, current_password: password },
          headers: { ...bearer(token), "if-match": "*" }
        })
      assert.deepStrictEqual(statusesOf(yield* times(10, confirm("a wrong password"))), [401])
      const answer = yield* confirm(ADA.password)
      assert.strictEqual(answer.status, 429)
      assert.include(answer.headers, {
        "retry-after": "60",
        "ratelimit-policy": "\"confirm-password-account\";q=10;w=36000",
        ratelimit: "\"confirm-password-account\";r=0;t=60"
      })
      assert.strictEqual((yield* identity.send("GET", "/accounts/me", { headers: bearer(token) })).json["version"], 1)
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("sign-ups", () => {
  it.effect("of one network are 50 in a row", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const signUp = (index: number, from: string) =>
        identity.send("POST", "/accounts", { json: { ...ADA, email: `person-${index}@example.com` }, from })
      const answers = yield* Effect.forEach(
        Array.from({ length: 51 }),
        (_, index) => signUp(index, `2001:db8::${index}`)
      )
      assert.deepStrictEqual(statusesOf(answers.slice(0, 50)), [201])
      assert.strictEqual(answers[50]?.status, 429)
      assert.include(answers[50]?.headers, {
        "retry-after": "10",
        "ratelimit-policy": "\"sign-up-network\";q=50;w=30000",
        ratelimit: "\"sign-up-network\";r=0;t=10"
      })
      assert.strictEqual((yield* signUp(51, "2001:db8:0:1::1")).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))
})
