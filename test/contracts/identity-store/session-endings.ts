import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { Account } from "../../../src/domain/model/Account.ts"
import { Session } from "../../../src/domain/model/Session.ts"
import { IdentityStore } from "../../../src/ports/IdentityStore.ts"
import { anAccountId, anEvent, aSession, aStart, atVersion, START } from "../../support/builders.ts"
import { ids, NOW, query, sessionsOf, signedIn, signedUp } from "./signed-in.ts"

export const sessionEndingPromises = (it: Vitest.MethodsNonLive<IdentityStore>): void => {
  it.effect("[ASVS 7.4.3] no session is saved for an epoch that has passed", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      yield* store.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } })
      const late = aSession(account)
      assert.isTrue(Option.isNone(yield* store.insertSession(aStart(late))))
      assert.deepStrictEqual(yield* store.findSession(late.id), Option.none())
    }))

  it.effect("ending a session ends that one and says so once", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const session = yield* signedIn(account)
      const other = yield* signedIn(account)
      const input = { accountId: account.id, id: session.id, now: NOW, commit: { audit: anEvent() } }
      assert.isTrue(yield* store.endSession(input))
      assert.isFalse(yield* store.endSession(input))
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.none())
      assert.deepStrictEqual(yield* sessionsOf(query(account.id)), [other])
    }))

  it.effect("[ASVS 2.3.4] of many attempts to end one session at the same time exactly one does", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const session = yield* signedIn(account)
      const answers = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () => store.endSession({ accountId: account.id, id: session.id, now: NOW, commit: { audit: anEvent() } }),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(answers.filter((ended) => ended).length, 1)
    }))

  it.effect("[ASVS 7.5.2] another account's session can't be ended", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const session = yield* Effect.flatMap(signedUp(), (owner) => signedIn(owner))
      const intruder = yield* signedUp()
      assert.isFalse(
        yield* store.endSession({ accountId: intruder.id, id: session.id, now: NOW, commit: { audit: anEvent() } })
      )
      assert.isTrue(Option.isSome(yield* store.findSession(session.id)))
    }))

  it.effect("a session that is over can't be ended any more", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const session = yield* signedIn(account, { lifetime: "1 minute" })
      assert.isFalse(
        yield* store.endSession({ accountId: account.id, id: session.id, now: NOW, commit: { audit: anEvent() } })
      )
    }))

  it.effect("[ASVS 7.4.5] ending all sessions counts the live ones, spares other accounts and keeps the version", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      yield* signedIn(account)
      yield* signedIn(account)
      yield* signedIn(account, { lifetime: "1 minute" })
      const bystander = yield* signedUp()
      const kept = yield* signedIn(bystander)
      assert.strictEqual(
        yield* store.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } }),
        2
      )
      assert.strictEqual(
        yield* store.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } }),
        0
      )
      assert.deepStrictEqual(yield* sessionsOf(query(account.id)), [])
      assert.deepStrictEqual(yield* sessionsOf(query(bystander.id)), [kept])
      const ended = Account.make({ ...account, sessionEpoch: account.sessionEpoch + 2 })
      assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(ended))
    }))

  it.effect("ending all sessions of an absent account fails", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const error = yield* Effect.flip(
        store.endAllSessions({ accountId: anAccountId(), now: NOW, commit: { audit: anEvent() } })
      )
      assert.strictEqual(error._tag, "AccountNotFound")
    }))

  it.effect("[ASVS 15.4.2] a session saved while all sessions end is either not saved, counted or of the old epoch", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
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
      const store = yield* IdentityStore
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
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const instants = [0, 1, 2, 3].map((minutes) => DateTime.addDuration(START, `${minutes} minutes`))
      const sessions = yield* Effect.forEach(instants, (createdAt) => signedIn(account, { createdAt }))
      const bystander = yield* Effect.flatMap(signedUp(), (other) => signedIn(other))
      const input = { accountId: account.id, keep: 2, limit: 10, now: NOW, commit: { audit: anEvent() } }
      assert.strictEqual(yield* store.endOldestSessions({ ...input, limit: 1, commit: { audit: anEvent() } }), 1)
      assert.strictEqual(yield* store.endOldestSessions(input), 1)
      assert.strictEqual(yield* store.endOldestSessions({ ...input, commit: { audit: anEvent() } }), 0)
      const live = yield* sessionsOf(query(account.id))
      assert.deepStrictEqual(ids(live), ids(sessions.slice(2).toReversed()))
      assert.isTrue(Option.isSome(yield* store.findSession(bystander.id)))
    }))

  it.effect("noting a use neither shortens a session nor revives one that ended", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const [live, ended] = [yield* signedIn(account), yield* signedIn(account)]
      yield* store.endSession({ accountId: account.id, id: ended.id, now: NOW, commit: { audit: anEvent() } })
      const touch = { lastUsedAt: NOW, expiresAt: NOW, unlessUsedSince: NOW }
      yield* store.touchSession({ ...touch, id: live.id })
      yield* store.touchSession({ ...touch, id: ended.id })
      const found = Option.map(yield* store.findSession(live.id), (it) => it.session.expiresAt)
      assert.deepStrictEqual(found, Option.some(live.expiresAt))
      assert.deepStrictEqual(yield* store.findSession(ended.id), Option.none())
    }))

  it.effect.each([
    { filter: {}, matched: [0, 1, 2, 3] },
    { filter: { createdBefore: DateTime.addDuration(START, "1 minute") }, matched: [0] },
    { filter: { network: "192.0.2.0/24" }, matched: [0, 1] },
    { filter: { network: "192.0.2.9" }, matched: [1] },
    { filter: { network: "2001:db8::/32" }, matched: [2] },
    { filter: { userAgent: "FIREFOX" }, matched: [1, 2] },
    { filter: { userAgent: "fire_ox" }, matched: [] },
    { filter: { network: "192.0.2.0/24", userAgent: "firefox" }, matched: [1] }
  ])("sessions are counted and ended by what they have in common %#", ({ filter, matched }) =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const clients = [
        { userAgent: "curl/8.0", ipAddress: "192.0.2.7" },
        { userAgent: "Mozilla Firefox/150", ipAddress: "192.0.2.9" },
        { userAgent: "Mozilla Firefox/151", ipAddress: "2001:db8::1" },
        { userAgent: undefined, ipAddress: undefined }
      ]
      const sessions = clients.map((client, index) =>
        Session.make({
          ...aSession(account, { createdAt: DateTime.addDuration(START, `${index} minutes`) }),
          ...client
        })
      )
      yield* Effect.forEach(sessions, (session) => store.insertSession(aStart(session)))
      const one = Option.some(account.id)
      const counted = yield* countAll({ filter, accountId: one, now: NOW })
      const expected = matched.length === 0 ? [] : [{ accountId: account.id, count: matched.length }]
      assert.deepStrictEqual(counted, expected)
      const end = { accountId: account.id, filter, now: NOW, after: Option.none(), commit: { audit: anEvent() } }
      assert.deepStrictEqual(yield* store.endMatchingSessions(end), { count: matched.length, next: Option.none() })
      const left = yield* sessionsOf(query(account.id))
      const spared = sessions.filter((_, index) => !matched.some((it) => it === index))
      assert.sameMembers(ids(left), ids(spared))
    }))

  it.effect("sessions are counted account by account, by id", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const accounts = [yield* signedUp(), yield* signedUp(), yield* signedUp()]
      const userAgent = "counted-across-accounts"
      for (const account of accounts) {
        yield* store.insertSession(aStart(Session.make({ ...aSession(account), userAgent })))
      }
      const counted = yield* countAll({ filter: { userAgent }, accountId: Option.none(), now: NOW })
      assert.deepStrictEqual(counted, accounts.map((account) => ({ accountId: account.id, count: 1 })))
    }))
}

const countAll = Effect.fnUntraced(function*(input: Omit<CountInput, "after">) {
  const store = yield* IdentityStore
  const { items, next } = yield* store.countSessions({ ...input, after: Option.none() })
  const counted = [...items]
  for (let after = next; Option.isSome(after);) {
    const more = yield* store.countSessions({ ...input, after })
    counted.push(...more.items)
    after = more.next
  }
  return counted
})

type CountInput = Parameters<IdentityStore["Service"]["countSessions"]>[0]
