import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { reportMails, warnOfWaitingMails } from "../../src/domain/mail/MailReport.ts"
import { CommandName } from "../../src/kernel/CommandName.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { aMail, anAccount, anInsertion, committing } from "../support/builders.ts"
import { valueOf, withOwnMetrics } from "../support/metrics.ts"
import { memoryStores } from "../support/stores.ts"

const queue = Effect.gen(function*() {
  const accounts = yield* AccountStore
  const mails = [aMail({ queuedAt: yield* DateTime.now })]
  yield* accounts.insertAccount(committing(anInsertion(anAccount()), { mails }))
})

it.effect("metrics show how many mails wait, and for how long the oldest", () =>
  Effect.gen(function*() {
    yield* Effect.forkScoped(reportMails)
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual([yield* valueOf("identity_mails_waiting"), yield* valueOf("identity_mail_oldest_seconds")], [
      0,
      0
    ])
    yield* queue
    yield* queue
    yield* TestClock.adjust("30 seconds")
    assert.strictEqual(yield* valueOf("identity_mails_waiting"), 2)
    assert.isAtLeast((yield* valueOf("identity_mail_oldest_seconds")) ?? 0, 14)
  }).pipe(Effect.scoped, withOwnMetrics, Effect.provide(Layer.fresh(memoryStores))))

it.effect("a server without a mail server warns once, when a mail waits, with the commands as they are typed here", () =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
    yield* warnOfWaitingMails.pipe(
      Effect.provide(Logger.layer([logger])),
      Effect.provideService(CommandName, "./identity"),
      Effect.forkScoped
    )
    yield* TestClock.adjust("1 hour")
    assert.deepStrictEqual(lines, [])
    yield* queue
    yield* TestClock.adjust("1 hour")
    assert.strictEqual(lines.length, 1)
    assert.match(
      lines[0] ?? "",
      /^Mails wait, because there is no mail server.*`\.\/identity show-mail`; `\.\/identity list/
    )
  }).pipe(Effect.scoped, Effect.provide(Layer.fresh(memoryStores))))
