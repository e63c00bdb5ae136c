import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { DEVICE_COOKIE } from "../../../src/adapters/http/api/Devices.ts"
import { ADA, APP_ORIGIN, bearer, TestIdentity } from "../../support/TestIdentity.ts"
import type { Answer, Sent } from "../../support/TestIdentity.ts"

const HOME = "192.0.2.7"

const signIn = Effect.fnUntraced(function*(
  sent: Sent & { readonly email?: string; readonly password?: string; readonly transport?: "cookie" | "token" } = {}
) {
  const identity = yield* TestIdentity
  const { email = ADA.email, password = ADA.password, transport = "token", ...rest } = sent
  return yield* identity.send("POST", "/sessions", { json: { email, password, transport }, from: HOME, ...rest })
})

const deviceOf = (answer: Answer) => String(answer.json["device"])

const cookieOf = (answer: Answer) => {
  const set = answer.cookies.find((cookie) => cookie.startsWith(`${DEVICE_COOKIE}=`)) ?? ""
  return set.slice(set.indexOf("=") + 1, set.indexOf(";"))
}

const byHeader = (device: string) => ({ "identity-device": device })
const byCookie = (device: string) => ({ cookie: `other=1; ${DEVICE_COOKIE}=${device}` })

/** The part that stays the same for one device of one account. */
const identityOf = (device: string) => device.split(".")[1]?.slice(0, 50)

const guesses = (count: number, sent: Parameters<typeof signIn>[0] = {}) =>
  Effect.forEach(Array.from({ length: count }), () => signIn({ password: "a wrong password", ...sent }))

/** Uses up the guesses that the owner's network has for the owner's email. */
const lockOut = Effect.flatMap(guesses(15), () => signIn({})).pipe(
  Effect.tap(({ status }) => Effect.sync(() => assert.strictEqual(status, 429)))
)

const statuses = (answers: ReadonlyArray<Answer>) => answers.map(({ status }) => status)

const withAda = Effect.tap(TestIdentity, (identity) => identity.signUp())

describe("[ASVS 6.3.1] a device that signed in before", () => {
  it.effect.each([["header", byHeader], ["cookie", byCookie]] as const)(
    "signs in, by %s, whatever others have used up, in its owner's network, too",
    ([, present]) =>
      Effect.gen(function*() {
        yield* withAda
        const device = deviceOf(yield* signIn())
        yield* lockOut
        const known = yield* signIn({ headers: present(device) })
        assert.strictEqual(known.status, 201)
        // From anywhere.
        assert.strictEqual((yield* signIn({ headers: present(device), from: "203.0.113.9" })).status, 201)
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect("has ten guesses of its own, which success gives back, and shows their limit", () =>
    Effect.gen(function*() {
      yield* withAda
      const headers = byHeader(deviceOf(yield* signIn()))
      assert.deepStrictEqual(statuses(yield* guesses(9, { headers })), Array.from({ length: 9 }, () => 401))
      assert.strictEqual((yield* signIn({ headers })).status, 201)
      yield* guesses(10, { headers })
      const refused = yield* signIn({ headers })
      assert.deepStrictEqual(
        [refused.status, refused.headers["ratelimit-policy"]],
        [429, "\"sign-in-device\";q=10;w=36000"]
      )
      // No other attempt was counted there.
      assert.strictEqual((yield* signIn()).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is the same device at its next sign-in, for another year", () =>
    Effect.gen(function*() {
      yield* withAda
      const first = deviceOf(yield* signIn())
      yield* TestClock.adjust("300 days")
      const second = deviceOf(yield* signIn({ headers: byHeader(first) }))
      assert.strictEqual(identityOf(second), identityOf(first))
      assert.notStrictEqual(second, first)
      assert.notStrictEqual(identityOf(deviceOf(yield* signIn())), identityOf(first))
      yield* TestClock.adjust("364 days")
      yield* lockOut
      assert.strictEqual((yield* signIn({ headers: byHeader(second) })).status, 201)
      assert.strictEqual((yield* signIn({ headers: byHeader(first) })).status, 429)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is known after it signed out, signed out everywhere or changed its email", () =>
    Effect.gen(function*() {
      const identity = yield* withAda
      const started = yield* signIn()
      const headers = bearer(String(started.json["token"]))
      yield* identity.send("PATCH", "/accounts/me", {
        json: { email: "countess@example.com", current_password: ADA.password },
        headers: { ...headers, "if-match": "*" }
      })
      yield* identity.send("DELETE", "/sessions", { headers })
      const email = "countess@example.com"
      yield* guesses(15, { email })
      assert.strictEqual((yield* signIn({ email })).status, 429)
      assert.strictEqual((yield* signIn({ email, headers: byHeader(deviceOf(started)) })).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is unknown once the password was changed elsewhere; the device that changed it stays known", () =>
    Effect.gen(function*() {
      const identity = yield* withAda
      const [mine, other] = [yield* signIn(), yield* signIn()]
      const password = "a better password"
      yield* TestClock.adjust("1 minute")
      const changed = yield* identity.send("PUT", "/accounts/me/password", {
        json: { current_password: ADA.password, new_password: password },
        headers: { ...bearer(String(mine.json["token"])), ...byHeader(deviceOf(mine)) }
      })
      assert.strictEqual(changed.status, 200)
      assert.strictEqual(identityOf(deviceOf(changed)), identityOf(deviceOf(mine)))
      yield* lockOut
      assert.strictEqual((yield* signIn({ password, headers: byHeader(deviceOf(other)) })).status, 429)
      assert.strictEqual((yield* signIn({ password, headers: byHeader(deviceOf(mine)) })).status, 429)
      assert.strictEqual((yield* signIn({ password, headers: byHeader(deviceOf(changed)) })).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("[ASVS 6.3.1] a device that nobody knows", () => {
  it.effect("is a stranger and never an error: forged, cut, of another account, or a session's token", () =>
    Effect.gen(function*() {
      const identity = yield* withAda
      yield* identity.signUp({ email: "grace@example.com" })
      const [ada, grace] = [yield* signIn(), yield* signIn({ email: "grace@example.com" })]
      const device = deviceOf(ada)
      const others = [
        "",
        "x",
        device.slice(1),
        device.slice(0, -1) + (device.endsWith("A") ? "B" : "A"),
        `${device}, ${device}`,
        deviceOf(grace),
        String(ada.json["token"])
      ]
      const answers = yield* Effect.forEach(others, (other) => signIn({ headers: byHeader(other) }))
      assert.deepStrictEqual(statuses(answers), others.map(() => 201))
      const made = new Set(answers.map((answer) => identityOf(deviceOf(answer))))
      assert.strictEqual(made.size, others.length)
      assert.isFalse(made.has(identityOf(device)))
      yield* lockOut
      const refused = yield* Effect.forEach(others, (other) => signIn({ headers: byHeader(other) }))
      assert.deepStrictEqual(statuses(refused), others.map(() => 429))
      assert.deepStrictEqual(
        [...new Set(refused.map(({ headers }) => headers["ratelimit-policy"]))],
        ["\"sign-in-email-network\";q=10;w=36000"]
      )
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("has its own guesses counted as a stranger's, also when its own account's are used up", () =>
    Effect.gen(function*() {
      const identity = yield* withAda
      yield* identity.signUp({ email: "grace@example.com" })
      const headers = byHeader(deviceOf(yield* signIn({ email: "grace@example.com" })))
      yield* guesses(10, { email: "grace@example.com", headers })
      for (const email of [ADA.email, "nobody@example.com"]) {
        const answers = yield* guesses(11, { email, headers, from: "198.51.100.7" })
        assert.deepStrictEqual(statuses(answers).slice(9), [401, 429])
        assert.strictEqual(answers[10]?.headers["ratelimit-policy"], "\"sign-in-email-network\";q=10;w=36000")
      }
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("stays unknown when a foreign page makes the browser send the cookie", () =>
    Effect.gen(function*() {
      yield* withAda
      const device = deviceOf(yield* signIn())
      yield* lockOut
      const headers = byCookie(device)
      assert.strictEqual((yield* signIn({ headers: { ...headers, origin: "https://evil.example" } })).status, 429)
      assert.strictEqual((yield* signIn({ headers: { ...headers, origin: APP_ORIGIN } })).status, 201)
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("the secret of a device", () => {
  it.effect("[ASVS 3.3.1, 3.3.2, 3.3.3, 3.3.4] is a cookie beside the session's in cookie transport, for a year", () =>
    Effect.gen(function*() {
      yield* withAda
      const answer = yield* signIn({ transport: "cookie" })
      assert.strictEqual(answer.cookies.length, 2)
      const set = answer.cookies.find((cookie) => cookie.startsWith(DEVICE_COOKIE)) ?? ""
      assert.match(DEVICE_COOKIE, /^__Host-/)
      assert.sameMembers(set.split("; ").slice(1), [
        `Max-Age=${365 * 24 * 3600}`,
        "Path=/",
        "Secure",
        "HttpOnly",
        "SameSite=Strict"
      ])
      assert.notProperty(answer.json, "device")
      assert.strictEqual(answer.headers["cache-control"], "no-store")
      const again = yield* signIn({ transport: "cookie", headers: byCookie(cookieOf(answer)) })
      assert.strictEqual(identityOf(cookieOf(again)), identityOf(cookieOf(answer)))
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is answered again when the sign-in is sent again, and neither secret is stored", () =>
    Effect.gen(function*() {
      yield* withAda
      const headers = { "idempotency-key": "the-same" }
      const [first, again] = [yield* signIn({ headers }), yield* signIn({ headers })]
      assert.deepStrictEqual(again.json, first.json)
      const kept = byHeader(deviceOf(first))
      const other = { "idempotency-key": "another", ...kept }
      const [second, repeated] = [yield* signIn({ headers: other }), yield* signIn({ headers: other })]
      assert.strictEqual(identityOf(deviceOf(second)), identityOf(deviceOf(first)))
      assert.strictEqual(deviceOf(repeated), deviceOf(second))
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("may be sent by pages of allowed origins", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const { headers } = yield* identity.send("OPTIONS", "/sessions", {
        headers: { origin: APP_ORIGIN, "access-control-request-method": "POST" }
      })
      assert.include(String(headers["access-control-allow-headers"]).split(", "), "identity-device")
    }).pipe(Effect.provide(TestIdentity.layer)))
})
