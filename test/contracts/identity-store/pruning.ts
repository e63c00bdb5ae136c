import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { IdentityStore } from "../../../src/ports/IdentityStore.ts"
import { anAccount, anEvent, anInsertion, aSession, aStart, atVersion, START } from "../../support/builders.ts"

const NOW = DateTime.addDuration(START, "1 hour")

const pruneAll = Effect.gen(function*() {
  const store = yield* IdentityStore
  while ((yield* store.pruneSessions({ now: NOW, limit: 100 })) > 0);
})

export const prunePromises = (it: Vitest.MethodsNonLive<IdentityStore>): void => {
  it.effect("what expired and what belongs to a passed epoch is forgotten, in steps of the limit", () =>
    Effect.gen(function*() {
      yield* pruneAll
      const store = yield* IdentityStore
      const account = anAccount()
      yield* store.insertAccount(anInsertion(account))
      const superseded = [aSession(account), aSession(account), aSession(account)]
      for (const session of superseded) yield* store.insertSession(aStart(session))
      yield* store.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } })
      const other = anAccount()
      yield* store.insertAccount(anInsertion(other))
      const expired = [aSession(other, { lifetime: "1 hour" }), aSession(other, { lifetime: "1 minute" })]
      for (const session of expired) yield* store.insertSession(aStart(session))
      const live = aSession(other, { lifetime: "3600001 millis" })
      yield* store.insertSession(aStart(live))

      const steps = []
      for (let step = 0; step < 4; step++) steps.push(yield* store.pruneSessions({ now: NOW, limit: 2 }))

      assert.deepStrictEqual(steps, [2, 2, 1, 0])
      for (const session of [...superseded, ...expired]) {
        assert.deepStrictEqual(yield* store.findSession(session.id), Option.none())
      }
      assert.deepStrictEqual(yield* store.findSession(live.id), Option.some({ session: live, account: other }))
    }))

  it.effect("an epoch that passed twice leaves nothing behind", () =>
    Effect.gen(function*() {
      yield* pruneAll
      const store = yield* IdentityStore
      const account = anAccount()
      yield* store.insertAccount(anInsertion(account))
      yield* store.insertSession(aStart(aSession(account)))
      yield* store.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } })
      yield* store.insertSession(aStart(aSession(account, { epoch: 1 })))
      yield* store.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: NOW,
        status: "disabled",
        endSessions: true,
        commit: { audit: anEvent() }
      })
      assert.strictEqual(yield* store.pruneSessions({ now: NOW, limit: 10 }), 2)
      assert.strictEqual(yield* store.pruneSessions({ now: NOW, limit: 10 }), 0)
    }))

  it.effect("several nodes may prune at the same time without failing or counting twice", () =>
    Effect.gen(function*() {
      yield* pruneAll
      const store = yield* IdentityStore
      const account = anAccount()
      yield* store.insertAccount(anInsertion(account))
      for (let made = 0; made < 30; made++) {
        yield* store.insertSession(aStart(aSession(account, { lifetime: "1 minute" })))
      }
      const counts = yield* Effect.forEach(
        Array.from({ length: 4 }),
        () => store.pruneSessions({ now: NOW, limit: 30 }),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(counts.reduce((sum, count) => sum + count, 0), 30)
    }))
}
