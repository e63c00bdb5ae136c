import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Latch, Layer, Logger, Option, Redacted } from "effect"
import type { Scope } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import * as SecureIdGenerator from "../../src/adapters/crypto/SecureIdGenerator.ts"
import * as MemoryStores from "../../src/adapters/memory/MemoryStores.ts"
import { sendMails } from "../../src/domain/mail/MailSending.ts"
import { ChallengeId } from "../../src/domain/model/Challenge.ts"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import type { Mail, NewMail } from "../../src/domain/model/Mail.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { Leases } from "../../src/ports/Leases.ts"
import type { Delivery } from "../../src/ports/Mailer.ts"
import { MailRenderer } from "../../src/ports/Mailer.ts"
import { Outbox } from "../../src/ports/Outbox.ts"
import { Stores } from "../../src/ports/Stores.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { aMail, anAccount, anInsertion, committing } from "../support/builders.ts"
import { ACCEPTED, commandedServer, plainRenderer } from "../support/mails.ts"
import { valuesBy, withOwnMetrics } from "../support/metrics.ts"
import { OLD_KEY } from "../support/signing-keys.ts"
import { changing } from "../support/stores.ts"

const surroundings = Layer.mergeAll(
  HmacTokenSigner.layer([OLD_KEY]),
  SecureIdGenerator.layer.pipe(Layer.provide(SecureRandom.layerWebCrypto)),
  plainRenderer,
  Logger.layer([])
)

const world = Layer.merge(Stores.each.pipe(Layer.provideMerge(MemoryStores.layer)), surroundings)

const later = (instant: DateTime.Utc, seconds: number) => DateTime.addDuration(instant, `${seconds} seconds`)

const queue = Effect.fnUntraced(function*(fields: Partial<NewMail> = {}) {
  const accounts = yield* AccountStore
  const mail = aMail({ queuedAt: yield* DateTime.now, ...fields })
  yield* accounts.insertAccount(committing(anInsertion(anAccount()), { mails: [mail] }))
  return mail
})

const find = Effect.fnUntraced(function*({ id }: Mail) {
  return Option.getOrThrow(yield* (yield* Outbox).find(id))
})

/** Starts a node that sends to a mail server with this answer, and returns what the server gets. */
const sendingTo = Effect.fnUntraced(function*(answer?: () => Effect.Effect<Delivery>) {
  const { mailer, server } = commandedServer(answer)
  yield* Effect.forkScoped(Effect.provide(sendMails, mailer))
  return server
})

const busy: Delivery = { _tag: "Failed", reason: "answered 450 to RCPT TO" }

const refuses: Delivery = { _tag: "Refused", reason: "answered 550 to RCPT TO" }

const secondsBetween = (from: DateTime.Utc, to: DateTime.Utc) => (to.epochMilliseconds - from.epochMilliseconds) / 1000

const test = <A, E>(name: string, effect: Effect.Effect<A, E, Layer.Success<typeof world> | Scope.Scope>) =>
  it.effect(name, () => effect.pipe(Effect.scoped, Effect.provide(Layer.fresh(world)), withOwnMetrics))

describe("sending mails", () => {
  test(
    "a waiting mail is sent within a second, once",
    Effect.gen(function*() {
      const server = yield* sendingTo()
      const mail = yield* queue()
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(server.deliveries.map(({ message }) => message.id), [mail.id])
      const sent = yield* find(mail)
      assert.deepStrictEqual([sent.status, sent.attempts], ["sent", 1])
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(server.deliveries.length, 1)
      assert.deepStrictEqual(yield* valuesBy("outcome", "identity_mails_total"), { sent: 1 })
    })
  )

  test(
    "a mail is attempted after 0, 5, 15, 60 and 180 seconds and so on, with the same id, until it is of no use",
    Effect.gen(function*() {
      const server = yield* sendingTo(() => Effect.succeed(busy))
      const now = yield* DateTime.now
      const mail = yield* queue({ giveUpAt: later(now, 1200) })
      yield* TestClock.adjust("2 hours")
      const seconds = server.deliveries.map(({ at }) => secondsBetween(now, at))
      assert.deepStrictEqual(seconds, [0, 5, 15, 60, 180, 540, 1140])
      assert.isTrue(server.deliveries.every(({ message }) => message.id === mail.id))
      assert.deepInclude(yield* find(mail), { lastError: "answered 450 to RCPT TO", attempts: 7 })
    })
  )

  test(
    "a mail that is refused for good is not attempted again",
    Effect.gen(function*() {
      const server = yield* sendingTo(() => Effect.succeed(refuses))
      const mail = yield* queue()
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(server.deliveries.length, 1)
      assert.deepInclude(yield* find(mail), { status: "refused", lastError: "answered 550 to RCPT TO" })
    })
  )

  test(
    "a server that stalls is given 20 seconds, and meanwhile other mails are sent",
    Effect.gen(function*() {
      const server = yield* sendingTo(() => Effect.never)
      const stalled = yield* queue()
      yield* TestClock.adjust("1 second")
      server.answer = () => Effect.succeed(ACCEPTED)
      const other = yield* queue()
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* find(other)).status, "sent")
      assert.strictEqual((yield* find(stalled)).lastError, undefined)
      yield* TestClock.adjust("19 seconds")
      assert.strictEqual((yield* find(stalled)).lastError, "takes longer than 20 seconds")
      yield* TestClock.adjust("5 seconds")
      assert.deepInclude(yield* find(stalled), { status: "sent", attempts: 2, lastError: undefined })
    })
  )

  test(
    "as many as eight mails are sent at once",
    Effect.gen(function*() {
      const patience = yield* Latch.make(false)
      const server = yield* sendingTo(() => Effect.as(patience.await, ACCEPTED))
      yield* Effect.forEach(Array.from({ length: 9 }), () => queue())
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(server.deliveries.length, 8)
      yield* patience.open
      yield* TestClock.adjust("1 second")
      assert.strictEqual(server.deliveries.length, 9)
    })
  )

  test(
    "after an hour without a mail server everything that is still of use is sent within ten minutes",
    Effect.gen(function*() {
      const server = yield* sendingTo(() => Effect.succeed(busy))
      const now = yield* DateTime.now
      const mails = yield* Effect.forEach(Array.from({ length: 20 }), () => queue())
      const over = yield* queue({ giveUpAt: later(now, 1800) })
      yield* TestClock.adjust("1 hour")
      server.answer = () => Effect.succeed(ACCEPTED)
      yield* TestClock.adjust("605 seconds")
      const statuses = yield* Effect.forEach(mails, (mail) => Effect.map(find(mail), ({ status }) => status))
      assert.deepStrictEqual(new Set(statuses), new Set(["sent"]))
      assert.notStrictEqual((yield* find(over)).status, "sent")
    })
  )

  test(
    "[P16] another node takes over within 35 seconds of a kill, with what the dead one had begun",
    Effect.gen(function*() {
      const leases = yield* Leases
      const outbox = yield* Outbox
      const now = yield* DateTime.now
      const server = yield* sendingTo()
      yield* leases.acquire({ name: "mails", holder: "the dead node", now, until: later(now, 30) })
      const begun = yield* queue()
      yield* outbox.claim({ now, until: later(now, 30), limit: 1 })
      const waiting = yield* queue()
      yield* TestClock.adjust("29 seconds")
      assert.deepStrictEqual(server.deliveries, [])
      yield* TestClock.adjust("6 seconds")
      assert.sameMembers(server.deliveries.map(({ message }) => message.id), [begun.id, waiting.id])
      assert.strictEqual((yield* find(begun)).attempts, 2)
    })
  )

  test(
    "of two nodes one sends, and the other does when the first one ends",
    Effect.gen(function*() {
      const [first, second] = [commandedServer(), commandedServer()]
      const node = yield* Effect.forkScoped(Effect.provide(sendMails, first.mailer))
      yield* TestClock.adjust("1 second")
      yield* Effect.forkScoped(Effect.provide(sendMails, second.mailer))
      yield* Effect.forEach(Array.from({ length: 5 }), () => queue())
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([first.server.deliveries.length, second.server.deliveries.length], [5, 0])
      yield* Fiber.interrupt(node)
      yield* queue()
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual([first.server.deliveries.length, second.server.deliveries.length], [5, 1])
    })
  )

  test(
    "a node that ends waits for a mail that is being sent, but not long for a server that stalls",
    Effect.gen(function*() {
      const { mailer, server } = commandedServer(() => Effect.as(Effect.sleep("3 seconds"), ACCEPTED))
      const node = yield* Effect.forkScoped(Effect.provide(sendMails, mailer))
      const mail = yield* queue()
      yield* TestClock.adjust("1 second")
      server.answer = () => Effect.never
      const stalled = yield* queue()
      yield* TestClock.adjust("1 second")
      const ending = yield* Effect.forkScoped(Fiber.interrupt(node))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* find(mail)).status, "sent")
      assert.isUndefined(ending.pollUnsafe())
      yield* TestClock.adjust("4 seconds")
      assert.isDefined(ending.pollUnsafe())
      assert.deepInclude(yield* find(stalled), { status: "waiting", attempts: 1 })
    })
  )

  test(
    "a mail carries the secrets of its challenge, which are stored nowhere",
    Effect.gen(function*() {
      const signer = yield* TokenSigner
      const server = yield* sendingTo()
      const challengeId = ChallengeId.make(`chl_${"7".repeat(25)}`)
      const mail = yield* queue({ purpose: "email-change-notice", challengeId })
      yield* TestClock.adjust("1 second")
      const { code, token } = yield* signer.signChallenge("email-change-reversal", challengeId)
      assert.strictEqual(
        server.deliveries[0]?.message.text,
        `${Redacted.value(code)} ${Redacted.value(token)}`
      )
      assert.notInclude(JSON.stringify(yield* find(mail)), Redacted.value(code))
    })
  )
})

describe("faults while mails are sent", () => {
  it.effect("outages of the store delay mails, and a second attempt happens only if the first was not noted", () => {
    let isAway = false
    const away = <A>(effect: Effect.Effect<A, StoreUnavailable>) =>
      Effect.suspend(() => isAway ? Effect.fail(new StoreUnavailable({})) : effect)
    const stores = changing(Outbox, ({ claim, settle }) => ({
      claim: (input) => away(claim(input)),
      settle: (input) => away(settle(input))
    })).pipe(Layer.provideMerge(MemoryStores.layer))
    return Effect.gen(function*() {
      const server = yield* sendingTo(() => Effect.sync(() => (isAway = true, ACCEPTED)))
      const mail = yield* queue()
      yield* TestClock.adjust("4 seconds")
      isAway = false
      yield* TestClock.adjust("2 minutes")
      assert.deepInclude(yield* find(mail), { status: "sent", attempts: 1 })
      isAway = true
      server.answer = () => Effect.succeed(ACCEPTED)
      const next = yield* queue()
      yield* TestClock.adjust("1 hour")
      isAway = false
      yield* TestClock.adjust("6 seconds")
      assert.deepInclude(yield* find(next), { status: "sent", attempts: 1 })
    }).pipe(
      Effect.scoped,
      Effect.provide(Layer.fresh(Layer.merge(Layer.provideMerge(Stores.each, stores), surroundings)))
    )
  })

  it.effect("a mail that can't be rendered is a failed attempt, and doesn't stop the others", () =>
    Effect.gen(function*() {
      const broken = Layer.succeed(MailRenderer, { render: () => Effect.die(new Error("a mistake of ours")) })
      const { mailer, server } = commandedServer()
      yield* Effect.forkScoped(Effect.provide(sendMails, Layer.merge(mailer, broken)))
      const mail = yield* queue()
      yield* TestClock.adjust("6 seconds")
      assert.deepStrictEqual(server.deliveries, [])
      assert.deepInclude(yield* find(mail), {
        status: "waiting",
        attempts: 2,
        lastError: "was given nothing, because of an error of ours"
      })
    }).pipe(Effect.scoped, Effect.provide(Layer.fresh(world)), withOwnMetrics))
})
