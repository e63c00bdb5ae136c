/** How often mails can be asked for, by strangers and by owners. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Accounts } from "../../../src/domain/accounts/Accounts.ts"
import { AttemptPolicy } from "../../../src/domain/limits/AttemptPolicy.ts"
import { NoticePolicy } from "../../../src/domain/mail/Notices.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { newMails, secretsIn } from "../../support/mailbox.ts"
import { aPassword } from "../../support/people.ts"
import { ADA, TestIdentity } from "../../support/TestIdentity.ts"

interface Asked {
  readonly email?: string
  readonly path?: string
  readonly from?: string
  readonly device?: string
}

const ask = Effect.fnUntraced(function*({ device, email = ADA.email, from, path = "/recoveries" }: Asked = {}) {
  const { send } = yield* TestIdentity
  return yield* send("POST", path, {
    json: { email },
    headers: device === undefined ? {} : { "identity-device": device },
    ...(from === undefined ? {} : { from })
  })
})

const times = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Signs somebody up and in, and returns the credential of their device. */
const deviceOf = Effect.fnUntraced(function*(email: string) {
  const { send, signUp } = yield* TestIdentity
  yield* signUp({ email })
  const { json } = yield* send("POST", "/sessions", { json: { email, password: ADA.password } })
  return String(json["device"])
})

/** Everybody's budget is two mails, of which one is kept for newcomers. */
const whereFewAreMailed = TestIdentity.layer.pipe(Layer.provide(Layer.effect(
  AttemptPolicy,
  Effect.map(
    AttemptPolicy,
    (limits) => limits === "unlimited" ? limits : { ...limits, mailEverywhere: { ...limits.mailEverywhere, burst: 2 } }
  )
)))

/** Strangers who ask until nothing is mailed any more, and then wait until they may ask again. */
const strangersAsk = Effect.gen(function*() {
  for (const _ of times(3)) yield* ask()
  assert.strictEqual((yield* ask()).status, 429)
  yield* newMails
})

describe("mails that are asked for", () => {
  it.effect("[ASVS 6.4.3] from a known device reach their owner, whatever strangers have asked for", () =>
    Effect.gen(function*() {
      const device = yield* deviceOf(ADA.email)
      yield* strangersAsk
      const statuses = yield* Effect.forEach(times(4), () => Effect.map(ask({ device }), ({ status }) => status))
      assert.deepStrictEqual(statuses, [202, 202, 202, 429])
      assert.lengthOf(yield* newMails, 3)
      yield* TestClock.adjust("1 minute")
      const { json } = yield* ask({ device })
      assert.lengthOf(yield* newMails, 0)
      const { send } = yield* TestIdentity
      const resend = send("POST", `/challenges/${String(json["id"])}/resend`, {
        headers: { "identity-device": device }
      })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* resend).status, 202)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("from a known device can be answered, which ends what strangers have started", () =>
    Effect.gen(function*() {
      const device = yield* deviceOf(ADA.email)
      const { send } = yield* TestIdentity
      const stranger = yield* ask()
      const own = yield* ask({ device })
      const answer = Effect.fnUntraced(function*(id: unknown) {
        const { code } = yield* secretsIn("recovery", id)
        const json = { code, new_password: "a whole new password" }
        return (yield* send("POST", `/recoveries/${String(id)}/answer`, { json })).status
      })
      assert.deepStrictEqual([yield* answer(own.json["id"]), yield* answer(stranger.json["id"])], [200, 410])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[P6] again for a recovery that a new password has ended are withheld, and asking is answered alike", () =>
    Effect.gen(function*() {
      const { send, signUp } = yield* TestIdentity
      yield* signUp()
      const { json } = yield* ask()
      yield* (yield* Accounts).setPassword(Email.make(ADA.email), yield* aPassword("something else again"))
      yield* newMails
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* send("POST", `/challenges/${String(json["id"])}/resend`)).status, 202)
      assert.lengthOf(yield* newMails, 0)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("from a device of another account, or a forged one, count as strangers'", () =>
    Effect.gen(function*() {
      const device = yield* deviceOf("grace@example.com")
      yield* deviceOf(ADA.email)
      yield* strangersAsk
      for (const presented of [device, `${device}x`]) {
        assert.strictEqual((yield* ask({ device: presented })).status, 429)
      }
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each(["/recoveries", "/sign-ups"])(
    "[P6] are twenty a day for one address, whether somebody has it or not, by %s",
    (path) =>
      Effect.gen(function*() {
        yield* deviceOf(ADA.email)
        const refusals = yield* Effect.forEach([ADA.email, "nobody@example.com"], (email) =>
          Effect.gen(function*() {
            for (const _ of times(20)) {
              assert.strictEqual((yield* ask({ email, path })).status, 202)
              yield* TestClock.adjust("1 minute")
            }
            const { headers, status } = yield* ask({ email, path })
            return [status, headers["ratelimit-policy"]]
          }))
        const refused = [429, "\"request-mail-email\";q=20;w=86400"]
        assert.deepStrictEqual(refusals, [refused, refused])
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect("are twenty an hour for one network, of all kinds together", () =>
    Effect.gen(function*() {
      const statuses = yield* Effect.forEach(times(20), (index) =>
        Effect.map(
          ask({
            email: `person-${index}@example.com`,
            path: index % 2 === 0 ? "/recoveries" : "/sign-ups",
            from: `192.0.2.${index}`
          }),
          ({ status }) => status
        ))
      assert.deepStrictEqual([...new Set(statuses)], [202])
      const { headers, status } = yield* ask({ email: "another@example.com", from: "192.0.2.99" })
      assert.deepStrictEqual([status, headers["ratelimit-policy"]], [429, "\"request-mail-network\";q=20;w=3600"])
      assert.strictEqual((yield* ask({ email: "another@example.com", from: "198.51.100.7" })).status, 202)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("leave recoveries a share of their own when everybody's is used up, and notices are never refused", () =>
    Effect.gen(function*() {
      const device = yield* deviceOf(ADA.email)
      const signUps = yield* Effect.forEach(
        times(3),
        (index) => Effect.map(ask({ email: `person-${index}@example.com`, path: "/sign-ups" }), ({ status }) => status)
      )
      assert.strictEqual(signUps.at(-1), 429)
      yield* newMails
      const recovery = yield* ask()
      assert.strictEqual(recovery.status, 202)
      const { code } = yield* secretsIn("recovery", recovery.json["id"])
      const { send } = yield* TestIdentity
      yield* send("POST", `/recoveries/${String(recovery.json["id"])}/answer`, {
        json: { code, new_password: "a whole new password" },
        headers: { "identity-device": device }
      })
      assert.deepStrictEqual((yield* newMails).map(({ purpose }) => purpose), ["recovery", "recovery-used"])
    }).pipe(Effect.provide(whereFewAreMailed), Effect.provideService(NoticePolicy, "on")))
})
