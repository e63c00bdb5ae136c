import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { canonicalText, CHAIN_START } from "../../../src/domain/model/Audit.ts"
import { AuditLog } from "../../../src/ports/AuditLog.ts"
import type { Directory } from "../../../src/ports/Directory.ts"
import { Retention } from "../../../src/ports/Retention.ts"
import { anAccount, anEvent, START } from "../../support/builders.ts"
import { events, linksOf, stateOf, wholeChain } from "../audit-log/entries.ts"

export const entryPruningPromises = (it: Vitest.MethodsNonLive<AuditLog | Directory | Retention>): void => {
  it.effect("what is old is forgotten from the beginning of its chain, in steps of the limit, and the chain goes on", () =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const retention = yield* Retention
      const [account, other] = [anAccount(), anAccount()]
      const before = DateTime.subtractDuration(START, "1 day")
      const old = () => anEvent({ account, occurredAt: DateTime.subtractDuration(before, "1 milli") })
      const forget = (limit: number) => retention.prune("auditEntries", { asOf: before, limit })
      while ((yield* forget(1000)) > 0);
      const untouched = anEvent({ account: other, occurredAt: before })
      const [first, second, young, behind] = [old(), old(), anEvent({ account }), old()]
      for (const event of [first, second, young, behind, untouched]) yield* log.append(event)
      const hashes = (yield* linksOf(account.id)).map(({ hash }) => hash)

      assert.strictEqual(yield* forget(1000), 2)
      assert.strictEqual(yield* forget(1000), 0)
      assert.deepStrictEqual(events(yield* linksOf(account.id)), [young, behind])
      assert.deepStrictEqual(events(yield* linksOf(other.id)), [untouched])
      assert.deepStrictEqual(yield* stateOf(account.id), {
        ...wholeChain(account.id, 4, hashes[3] ?? ""),
        start: { sequence: 2, hash: hashes[1] ?? "" },
        span: Option.some({ first: 3, last: 4 })
      })

      const last = anAccount()
      const ancient = anEvent({ account: last, occurredAt: DateTime.subtractDuration(before, "1 day") })
      yield* log.append(ancient)
      assert.strictEqual(yield* forget(1000), 1)
      const [gone, next] = [log.digest(CHAIN_START + canonicalText(ancient)), anEvent({ account: last })]
      assert.deepStrictEqual(yield* stateOf(last.id), {
        chain: last.id,
        head: Option.some({ chain: last.id, sequence: 1, hash: gone }),
        start: { sequence: 1, hash: gone },
        span: Option.none()
      })
      yield* log.append(next)
      const [link] = yield* linksOf(last.id)
      assert.deepStrictEqual([link?.sequence, link?.hash], [2, log.digest(gone + canonicalText(next))])
    }))
}
