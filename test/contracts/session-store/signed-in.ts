/** Signs people up and in, as the start of tests about sessions. */
import { assert } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import type { Account } from "../../../src/domain/model/Account.ts"
import type { Session } from "../../../src/domain/model/Session.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import type { SessionQuery } from "../../../src/ports/SessionStore.ts"
import { anAccount, anInsertion, aSession, aStart, START } from "../../support/builders.ts"

export const NOW = DateTime.addDuration(START, "1 hour")

export const signedUp = Effect.fnUntraced(function*(status: "active" | "disabled" = "active") {
  const store = yield* AccountStore
  const account = anAccount({ status })
  yield* store.insertAccount(anInsertion(account))
  return account
})

export const signedIn = Effect.fnUntraced(function*(account: Account, fields: Parameters<typeof aSession>[1] = {}) {
  const store = yield* SessionStore
  const session = aSession(account, fields)
  assert.isTrue(Option.isSome(yield* store.insertSession(aStart(session))))
  return session
})

export const query = (accountId: Account["id"], fields: Partial<SessionQuery> = {}): SessionQuery => ({
  accountId,
  now: NOW,
  limit: 100,
  after: Option.none(),
  ...fields
})

/** The sessions of a page and the following pages, until there are as many as were asked for. */
export const sessionsOf = Effect.fnUntraced(function*(asked: SessionQuery) {
  const store = yield* SessionStore
  const { items, next } = yield* store.listSessions(asked)
  const sessions = [...items]
  for (let after = next; Option.isSome(after) && sessions.length < asked.limit;) {
    const more = yield* store.listSessions({ ...asked, after, limit: asked.limit - sessions.length })
    sessions.push(...more.items)
    after = more.next
  }
  return sessions
})

/** The position after a session. */
export const placeOf = (session: Session) =>
  Option.some({ createdAt: session.createdAt.epochMilliseconds, id: session.id })

export const ids = (sessions: ReadonlyArray<Session>) => sessions.map((session) => session.id)
