import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { AuditLog } from "../../../src/ports/AuditLog.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import type { AuditQuery } from "../../../src/ports/Directory.ts"
import { anAccount, anEvent, START } from "../../support/builders.ts"
import { events, linksOf, stateOf, wholeChain } from "../audit-log/entries.ts"

const query = (fields: Partial<AuditQuery>): AuditQuery => ({
  limit: 100,
  after: Option.none(),
  accountId: Option.none(),
  action: Option.none(),
  since: Option.none(),
  ...fields
})

export const auditListPromises = (it: Vitest.MethodsNonLive<AuditLog | Directory>): void => {
  it.effect("entries are listed newest first, by account, action and time, from a position on", () =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const directory = yield* Directory
      const account = anAccount()
      const later = DateTime.addDuration(START, "1 day")
      const [a, b, c] = [
        anEvent({ account, action: "session.started" }),
        anEvent({ account, action: "session.ended", occurredAt: later }),
        anEvent({ account, action: "session.started", occurredAt: later })
      ]
      for (const event of [a, b, c, anEvent({ account: anAccount() })]) yield* log.append(event)
      const accountId = Option.some(account.id)
      const listed = (fields: Partial<AuditQuery>) =>
        Effect.map(directory.listEntries(query({ accountId, ...fields })), ({ items }) => events(items))
      assert.deepStrictEqual(yield* listed({}), [c, b, a])
      assert.deepStrictEqual(yield* listed({ limit: 1, after: Option.some(c.id) }), [b])
      assert.deepStrictEqual(yield* listed({ action: Option.some("session.started") }), [c, a])
      assert.deepStrictEqual(yield* listed({ since: Option.some(later) }), [c, b])
    }))

  it.effect("chains are read in parts", () =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const directory = yield* Directory
      const account = anAccount()
      for (const chain of [account.id, anAccount().id, anAccount().id]) yield* log.append(anEvent({ chain }))
      const all = yield* directory.listChains({ limit: 1000, after: Option.none() })
      const [first] = all
      assert.isDefined(first)
      const after = Option.some(first.chain)
      assert.deepStrictEqual(yield* directory.listChains({ limit: 1, after }), all.slice(1, 2))
      assert.deepStrictEqual(yield* directory.listChains({ limit: 1000, after }), all.slice(1))
    }))

  it.effect("a chain may have no name, and comes first", () =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const directory = yield* Directory
      yield* log.append(anEvent({ chain: "" }))
      const [first] = yield* directory.listChains({ limit: 1, after: Option.none() })
      assert.strictEqual(first?.chain, "")
      const rest = yield* directory.listChains({ limit: 1000, after: Option.some("") })
      assert.notInclude(rest.map(({ chain }) => chain), "")
    }))

  it.effect("a chain is known with what it began with and its end, also when many write to it", () =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const account = anAccount()
      yield* Effect.forEach(
        Array.from({ length: 30 }, () => anEvent({ account })),
        log.append,
        { concurrency: "unbounded" }
      )
      const hash = (yield* linksOf(account.id)).at(-1)?.hash ?? ""
      assert.deepStrictEqual(yield* stateOf(account.id), wholeChain(account.id, 30, hash))
    }))
}
