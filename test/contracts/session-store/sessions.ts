import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { Session, SessionId } from "../../../src/domain/model/Session.ts"
import type { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anAccount, aSession, aSessionId, aStart, START } from "../../support/builders.ts"
import { ids, NOW, placeOf, query, sessionsOf, signedIn, signedUp } from "./signed-in.ts"

export const sessionPromises = (it: Vitest.MethodsNonLive<AccountStore | SessionStore>): void => {
  it.effect("a session comes back with its account as both were saved, to the millisecond", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const session = yield* signedIn(account, { lifetime: "1234567 millis" })
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.some({ session, account }))
    }))

  it.effect("a session without a known client comes back without one", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const session = Session.make({ ...aSession(account), userAgent: undefined, ipAddress: undefined })
      yield* store.insertSession(aStart(session))
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.some({ session, account }))
    }))

  it.effect("what a session's holder has proved since is noted, and nothing else changes", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const [session, other] = [yield* signedIn(account), yield* signedIn(account)]
      const proved = { amr: ["pwd", "otp", "mfa"], aal: 2 } as const
      yield* store.strengthen({ id: session.id, ...proved })
      yield* store.strengthen({ id: aSessionId(), ...proved })
      const strengthened = Session.make({ ...session, ...proved })
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.some({ session: strengthened, account }))
      assert.deepStrictEqual(yield* store.findSession(other.id), Option.some({ session: other, account }))
    }))

  it.effect("a session of an account with a second factor comes back with how its holder proved who they are", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const session = Session.make({
        ...aSession(account),
        amr: ["pwd", "otp", "mfa"],
        aal: 2,
        elevatedUntil: DateTime.addDuration(NOW, "1234 millis")
      })
      yield* store.insertSession(aStart(session))
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.some({ session, account }))
      assert.deepStrictEqual(yield* sessionsOf(query(account.id)), [session])
    }))

  it.effect("an absent session is none", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      assert.deepStrictEqual(yield* store.findSession(aSessionId()), Option.none())
    }))

  it.effect("many sessions looked up at the same time each come with their own account", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
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

  it.effect("sessions whose ids end alike are told apart, also from one that does not exist", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const [digits, absent] = [aSessionId().slice("ses_".length), aSessionId().slice("ses_".length)]
      const alike = ["a", "b", "c"].map((first) =>
        Session.make({ ...aSession(account), id: SessionId.make(`ses_${first}${digits.slice(1)}`) })
      )
      yield* Effect.forEach(alike, (session) => store.insertSession(aStart(session)))
      const wanted = [
        ...alike.map(({ id }) => id),
        SessionId.make(`ses_d${digits.slice(1)}`),
        SessionId.make(`ses_${absent}`)
      ]
      const found = yield* Effect.forEach(wanted, (id) => store.findSession(id), { concurrency: "unbounded" })
      assert.deepStrictEqual(
        found.map((result) => Option.getOrUndefined(Option.map(result, ({ session }) => session.id))),
        [...alike.map(({ id }) => id), undefined, undefined]
      )
    }))

  it.effect("no session is saved for an absent account", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const session = aSession(anAccount())
      assert.isTrue(Option.isNone(yield* store.insertSession(aStart(session))))
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.none())
    }))

  it.effect("no session is saved for a disabled account", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp("disabled")
      assert.isTrue(Option.isNone(yield* store.insertSession(aStart(aSession(account)))))
    }))

  it.effect("sessions are listed newest first, from a position on, and only the account's own", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const older = yield* signedIn(account)
      const twins = [yield* signedIn(account, { createdAt: NOW }), yield* signedIn(account, { createdAt: NOW })]
      yield* Effect.flatMap(signedUp(), (other) => signedIn(other))
      const [first, second] = twins.toSorted((self, that) => self.id < that.id ? 1 : -1)
      assert.isDefined(first)
      assert.isDefined(second)
      assert.deepStrictEqual(
        ids(yield* sessionsOf(query(account.id))),
        [first.id, second.id, older.id]
      )
      const after = placeOf(first)
      assert.deepStrictEqual(ids(yield* sessionsOf(query(account.id, { after, limit: 1 }))), [second.id])
    }))

  it.effect("[ASVS 7.3.1] a session is listed until the instant it expires, not at it", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const session = yield* signedIn(account, { lifetime: "1 hour" })
      const before = DateTime.subtractDuration(session.expiresAt, "1 millis")
      assert.deepStrictEqual(yield* sessionsOf(query(account.id, { now: before })), [session])
      assert.deepStrictEqual(yield* sessionsOf(query(account.id, { now: session.expiresAt })), [])
    }))

  it.effect("a session that is saved is answered with how many live ones the account has", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      yield* signedIn(account)
      yield* signedIn(account, { createdAt: DateTime.subtractDuration(START, "30 days") })
      assert.deepStrictEqual(yield* store.insertSession(aStart(aSession(account))), Option.some(2))
    }))

  it.effect("[ASVS 7.3.1] a use is noted once per interval and prolongs the session", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const session = yield* Effect.flatMap(signedUp(), (account) => signedIn(account))
      const expiresAt = DateTime.addDuration(session.expiresAt, "1 hour")
      const touch = { id: session.id, lastUsedAt: NOW, expiresAt, unlessUsedSince: NOW }
      yield* store.touchSession(touch)
      const later = DateTime.addDuration(NOW, "1 second")
      const before = DateTime.subtractDuration(NOW, "1 millis")
      yield* store.touchSession({ ...touch, lastUsedAt: later, unlessUsedSince: before })
      const found = Option.map(yield* store.findSession(session.id), (it) => it.session)
      assert.deepStrictEqual(found, Option.some(Session.make({ ...session, lastUsedAt: NOW, expiresAt })))
    }))
}
