import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { Session } from "../../../src/domain/model/Session.ts"
import type { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anEvent, aSession, aSessionId, aStart } from "../../support/builders.ts"
import { ids, NOW, query, sessionsOf, signedIn, signedUp } from "./signed-in.ts"

/** The same session after its holder has proved anew who they are. */
const inPlaceOf = (session: Session) => ({
  ...aStart(
    Session.make({ ...session, id: aSessionId(), authenticatedAt: NOW, elevatedUntil: DateTime.addDuration(NOW, 900) })
  ),
  replaces: session.id
})

export const sessionReplacementPromises = (it: Vitest.MethodsNonLive<AccountStore | SessionStore>): void => {
  it.effect("[ASVS 7.2.4] a session that replaces another ends that one, and is counted alone", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const [session, other] = [yield* signedIn(account), yield* signedIn(account)]
      const replacement = inPlaceOf(session)
      assert.deepStrictEqual(yield* store.insertSession(replacement), Option.some(2))
      const listed = yield* sessionsOf(query(account.id))
      assert.sameMembers(ids(listed), [other.id, replacement.session.id])
      assert.deepStrictEqual(yield* store.findSession(session.id), Option.none())
    }))

  it.effect("[ASVS 2.3.4] of many that replace one session at the same time one is saved", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const account = yield* signedUp()
      const session = yield* signedIn(account)
      const saved = yield* Effect.forEach(
        Array.from({ length: 64 }),
        () => store.insertSession(inPlaceOf(session)),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(saved.filter(Option.isSome), 1)
      assert.lengthOf(yield* sessionsOf(query(account.id)), 1)
    }))

  it.effect("[ASVS 7.4.1] nothing takes the place of a session that is over, ended or somebody else's", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const [account, other] = [yield* signedUp(), yield* signedUp()]
      const expired = yield* signedIn(account, { lifetime: "1 minute" })
      const ended = yield* signedIn(account)
      yield* store.endSessions({ accountId: account.id, ids: [ended.id], now: NOW, commit: { audit: anEvent() } })
      const foreign = { ...inPlaceOf(aSession(account)), replaces: (yield* signedIn(other)).id }
      const saved = yield* Effect.forEach([inPlaceOf(expired), inPlaceOf(ended), foreign], store.insertSession)
      assert.isTrue(saved.every(Option.isNone))
      const kept = yield* signedIn(account)
      yield* store.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } })
      assert.isTrue(Option.isNone(yield* store.insertSession(inPlaceOf(kept))))
      assert.lengthOf(yield* sessionsOf(query(other.id)), 1)
    }))
}
