import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import type { Account } from "../../../src/domain/model/Account.ts"
import { emailKey } from "../../../src/domain/model/Email.ts"
import type { StoreUnavailable } from "../../../src/domain/model/IdentityErrors.ts"
import { isLive } from "../../../src/domain/model/Session.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anAccount, anEmail, anEvent, anInsertion, aSession, aStart, atVersion, START } from "../../support/builders.ts"
import { sessionsOf } from "../session-store/signed-in.ts"

const LATER = DateTime.addDuration(START, "90 minutes")

const insert = Effect.fnUntraced(function*(account: Account) {
  const store = yield* AccountStore
  yield* store.insertAccount(anInsertion(account))
  return account
})

export const accountEndingPromises = (it: Vitest.MethodsNonLive<AccountStore | SessionStore>): void => {
  it.effect("[ASVS 7.4.3] an update that ends sessions carries the kept one over and counts the others", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const account = yield* insert(anAccount())
      const [kept, other] = [aSession(account), aSession(account)]
      yield* sessionStore.insertSession(aStart(kept))
      yield* sessionStore.insertSession(aStart(other))
      const updated = yield* accountStore.updateAccount({
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
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const account = yield* insert(anAccount())
      const session = aSession(account)
      yield* sessionStore.insertSession(aStart(session))
      yield* sessionStore.endAllSessions({ accountId: account.id, now: LATER, commit: { audit: anEvent() } })
      const updated = yield* accountStore.updateAccount({
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
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const [account, stranger] = [yield* insert(anAccount()), yield* insert(anAccount())]
      const session = aSession(stranger)
      yield* sessionStore.insertSession(aStart(session))
      yield* accountStore.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: LATER,
        endSessions: true,
        keepSession: session.id,
        commit: { audit: anEvent() }
      })
      const found = yield* sessionStore.findSession(session.id)
      assert.deepStrictEqual(found, Option.some({ session, account: stranger }))
    }))

  it.effect.each(
    ["endSessions", "endOldestSessions"] as const
  )("[P2] a session that is ended by %s while a change keeps it is dead", (operation) =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      for (let round = 0; round < 20; round++) {
        const account = yield* insert(anAccount())
        const kept = aSession(account)
        yield* sessionStore.insertSession(aStart(kept))
        // A store may treat one session alone otherwise than several.
        const ids = [kept.id, ...(round % 2 === 0 ? [] : [aSession(account).id])]
        const input = { accountId: account.id, now: LATER, commit: { audit: anEvent() } }
        const end: Readonly<Record<typeof operation, Effect.Effect<{ readonly count: number }, StoreUnavailable>>> = {
          endSessions: sessionStore.endSessions({ ...input, ids }),
          endOldestSessions: sessionStore.endOldestSessions({ ...input, keep: 0 })
        }
        const change = accountStore.updateAccount({
          id: account.id,
          precondition: { _tag: "Exists" },
          updatedAt: LATER,
          email: anEmail(),
          endSessions: true,
          keepSession: kept.id,
          commit: { audit: anEvent() }
        })
        // Waits for this many look-ups, each as long as one step of the change.
        const pause = Effect.forEach(Array.from({ length: round % 5 }), () => accountStore.findAccount(account.id))
        const [ended] = yield* Effect.all([Effect.andThen(pause, end[operation]), change], { concurrency: 2 })
        assert.strictEqual(ended.count, 1)
        const live = yield* sessionsOf({ accountId: account.id, now: LATER, limit: 10, after: Option.none() })
        assert.deepStrictEqual(live, [])
      }
    }))

  it.effect("a session that is looked up and listed while changes keep it is live", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      for (let round = 0; round < 10; round++) {
        const account = yield* insert(anAccount())
        const kept = aSession(account)
        yield* sessionStore.insertSession(aStart(kept))
        const changes = Effect.forEach(Array.from({ length: 5 }), () =>
          accountStore.updateAccount({
            id: account.id,
            precondition: { _tag: "Exists" },
            updatedAt: LATER,
            email: anEmail(),
            endSessions: true,
            keepSession: kept.id,
            commit: { audit: anEvent() }
          }))
        const query = { accountId: account.id, now: LATER, limit: 10, after: Option.none() }
        const looks = Effect.forEach(
          Array.from({ length: 20 }),
          () => Effect.all({ found: sessionStore.findSession(kept.id), listed: sessionsOf(query) })
        )
        const [looked] = yield* Effect.all([looks, changes], { concurrency: 2 })
        for (const { found, listed } of looked) {
          const { account, session } = Option.getOrThrow(found)
          assert.isTrue(isLive(session, account, LATER))
          assert.lengthOf(listed, 1)
        }
      }
    }))

  it.effect("a deleted account is gone with its email claim and its sessions, which are counted", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const account = yield* insert(anAccount())
      const session = aSession(account)
      yield* sessionStore.insertSession(aStart(session))
      yield* sessionStore.insertSession(aStart(aSession(account, { lifetime: "1 minute" })))
      const input = { id: account.id, precondition: atVersion(1), now: LATER, commit: { audit: anEvent() } }
      assert.deepStrictEqual(yield* accountStore.deleteAccount(input), { account, sessionsEnded: 1 })
      assert.deepStrictEqual(yield* accountStore.findAccount(account.id), Option.none())
      assert.deepStrictEqual(yield* accountStore.findAccountByEmail(emailKey(account.email)), Option.none())
      assert.deepStrictEqual(yield* sessionStore.findSession(session.id), Option.none())
      assert.strictEqual((yield* Effect.flip(accountStore.deleteAccount(input)))._tag, "AccountNotFound")
      yield* insert(anAccount({ email: account.email }))
    }))

  it.effect("an account of another version is not deleted", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* insert(anAccount())
      const input = { id: account.id, precondition: atVersion(2), now: LATER, commit: { audit: anEvent() } }
      assert.strictEqual((yield* Effect.flip(store.deleteAccount(input)))._tag, "PreconditionFailed")
      assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(account))
    }))

  it.effect("[ASVS 15.4.2] of a deletion and an update at the same time one happens", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
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
