import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Mail } from "../../../src/domain/model/Mail.ts"
import { Outbox } from "../../../src/ports/Outbox.ts"
import type { Store } from "../../../src/ports/Stores.ts"
import { after, attempted, claimAt, newDay, queued, settle } from "./waiting.ts"

export const mailClaimPromises = (it: Vitest.MethodsNonLive<Store>): void => {
  it.effect("a claim counts the attempt, and the mail is still the same otherwise", () =>
    Effect.gen(function*() {
      const now = newDay()
      const mail = yield* queued(now)
      const claimed = Mail.make({ ...mail, attempts: 1 })
      assert.deepStrictEqual(yield* claimAt(now), [claimed])
      assert.deepStrictEqual(yield* (yield* Outbox).find(mail.id), Option.some(claimed))
    }))

  it.effect("a mail is claimed when its attempt is due, not before", () =>
    Effect.gen(function*() {
      const now = newDay()
      const mail = yield* queued(after(now, "1 milli"))
      assert.deepStrictEqual(yield* claimAt(now), [])
      assert.deepStrictEqual((yield* claimAt(after(now, "1 milli"))).map(({ id }) => id), [mail.id])
    }))

  it.effect("of more due mails than wanted those are claimed that have been due the longest", () =>
    Effect.gen(function*() {
      const now = newDay()
      const mails = yield* Effect.forEach([3, 1, 2], (second) => queued(after(now, `${second} seconds`)))
      const [third, first, second] = mails.map(({ id }) => id)
      const claimed = yield* claimAt(after(now, "5 seconds"), 2)
      assert.sameMembers(claimed.map(({ id }) => id), [first, second])
      assert.deepStrictEqual((yield* claimAt(after(now, "5 seconds"), 2)).map(({ id }) => id), [third])
    }))

  it.effect("of many who claim at the same time each mail goes to one", () =>
    Effect.gen(function*() {
      const now = newDay()
      const mails = yield* Effect.forEach(Array.from({ length: 20 }), () => queued(now))
      const claims = yield* Effect.forEach(Array.from({ length: 12 }), () => claimAt(now, 3), {
        concurrency: "unbounded"
      })
      const rest = yield* claimAt(now)
      const ids = [...claims.flat(), ...rest].map(({ id }) => id)
      assert.sameMembers(ids, mails.map(({ id }) => id))
      assert.strictEqual(new Set(ids).size, mails.length)
    }))

  it.effect("a claim that was not settled ends by itself; the mail is then claimed again, with one more attempt", () =>
    Effect.gen(function*() {
      const now = newDay()
      yield* queued(now)
      yield* claimAt(now)
      assert.deepStrictEqual(yield* claimAt(after(now, "29999 millis")), [])
      const again = yield* claimAt(after(now, "30 seconds"))
      assert.deepStrictEqual(again.map(({ attempts }) => attempts), [2])
    }))

  it.effect("a claim of a mail that a later one took over settles nothing", () =>
    Effect.gen(function*() {
      const now = newDay()
      yield* queued(now)
      const [lost] = yield* claimAt(now)
      const [current] = yield* claimAt(after(now, "1 minute"))
      assert.isDefined(lost)
      assert.isDefined(current)
      const outcome = { _tag: "Refused", reason: "550" } as const
      assert.isFalse(yield* settle(lost, after(now, "1 minute"), outcome))
      assert.deepStrictEqual(yield* (yield* Outbox).find(current.id), Option.some(current))
      assert.isTrue(yield* settle(current, after(now, "1 minute"), { _tag: "Sent" }))
    }))

  it.effect("a mail that is of no use any more is claimed by nobody", () =>
    Effect.gen(function*() {
      const now = newDay()
      yield* queued(now, { giveUpAt: after(now, "1 minute") })
      assert.deepStrictEqual(yield* claimAt(after(now, "1 minute")), [])
    }))

  it.effect("mails that were sent or refused are claimed by nobody", () =>
    Effect.gen(function*() {
      const now = newDay()
      yield* attempted(now, { _tag: "Sent" })
      yield* attempted(now, { _tag: "Refused", reason: "550" })
      assert.deepStrictEqual(yield* claimAt(after(now, "1 hour")), [])
    }))
}
