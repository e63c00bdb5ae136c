/** What the mailer makes of a mail server's faults. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber } from "effect"
import type { Delivery } from "../../../src/ports/Mailer.ts"
import { ACCEPTED, aMessage, CREDENTIALS, deliverOnce, mailer } from "./deliveries.ts"
import { mailServer, refusal } from "./TestMailServer.ts"

const failures: ReadonlyArray<{
  readonly title: string
  readonly behaviour: Parameters<typeof mailServer>[0]
  readonly outcome: Delivery
  readonly silence?: Duration.Duration
}> = [
  {
    title: "a recipient refused with 550 is refused for good",
    behaviour: { onRcptTo: (_a, _s, done) => done(refusal(550, "5.1.1 <ada@example.org> unknown")) },
    outcome: { _tag: "Refused", reason: "answered 550 5.1.1 to RCPT TO" }
  },
  {
    title: "a recipient refused with 450 is tried again",
    behaviour: { onRcptTo: (_a, _s, done) => done(refusal(450, "4.2.1 greylisted")) },
    outcome: { _tag: "Failed", reason: "answered 450 4.2.1 to RCPT TO" }
  },
  {
    title: "content refused with 554 is refused for good",
    behaviour: { afterData: { status: 554, text: "5.7.1 spam" } },
    outcome: { _tag: "Refused", reason: "answered 554 5.7.1 to DATA" }
  },
  {
    title: "a mail whose connection was cut after DATA is tried again, because nobody knows",
    behaviour: { afterData: "cut" },
    outcome: { _tag: "Failed", reason: "cut the connection" }
  },
  {
    title: "a server that falls silent after DATA has the mail or not",
    behaviour: { afterData: "stall" },
    silence: Duration.seconds(1),
    outcome: { _tag: "Failed", reason: "doesn't answer" }
  },
  {
    title: "a server that refuses our sender is for the operator to mend, and the mail waits",
    behaviour: { onMailFrom: (_a, _s, done) => done(refusal(553, "5.7.1 not yours")) },
    outcome: { _tag: "Failed", reason: "answered 553 5.7.1 to MAIL FROM" }
  },
  {
    title: "a server that refuses our connection is tried again",
    behaviour: { onConnect: (_s, done) => done(refusal(554, "no")) },
    outcome: { _tag: "Failed", reason: "answered 554 to the connection" }
  }
]

describe("what becomes of it", () => {
  it.live.each(failures)("$title", ({ behaviour, outcome, silence }) =>
    Effect.gen(function*() {
      const server = yield* mailServer(behaviour)
      assert.deepStrictEqual(yield* deliverOnce(server, silence === undefined ? {} : { silence }), outcome)
    }).pipe(Effect.scoped))

  it.live("a wrong password doesn't lose the mail", () =>
    Effect.gen(function*() {
      const server = yield* mailServer({
        authOptional: false,
        onAuth: (_auth, _session, callback) => callback(null, {})
      })
      const failed = yield* deliverOnce(server, {
        server: { host: "127.0.0.1", port: server.port, implicitTls: false, credentials: CREDENTIALS }
      })
      assert.deepStrictEqual(failed, { _tag: "Failed", reason: "doesn't accept user and password (535)" })
    }).pipe(Effect.scoped))

  it.live("a server that isn't there is tried again", () =>
    Effect.gen(function*() {
      const gone = yield* Effect.scoped(mailServer())
      assert.deepStrictEqual(yield* deliverOnce(gone), { _tag: "Failed", reason: "refuses connections" })
    }).pipe(Effect.scoped))

  it.live("an attempt that is interrupted closes its connection, and the next mail is sent", () =>
    Effect.gen(function*() {
      const begun = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      let stalls = true
      const server = yield* mailServer({
        onRcptTo: (_address, _session, callback) => {
          if (stalls) Deferred.doneUnsafe(begun, Effect.void)
          else callback()
        },
        onClose: () => {
          Deferred.doneUnsafe(ended, Effect.void)
        }
      })
      const { deliver } = yield* mailer(server, { silence: Duration.minutes(5) })
      const attempt = yield* Effect.forkChild(deliver(aMessage()))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(attempt)
      yield* Deferred.await(ended)
      stalls = false
      assert.deepStrictEqual(yield* deliver(aMessage()), ACCEPTED)
    }).pipe(Effect.scoped))
})

describe("the check of a mail server", () => {
  it.live("connects, encrypts and signs in, and sends nothing", () =>
    Effect.gen(function*() {
      const server = yield* mailServer({
        authOptional: false,
        onAuth: ({ username }, _session, callback) => callback(null, { user: username })
      })
      const { verify } = yield* mailer(server, {
        server: { host: "127.0.0.1", port: server.port, implicitTls: false, credentials: CREDENTIALS }
      })
      yield* verify
      assert.deepStrictEqual(server.received, [])
    }).pipe(Effect.scoped))

  it.live("says why a server can't be used", () =>
    Effect.gen(function*() {
      const server = yield* mailServer({ disabledCommands: ["AUTH"] })
      const { verify } = yield* mailer(server, {
        server: { host: "127.0.0.1", port: server.port, implicitTls: false, credentials: CREDENTIALS }
      })
      assert.strictEqual((yield* Effect.flip(verify)).reason, "doesn't accept user and password (500)")
    }).pipe(Effect.scoped))
})
