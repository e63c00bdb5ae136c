import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import type { Account } from "../../../src/domain/model/Account.ts"
import { emailKey } from "../../../src/domain/model/Email.ts"
import { IdentityStore } from "../../../src/ports/IdentityStore.ts"
import { anAccount, anEmail, anEvent, anInsertion, aSession, aStart, atVersion, START } from "../../support/builders.ts"
import { sessionsOf } from "./signed-in.ts"

const LATER = DateTime.addDuration(START, "90 minutes")

const insert = Effect.fnUntraced(function*(account: Account) {
  const store = yield* IdentityStore
  yield* store.insertAccount(anInsertion(account))
  return account
})

export const accountEndingPromises = (it: Vitest.MethodsNonLive<IdentityStore>): void => {
  it.effect("[ASVS 7.4.3] an update that ends sessions carries the kept one over and counts the others", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* insert(anAccount())
      const [kept, other] = [aSession(account), aSession(account)]
      yield* store.insertSession(aStart(kept))
      yield* store.insertSession(aStart(other))
      const updated = yield* store.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: LATER,
        email: anEmail(),
        endSessions: true,
        keepSession: kept.id,
        commit: { audit: anEvent() }
      })
      assert.strictEqual(updated.sessionsEnded, 1)
      const live = yield* sessionsOf({ accountId: account.id, now: LATER, limit: 10, after: Option.none() })
      assert.deepStrictEqual(live.map((session) => session.id), [kept.id])
    }))

  it.effect("a session that was over already is not brought back by being kept", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* insert(anAccount())
      const session = aSession(account)
      yield* store.insertSession(aStart(session))
      yield* store.endAllSessions({ accountId: account.id, now: LATER, commit: { audit: anEvent() } })
      const updated = yield* store.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: LATER,
        endSessions: true,
        keepSession: session.id,
        commit: { audit: anEvent() }
      })
      assert.strictEqual(updated.sessionsEnded, 0)
      const live = yield* sessionsOf({ accountId: account.id, now: LATER, limit: 10, after: Option.none() })
      assert.deepStrictEqual(live, [])
    }))

  it.effect("another account's session is not carried over", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const [account, stranger] = [yield* insert(anAccount()), yield* insert(anAccount())]
      const session = aSession(stranger)
      yield* store.insertSession(aStart(session))
      yield* store.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: LATER,
        endSessions: true,
        keepSession: session.id,
        commit: { audit: anEvent() }
      })
      const found = yield* store.findSession(session.id)
      assert.deepStrictEqual(found, Option.some({ session, account: stranger }))
    }))

  it.effect.each(
    [
      "endSession",
      "endMatchingSessions",
      "endOldestSessions"
    ] as const
  )("[P2] a session that is ended by %s while a change keeps it is dead", (operation) =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      for (let round = 0; round < 20; round++) {
        const account = yield* insert(anAccount())
        const kept = aSession(account)
        yield* store.insertSession(aStart(kept))
        const input = { accountId: account.id, now: LATER, commit: { audit: anEvent() } }
        const end = {
          endSession: Effect.map(store.endSession({ ...input, id: kept.id }), Number),
          endMatchingSessions: Effect.map(
            store.endMatchingSessions({ ...input, filter: {}, after: Option.none() }),
            ({ count }) => count
          ),
          endOldestSessions: store.endOldestSessions({ ...input, keep: 0, limit: 10 })
        }
        const change = store.updateAccount({
          id: account.id,
          precondition: { _tag: "Exists" },
          updatedAt: LATER,
          email: anEmail(),
          endSessions: true,
          keepSession: kept.id,
          commit: { audit: anEvent() }
        })
        // So many look-ups later, each as long as a step of the change.
        const pause = Effect.forEach(Array.from({ length: round % 5 }), () => store.findAccount(account.id))
        const [ended] = yield* Effect.all([Effect.andThen(pause, end[operation]), change], { concurrency: 2 })
        assert.strictEqual(ended, 1)
        const live = yield* sessionsOf({ accountId: account.id, now: LATER, limit: 10, after: Option.none() })
        assert.deepStrictEqual(live, [])
      }
    }))

  it.effect("a deleted account is gone with its email claim and its sessions, which are counted", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* insert(anAccount())
      const session = aSession(account)
      yield* store.insertSession(aStart(session))
      yield* store.insertSession(aStart(aSession(account, { lifetime: "1 minute" })))
      const input = { id: account.id, precondition: atVersion(1), now: LATER, commit: { audit: anEvent() } }
      assert.deepStrictEqual(yield* store.deleteAccount(input), { account, sessionsEnded: 1 })
      assert.deepStrictEqual(yield* store.findAccount(account.id), Option.none())
      assert.deepStrictEqual(yield* store.findAccountByEmail(emailKey(account.email)), Option.none())
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.none())
      assert.strictEqual((yield* Effect.flip(store.deleteAccount(input)))._tag, "AccountNotFound")
      yield* insert(anAccount({ email: account.email }))
    }))

  it.effect("an account of another version is not deleted", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* insert(anAccount())
      const input = { id: account.id, precondition: atVersion(2), now: LATER, commit: { audit: anEvent() } }
      assert.strictEqual((yield* Effect.flip(store.deleteAccount(input)))._tag, "PreconditionFailed")
      assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(account))
    }))

  it.effect("[ASVS 15.4.2] of a deletion and an update at the same time one happens", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      for (let round = 0; round < 10; round++) {
        const account = yield* insert(anAccount())
        const change = { id: account.id, precondition: atVersion(1), commit: { audit: anEvent() } }
        const [deletion, update] = yield* Effect.all([
          Effect.exit(store.deleteAccount({ ...change, now: LATER })),
          Effect.exit(store.updateAccount({ ...change, updatedAt: LATER, email: anEmail(), endSessions: true }))
        ], { concurrency: "unbounded" })
        assert.notStrictEqual(deletion._tag, update._tag)
      }
    }))
}
