import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import type { DateTime } from "effect"
import { Effect, Option } from "effect"
import { Mail } from "../../../src/domain/model/Mail.ts"
import { Outbox } from "../../../src/ports/Outbox.ts"
import type { Store } from "../../../src/ports/Stores.ts"
import { after, attempted, claimAt, newDay, queued, settle } from "./waiting.ts"

const refusal = { _tag: "Refused", reason: "550 no such mailbox" } as const

const failure = (nextAttemptAt: DateTime.Utc) => ({ _tag: "Failed", reason: "450 busy", nextAttemptAt }) as const

const find = Effect.fnUntraced(function*({ id }: Mail) {
  return Option.getOrThrow(yield* (yield* Outbox).find(id))
})

const retryAll = Effect.fnUntraced(function*(now: DateTime.Utc, limit = 1000) {
  return yield* (yield* Outbox).retry({ now, limit })
})

export const mailOutcomePromises = (it: Vitest.MethodsNonLive<Store>): void => {
  it.effect("a sent mail is settled, and forgets why earlier attempts failed", () =>
    Effect.gen(function*() {
      const now = newDay()
      yield* attempted(now, failure(now))
      const [second] = yield* claimAt(now)
      assert.isDefined(second)
      assert.strictEqual(second.lastError, "450 busy")
      assert.isTrue(yield* settle(second, now, { _tag: "Sent" }))
      const sent = Mail.make({ ...second, status: "sent", settledAt: now, lastError: undefined })
      assert.deepStrictEqual(yield* find(second), sent)
      assert.isFalse(yield* settle(second, now, { _tag: "Sent" }))
    }))

  it.effect("a refused mail is settled with the reason", () =>
    Effect.gen(function*() {
      const now = newDay()
      const mail = yield* attempted(now, refusal)
      const refused = Mail.make({ ...mail, status: "refused", settledAt: now, lastError: refusal.reason })
      assert.deepStrictEqual(yield* find(mail), refused)
    }))

  it.effect("after a failed attempt the mail waits with the reason until the next one, and nobody's claim stops it", () =>
    Effect.gen(function*() {
      const now = newDay()
      const next = after(now, "5 seconds")
      const mail = yield* attempted(now, failure(next))
      assert.deepStrictEqual(
        yield* find(mail),
        Mail.make({ ...mail, nextAttemptAt: next, lastError: "450 busy" })
      )
      assert.deepStrictEqual(yield* claimAt(now), [])
      assert.deepStrictEqual((yield* claimAt(next)).map(({ attempts }) => attempts), [2])
    }))

  it.effect("waiting mails expire when they are of no use any more, in steps, and not while they are claimed", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox
      const now = newDay()
      // Those of earlier tests are over, too.
      while ((yield* outbox.expire({ now, limit: 100 })).length > 0);
      const giveUpAt = after(now, "10 seconds")
      const mails = yield* Effect.forEach([1, 2, 3], () => queued(now, { giveUpAt }))
      const [claimed] = yield* claimAt(after(now, "1 second"), 1)
      yield* queued(now, { giveUpAt: after(giveUpAt, "1 milli") })
      assert.deepStrictEqual(yield* outbox.expire({ now: after(giveUpAt, "-1 millis"), limit: 100 }), [])
      const [first = []] = [yield* outbox.expire({ now: giveUpAt, limit: 1 })]
      const rest = yield* outbox.expire({ now: giveUpAt, limit: 100 })
      const expected = mails.filter(({ id }) => id !== claimed?.id)
        .map((mail) => Mail.make({ ...mail, status: "expired", settledAt: giveUpAt }))
      assert.sameDeepMembers([...first, ...rest], expected)
      assert.deepStrictEqual(yield* Effect.forEach(expected, find), expected)
      const later = yield* outbox.expire({ now: after(now, "31 seconds"), limit: 100 })
      assert.include(later.map(({ id }) => id), claimed?.id)
    }))

  it.effect("retrying makes waiting mails due, and lets refused ones wait again that are still of use", () =>
    Effect.gen(function*() {
      const now = newDay()
      yield* retryAll(now)
      const waiting = yield* attempted(now, failure(after(now, "1 hour")))
      const refused = yield* attempted(now, refusal)
      const sent = yield* attempted(now, { _tag: "Sent" })
      const later = after(now, "1 minute")
      assert.strictEqual(yield* retryAll(later, 1), 1)
      assert.strictEqual(yield* retryAll(later, 1), 1)
      assert.strictEqual(yield* retryAll(later, 1), 0)
      const claimed = yield* claimAt(later)
      assert.sameMembers(claimed.map(({ id }) => id), [waiting.id, refused.id])
      assert.deepStrictEqual(claimed.map(({ attempts, status }) => [attempts, status]), [[2, "waiting"], [
        2,
        "waiting"
      ]])
      assert.strictEqual((yield* find(sent)).status, "sent")
      yield* Effect.forEach(claimed, (mail) => settle(mail, later, refusal))
      assert.strictEqual(yield* retryAll(after(now, "1 day")), 0)
    }))

  it.effect("a mail that is retried while it is claimed is not claimed a second time", () =>
    Effect.gen(function*() {
      const now = newDay()
      const mail = yield* attempted(now, failure(after(now, "5 seconds")))
      yield* claimAt(after(now, "5 seconds"))
      yield* retryAll(after(now, "4 seconds"))
      assert.deepStrictEqual(yield* claimAt(after(now, "6 seconds")), [])
      assert.strictEqual((yield* find(mail)).attempts, 2)
    }))
}
