import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { Account } from "../../../src/domain/model/Account.ts"
import { Session } from "../../../src/domain/model/Session.ts"
import { IdentityStore } from "../../../src/ports/IdentityStore.ts"
import type { SessionQuery } from "../../../src/ports/IdentityStore.ts"
import { anAccount, anAccountId, aSession, aSessionId, START, withPassword } from "../../support/builders.ts"

const NOW = DateTime.addDuration(START, "1 hour")

const signedUp = Effect.fnUntraced(function*(status: "active" | "disabled" = "active") {
  const store = yield* IdentityStore
  const account = anAccount({ status })
  yield* store.insertAccount(withPassword(account))
  return account
})

const signedIn = Effect.fnUntraced(function*(account: Account, fields: Parameters<typeof aSession>[1] = {}) {
  const store = yield* IdentityStore
  const session = aSession(account, fields)
  assert.isTrue(yield* store.insertSession(session))
  return session
})

const query = (accountId: Account["id"], fields: Partial<SessionQuery> = {}): SessionQuery => ({
  accountId,
  now: NOW,
  limit: 100,
  after: Option.none(),
  ...fields
})

const ids = (sessions: ReadonlyArray<Session>) => sessions.map((session) => session.id)

export const sessionPromises = (it: Vitest.MethodsNonLive<IdentityStore>): void => {
  it.effect("a session comes back with its account as both were saved, to the millisecond", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const session = yield* signedIn(account, { lifetime: "1234567 millis" })
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.some({ session, account }))
    }))

  it.effect("a session without a known client comes back without one", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const session = Session.make({ ...aSession(account), userAgent: undefined, ipAddress: undefined })
      yield* store.insertSession(session)
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.some({ session, account }))
    }))

  it.effect("an absent session is none", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      assert.deepStrictEqual(yield* store.findSession(aSessionId()), Option.none())
    }))

  it.effect("many sessions looked up at the same time each come with their own account", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const sessions = yield* Effect.forEach(
        Array.from({ length: 50 }),
        () => Effect.flatMap(signedUp(), (account) => signedIn(account))
      )
      const found = yield* Effect.forEach(
        [...sessions, ...sessions],
        (session) => Effect.map(store.findSession(session.id), (result) => ({ session, result })),
        { concurrency: "unbounded" }
      )
      for (const { result, session } of found) {
        const seen = Option.map(result, (it) => [it.session.id, it.account.id])
        assert.deepStrictEqual(seen, Option.some([session.id, session.accountId]))
      }
    }))

  it.effect("no session is saved for an absent account", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const session = aSession(anAccount())
      assert.isFalse(yield* store.insertSession(session))
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.none())
    }))

  it.effect("no session is saved for a disabled account", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp("disabled")
      assert.isFalse(yield* store.insertSession(aSession(account)))
    }))

  it.effect("[ASVS 7.4.3] no session is saved for an epoch that has passed", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      yield* store.endAllSessions({ accountId: account.id, now: NOW })
      const late = aSession(account)
      assert.isFalse(yield* store.insertSession(late))
      assert.deepStrictEqual(yield* store.findSession(late.id), Option.none())
    }))

  it.effect("sessions are listed newest first, from a position on, and only the account's own", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const older = yield* signedIn(account)
      const twins = [yield* signedIn(account, { createdAt: NOW }), yield* signedIn(account, { createdAt: NOW })]
      yield* Effect.flatMap(signedUp(), (other) => signedIn(other))
      const [first, second] = twins.toSorted((self, that) => self.id < that.id ? 1 : -1)
      assert.isDefined(first)
      assert.isDefined(second)
      assert.deepStrictEqual(
        ids(yield* store.listSessions(query(account.id))),
        [first.id, second.id, older.id]
      )
      const after = Option.some({ createdAt: first.createdAt, id: first.id })
      assert.deepStrictEqual(ids(yield* store.listSessions(query(account.id, { after, limit: 1 }))), [second.id])
    }))

  it.effect("[ASVS 7.3.1] a session is listed until the instant it expires, not at it", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const session = yield* signedIn(account, { lifetime: "1 hour" })
      const before = DateTime.subtractDuration(session.expiresAt, "1 millis")
      assert.deepStrictEqual(yield* store.listSessions(query(account.id, { now: before })), [session])
      assert.deepStrictEqual(yield* store.listSessions(query(account.id, { now: session.expiresAt })), [])
    }))

  it.effect("ending a session ends that one and says so once", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const session = yield* signedIn(account)
      const other = yield* signedIn(account)
      const input = { accountId: account.id, id: session.id, now: NOW }
      assert.isTrue(yield* store.endSession(input))
      assert.isFalse(yield* store.endSession(input))
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.none())
      assert.deepStrictEqual(yield* store.listSessions(query(account.id)), [other])
    }))

  it.effect("of many attempts to end one session at the same time exactly one does", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const session = yield* signedIn(account)
      const answers = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () => store.endSession({ accountId: account.id, id: session.id, now: NOW }),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(answers.filter((ended) => ended).length, 1)
    }))

  it.effect("[ASVS 7.5.2] another account's session can't be ended", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const session = yield* Effect.flatMap(signedUp(), (owner) => signedIn(owner))
      const intruder = yield* signedUp()
      assert.isFalse(yield* store.endSession({ accountId: intruder.id, id: session.id, now: NOW }))
      assert.isTrue(Option.isSome(yield* store.findSession(session.id)))
    }))

  it.effect("a session that is over can't be ended any more", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const session = yield* signedIn(account, { lifetime: "1 minute" })
      assert.isFalse(yield* store.endSession({ accountId: account.id, id: session.id, now: NOW }))
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
      assert.strictEqual(yield* store.endAllSessions({ accountId: account.id, now: NOW }), 2)
      assert.strictEqual(yield* store.endAllSessions({ accountId: account.id, now: NOW }), 0)
      assert.deepStrictEqual(yield* store.listSessions(query(account.id)), [])
      assert.deepStrictEqual(yield* store.listSessions(query(bystander.id)), [kept])
      const ended = Account.make({ ...account, sessionEpoch: account.sessionEpoch + 2 })
      assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(ended))
    }))

  it.effect("ending all sessions of an absent account fails", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const error = yield* Effect.flip(store.endAllSessions({ accountId: anAccountId(), now: NOW }))
      assert.strictEqual(error._tag, "AccountNotFound")
    }))

  it.effect("a session saved while all sessions end is either not saved, counted or of the old epoch", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      const sessions = Array.from({ length: 20 }, () => aSession(account))
      yield* Effect.forEach(
        sessions,
        (session, index) =>
          index === 10
            ? Effect.asVoid(store.endAllSessions({ accountId: account.id, now: NOW }))
            : Effect.asVoid(store.insertSession(session)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(yield* store.listSessions(query(account.id)), [])
    }))

  it.effect("the sessions of an account that was disabled are not listed and stay dead when it is enabled", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* signedUp()
      yield* signedIn(account)
      const change = { id: account.id, updatedAt: NOW }
      yield* store.updateAccount({ ...change, expectedVersion: 1, status: "disabled", endSessions: true })
      assert.deepStrictEqual(yield* store.listSessions(query(account.id)), [])
      yield* store.updateAccount({ ...change, expectedVersion: 2, status: "active", endSessions: false })
      assert.deepStrictEqual(yield* store.listSessions(query(account.id)), [])
    }))
}
