import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { AuditReview } from "../../../src/domain/audit/AuditReview.ts"
import { ADA, bearer, TestIdentity } from "../../support/TestIdentity.ts"

const numbered = (count: number) => Array.from({ length: count }, (_, index) => index)

const OTHER_ADDRESS = "198.51.100.7"

/** A signed-in person, with a function that changes their email. */
const changing = Effect.fnUntraced(function*(email = ADA.email) {
  const identity = yield* TestIdentity
  const signedUp = yield* identity.signUp({ email })
  const token = yield* identity.signIn({ email })
  const change = (to: string, options: { readonly from?: string; readonly password?: string } = {}) =>
    identity.send("PATCH", "/accounts/me", {
      json: { email: to, current_password: options.password ?? ADA.password },
      headers: { ...bearer(token), "if-match": "*" },
      ...(options.from === undefined ? {} : { from: options.from })
    })
  return { change, id: String(signedUp.json["id"]), identity }
})

const actions = Effect.fnUntraced(function*() {
  const review = yield* AuditReview
  const { items } = yield* review.list(
    { accountId: Option.none(), action: Option.none(), since: Option.none() },
    { limit: 200, after: Option.none() }
  )
  return items.map(({ event }) => ({ action: event?.action, accountId: event?.accountId }))
})

describe("a change of email", () => {
  it.effect("[ASVS 6.3.8] asks whether others have an account five times a day, however many emails are tried", () =>
    Effect.gen(function*() {
      const { change, id, identity } = yield* changing()
      yield* Effect.forEach(
        numbered(60),
        (index) => identity.signUp({ email: `taken-${index}@example.com` })
      )
      const answers = yield* Effect.forEach(
        numbered(120),
        (index) => change(`${index % 2 === 0 ? "taken" : "free"}-${Math.floor(index / 2)}@example.com`)
      )
      const judged = answers.filter(({ status }) => status !== 429)
      assert.deepStrictEqual(judged.map(({ status }) => status), [409, 200, 409, 200, 409])
      assert.strictEqual(answers[5]?.headers["ratelimit-policy"], "\"change-email-account\";q=5;w=86400")
      const recorded = (yield* actions()).filter(({ accountId, action }) =>
        accountId === id && action?.startsWith("email.")
      )
      assert.deepStrictEqual(recorded.map(({ action }) => action), ["email.limited", "email.refused", "email.refused"])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("is counted with the sign-ups of its network and of its email", () =>
    Effect.gen(function*() {
      const { change, identity } = yield* changing()
      const signUp = (email: string, from: string) =>
        identity.send("POST", "/accounts", { json: { ...ADA, email }, from })
      yield* Effect.forEach(numbered(50), (index) => signUp(`person-${index}@example.com`, "192.0.2.7"))
      const inNetwork = yield* change("free@example.com", { from: "192.0.2.99" })
      assert.deepStrictEqual(
        [inNetwork.status, inNetwork.headers["ratelimit-policy"]],
        [429, "\"change-email-network\";q=50;w=30000"]
      )
      yield* Effect.forEach(numbered(10), (index) => signUp("popular@example.com", `10.0.${index}.1`))
      const atEmail = yield* change("popular@example.com", { from: OTHER_ADDRESS })
      assert.deepStrictEqual(
        [atEmail.status, atEmail.headers["ratelimit-policy"]],
        [429, "\"change-email-email\";q=10;w=36000"]
      )
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("with a wrong password tells nothing, so it counts as a guess at that and no more", () =>
    Effect.gen(function*() {
      const { change } = yield* changing()
      const wrong = yield* Effect.forEach(numbered(9), () => change("free@example.com", { password: "a wrong one" }))
      assert.deepStrictEqual([...new Set(wrong.map(({ status }) => status))], [401])
      assert.strictEqual((yield* change("free@example.com")).status, 200)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 16.3.3] a sign-up that is told that its email is taken is recorded", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      assert.strictEqual((yield* identity.signUp()).status, 409)
      assert.strictEqual((yield* actions()).filter(({ action }) => action === "sign-up.refused").length, 1)
    }).pipe(Effect.provide(TestIdentity.layer)))
})
