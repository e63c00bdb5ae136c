import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { Session } from "../../../src/domain/model/Session.ts"
import type { AccountStore } from "../../../src/ports/AccountStore.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import type { SessionSearch } from "../../../src/ports/Directory.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anEvent, aSession, aStart, START } from "../../support/builders.ts"
import { ids, NOW, signedUp } from "../session-store/signed-in.ts"

export const sessionSearchPromises = (it: Vitest.MethodsNonLive<AccountStore | Directory | SessionStore>): void => {
  it.effect.each([
    { filter: {}, matched: [0, 1, 2, 3] },
    { filter: { createdBefore: DateTime.addDuration(START, "1 minute") }, matched: [0] },
    { filter: { network: "192.0.2.0/24" }, matched: [0, 1] },
    { filter: { network: "192.0.2.9" }, matched: [1] },
    { filter: { network: "2001:db8::/32" }, matched: [2] },
    { filter: { userAgent: "FIREFOX" }, matched: [1, 2] },
    { filter: { userAgent: "fire_ox" }, matched: [] },
    { filter: { network: "192.0.2.0/24", userAgent: "firefox" }, matched: [1] }
  ])(
    "sessions are found by what they have in common, oldest first %#",
    ({ filter, matched }) =>
      Effect.gen(function*() {
        const store = yield* SessionStore
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
        const found = yield* findAll({ filter, accountId: Option.some(account.id), now: NOW })
        const expected = sessions.filter((_, index) => matched.some((it) => it === index))
        assert.deepStrictEqual(found, expected.length === 0 ? [] : [{ accountId: account.id, ids: ids(expected) }])
      })
  )

  it.effect("sessions are found account by account, by id, and only live ones", () =>
    Effect.gen(function*() {
      const store = yield* SessionStore
      const accounts = [yield* signedUp(), yield* signedUp(), yield* signedUp()]
      const userAgent = "found-across-accounts"
      const sessions = accounts.map((account) => Session.make({ ...aSession(account), userAgent }))
      yield* Effect.forEach(sessions, (session) => store.insertSession(aStart(session)))
      const [ended, expired] = [yield* signedUp(), yield* signedUp()]
      yield* store.insertSession(aStart(Session.make({ ...aSession(ended), userAgent })))
      yield* store.endAllSessions({ accountId: ended.id, now: NOW, commit: { audit: anEvent() } })
      yield* store.insertSession(aStart(Session.make({ ...aSession(expired, { lifetime: "1 minute" }), userAgent })))
      assert.deepStrictEqual(
        yield* findAll({ filter: { userAgent }, accountId: Option.none(), now: NOW }),
        sessions.map(({ accountId, id }) => ({ accountId, ids: [id] }))
      )
    }))
}

const findAll = Effect.fnUntraced(function*(search: Omit<SessionSearch, "after">) {
  const directory = yield* Directory
  const { items, next } = yield* directory.findSessions({ ...search, after: Option.none() })
  const found = [...items]
  for (let after = next; Option.isSome(after);) {
    const more = yield* directory.findSessions({ ...search, after })
    found.push(...more.items)
    after = more.next
  }
  return found
})
