import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { Retention } from "../../../src/ports/Retention.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anAccount, anEvent, anInsertion, aSession, aStart, atVersion, START } from "../../support/builders.ts"

const NOW = DateTime.addDuration(START, "1 hour")

const pruneAll = Effect.gen(function*() {
  const retention = yield* Retention
  while ((yield* retention.prune("sessions", { asOf: NOW, limit: 100 })) > 0);
})

export const sessionPruningPromises = (it: Vitest.MethodsNonLive<AccountStore | Retention | SessionStore>): void => {
  it.effect("what expired and what belongs to a passed epoch is forgotten, in steps of the limit", () =>
    Effect.gen(function*() {
      yield* pruneAll
      const accountStore = yield* AccountStore
      const retention = yield* Retention
      const sessionStore = yield* SessionStore
      const account = anAccount()
      yield* accountStore.insertAccount(anInsertion(account))
      const superseded = [aSession(account), aSession(account), aSession(account)]
      for (const session of superseded) yield* sessionStore.insertSession(aStart(session))
      yield* sessionStore.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } })
      const other = anAccount()
      yield* accountStore.insertAccount(anInsertion(other))
      const expired = [aSession(other, { lifetime: "1 hour" }), aSession(other, { lifetime: "1 minute" })]
      for (const session of expired) yield* sessionStore.insertSession(aStart(session))
      const live = aSession(other, { lifetime: "3600001 millis" })
      yield* sessionStore.insertSession(aStart(live))

      const steps = []
      for (let step = 0; step < 4; step++) steps.push(yield* retention.prune("sessions", { asOf: NOW, limit: 2 }))

      assert.deepStrictEqual(steps, [2, 2, 1, 0])
      for (const session of [...superseded, ...expired]) {
        assert.deepStrictEqual(yield* sessionStore.findSession(session.id), Option.none())
      }
      assert.deepStrictEqual(yield* sessionStore.findSession(live.id), Option.some({ session: live, account: other }))
    }))

  it.effect("an epoch that passed twice leaves nothing behind", () =>
    Effect.gen(function*() {
      yield* pruneAll
      const accountStore = yield* AccountStore
      const retention = yield* Retention
      const sessionStore = yield* SessionStore
      const account = anAccount()
      yield* accountStore.insertAccount(anInsertion(account))
      yield* sessionStore.insertSession(aStart(aSession(account)))
      yield* sessionStore.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } })
      yield* sessionStore.insertSession(aStart(aSession(account, { epoch: 1 })))
      yield* accountStore.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: NOW,
        status: "disabled",
        endSessions: true,
        commit: { audit: anEvent() }
      })
      assert.strictEqual(yield* retention.prune("sessions", { asOf: NOW, limit: 10 }), 2)
      assert.strictEqual(yield* retention.prune("sessions", { asOf: NOW, limit: 10 }), 0)
    }))

  it.effect("several nodes may prune at the same time without failing or counting twice", () =>
    Effect.gen(function*() {
      yield* pruneAll
      const accountStore = yield* AccountStore
      const retention = yield* Retention
      const sessionStore = yield* SessionStore
      const account = anAccount()
      yield* accountStore.insertAccount(anInsertion(account))
      for (let made = 0; made < 30; made++) {
        yield* sessionStore.insertSession(aStart(aSession(account, { lifetime: "1 minute" })))
      }
      const counts = yield* Effect.forEach(
        Array.from({ length: 4 }),
        () => retention.prune("sessions", { asOf: NOW, limit: 30 }),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(counts.reduce((sum, count) => sum + count, 0), 30)
    }))
}
