import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { Account } from "../../../src/domain/model/Account.ts"
import type { SessionId } from "../../../src/domain/model/Session.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anAccountId, anEvent, aSession, aStart, atVersion, START } from "../../support/builders.ts"
import { ids, NOW, query, sessionsOf, signedIn, signedUp } from "./signed-in.ts"

export const sessionEndingPromises = (it: Vitest.MethodsNonLive<AccountStore | SessionStore>): void => {
  it.effect("[ASVS 7.4.3] no session is saved for an epoch that has passed", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      yield* store.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } })
      const late = aSession(account)
      assert.isTrue(Option.isNone(yield* store.insertSession(aStart(late))))
      assert.deepStrictEqual(yield* store.findSession(late.id), Option.none())
    }))

  it.effect("ending a session ends that one and says so once", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const session = yield* signedIn(account)
      const other = yield* signedIn(account)
      assert.strictEqual(yield* endAll(account, [session.id]), 1)
      assert.strictEqual(yield* endAll(account, [session.id]), 0)
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.none())
      assert.deepStrictEqual(yield* sessionsOf(query(account.id)), [other])
    }))

  it.effect("[ASVS 2.3.4] of many attempts to end one session at the same time exactly one does", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const session = yield* signedIn(account)
      const counts = yield* Effect.forEach(Array.from({ length: 20 }), () => endAll(account, [session.id]), {
        concurrency: "unbounded"
      })
      assert.strictEqual(counts.reduce((sum, count) => sum + count, 0), 1)
    }))

  it.effect("[ASVS 7.5.2] another account's session can't be ended", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const session = yield* Effect.flatMap(signedUp(), (owner) => signedIn(owner))
      const intruder = yield* signedUp()
      assert.strictEqual(yield* endAll(intruder, [session.id]), 0)
      assert.isTrue(Option.isSome(yield* store.findSession(session.id)))
    }))

  it.effect("[ASVS 7.4.5] ending all sessions counts the live ones, spares other accounts and keeps the version", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const account = yield* signedUp()
      yield* signedIn(account)
      yield* signedIn(account)
      yield* signedIn(account, { lifetime: "1 minute" })
      const bystander = yield* signedUp()
      const kept = yield* signedIn(bystander)
      assert.strictEqual(
        yield* sessionStore.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } }),
        2
      )
      assert.strictEqual(
        yield* sessionStore.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } }),
        0
      )
      assert.deepStrictEqual(yield* sessionsOf(query(account.id)), [])
      assert.deepStrictEqual(yield* sessionsOf(query(bystander.id)), [kept])
      const ended = Account.make({ ...account, sessionEpoch: account.sessionEpoch + 2 })
      assert.deepStrictEqual(yield* accountStore.findAccount(account.id), Option.some(ended))
    }))

  it.effect("ending all sessions of an absent account fails", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const error = yield* Effect.flip(
        store.endAllSessions({ accountId: anAccountId(), now: NOW, commit: { audit: anEvent() } })
      )
      assert.strictEqual(error._tag, "AccountNotFound")
    }))

  it.effect("[ASVS 15.4.2] a session saved while all sessions end is either not saved, counted or of the old epoch", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const sessions = Array.from({ length: 20 }, () => aSession(account))
      const attempts: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        ...sessions.slice(0, 10).map((session) => store.insertSession(aStart(session))),
        store.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } }),
        ...sessions.slice(10).map((session) => store.insertSession(aStart(session)))
      ]
      yield* Effect.all(attempts, { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* sessionsOf(query(account.id)), [])
    }))

  it.effect("the sessions of an account that was disabled are not listed and stay dead when it is enabled", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp()
      yield* signedIn(account)
      const change = { id: account.id, updatedAt: NOW }
      yield* store.updateAccount({
        ...change,
        precondition: atVersion(1),
        status: "disabled",
        endSessions: true,
        commit: { audit: anEvent() }
      })
      assert.deepStrictEqual(yield* sessionsOf(query(account.id)), [])
      yield* store.updateAccount({
        ...change,
        precondition: atVersion(2),
        status: "active",
        endSessions: false,
        commit: { audit: anEvent() }
      })
      assert.deepStrictEqual(yield* sessionsOf(query(account.id)), [])
    }))

  it.effect("[ASVS 7.1.2] beyond a number to keep the oldest live sessions end", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const instants = [0, 1, 2, 3].map((minutes) => DateTime.addDuration(START, `${minutes} minutes`))
      const sessions = yield* Effect.forEach(instants, (createdAt) => signedIn(account, { createdAt }))
      const bystander = yield* Effect.flatMap(signedUp(), (other) => signedIn(other))
      assert.strictEqual(yield* endOldest(account, 2), 2)
      assert.strictEqual(yield* endOldest(account, 2), 0)
      const live = yield* sessionsOf(query(account.id))
      assert.deepStrictEqual(ids(live), ids(sessions.slice(2).toReversed()))
      assert.isTrue(Option.isSome(yield* store.findSession(bystander.id)))
    }))

  it.effect("several sessions of an account end, step by step, and nobody else's or those that are over", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const sessions = yield* Effect.forEach(Array.from({ length: 30 }), () => signedIn(account))
      const over = yield* signedIn(account, { lifetime: "1 minute" })
      const foreign = yield* Effect.flatMap(signedUp(), (other) => signedIn(other))
      const spared = sessions.slice(25)
      const chosen = [over, foreign, ...sessions.slice(0, 25)]
      assert.strictEqual(yield* endAll(account, ids(chosen)), 25)
      assert.strictEqual(yield* endAll(account, ids(chosen)), 0)
      assert.sameMembers(ids(yield* sessionsOf(query(account.id))), ids(spared))
      assert.isTrue(Option.isSome(yield* store.findSession(foreign.id)))
    }))

  it.effect("[ASVS 2.3.4] of many who end the same sessions at the same time each session is ended by one", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const sessions = yield* Effect.forEach(Array.from({ length: 12 }), () => signedIn(account))
      const counts = yield* Effect.forEach(
        [sessions, sessions.toReversed(), sessions, sessions.toReversed()],
        (chosen) => endAll(account, ids(chosen)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(counts.reduce((sum, count) => sum + count, 0), 12)
      assert.deepStrictEqual(yield* sessionsOf(query(account.id)), [])
    }))

  it.effect("noting a use neither shortens a session nor revives one that ended", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const [live, ended] = [yield* signedIn(account), yield* signedIn(account)]
      yield* endAll(account, [ended.id])
      const touch = { lastUsedAt: NOW, expiresAt: NOW, unlessUsedSince: NOW }
      yield* store.touchSession({ ...touch, id: live.id })
      yield* store.touchSession({ ...touch, id: ended.id })
      const found = Option.map(yield* store.findSession(live.id), (it) => it.session.expiresAt)
      assert.deepStrictEqual(found, Option.some(live.expiresAt))
      assert.deepStrictEqual(yield* store.findSession(ended.id), Option.none())
    }))
}

/** Ends sessions of an account in as many steps as the store needs; returns how many ended. */
const endAll = Effect.fnUntraced(function*(account: Account, ids: ReadonlyArray<SessionId>) {
  const store = yield* SessionStore
  let ended = 0
  for (let left = ids; left.length > 0;) {
    const { count, rest } = yield* store.endSessions({
      accountId: account.id,
      ids: left,
      now: NOW,
      commit: { audit: anEvent() }
    })
    assert.isBelow(rest.length, left.length)
    ended += count
    left = rest
  }
  return ended
})

const endOldest = Effect.fnUntraced(function*(account: Account, keep: number) {
  const store = yield* SessionStore
  let ended = 0
  for (let goesOn = true; goesOn;) {
    const { count, more } = yield* store.endOldestSessions({
      accountId: account.id,
      keep,
      now: NOW,
      commit: { audit: anEvent() }
    })
    ended += count
    goesOn = more
  }
  return ended
})
