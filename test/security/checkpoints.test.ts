import { assert, layer } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import { realClock } from "../../src/adapters/postgres/connection/OperationTelemetry.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import type { AuditCheckpoint } from "../../src/domain/audit/AuditReview.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import { Retention } from "../../src/ports/Retention.ts"
import { anAccount, anEvent } from "../support/builders.ts"
import { Forger, stores } from "./Forger.ts"

/** The right to forget old entries, for one test. */
const mayForget = Effect.gen(function*() {
  const { asOwner, role } = yield* Forger
  yield* Effect.acquireRelease(
    asOwner(`GRANT EXECUTE ON FUNCTION forget_audit_entries TO ${role}`),
    () => asOwner(`REVOKE EXECUTE ON FUNCTION forget_audit_entries FROM ${role}`)
  )
})

layer(stores, { timeout: "30 seconds" })("[P7] of an audit log with a checkpoint", (it) => {
  it.effect("a chain that its owner computed anew from the first entry on is found, and so is one that is gone", () =>
    Effect.gen(function*() {
      const { asOwner } = yield* Forger
      const log = yield* AuditLog
      const review = yield* AuditReview
      const [rewritten, gone, whole] = [anAccount(), anAccount(), anAccount()]
      for (const account of [rewritten, gone, whole, rewritten]) yield* log.append(anEvent({ account }))
      const ends = new Map()
      const silent = () => Effect.void
      yield* review.verify(silent, { visit: (end) => ends.set(end.chain, end) })
      const since: AuditCheckpoint = ends
      for (const table of ["audit_log", "audit_chains"]) {
        yield* asOwner(`DELETE FROM ${table} WHERE chain IN ('${rewritten.id}', '${gone.id}')`)
      }
      const innocent = { account: rewritten, action: "account.updated" } as const
      for (const event of [anEvent(innocent), anEvent(innocent), anEvent({ account: whole })]) yield* log.append(event)
      assert.deepStrictEqual((yield* review.verify(silent)).breaks, [])
      assert.deepStrictEqual((yield* review.verify(silent, { since })).breaks, [
        { chain: rewritten.id, sequence: 2, problem: "checkpoint-mismatch" },
        { chain: gone.id, sequence: 1, problem: "checkpoint-mismatch" }
      ])
    }))

  it.effect("old entries that the role may have forgotten leave a chain that verifies, also by what a checkpoint knew", () =>
    Effect.gen(function*() {
      const { asOwner, asRole } = yield* Forger
      const log = yield* AuditLog
      const retention = yield* Retention
      const review = yield* AuditReview
      const silent = () => Effect.void
      const [kept, bygone] = [anAccount(), anAccount()]
      // The database tells what is old by its own clock.
      const now = DateTime.makeUnsafe(realClock.currentTimeMillisUnsafe())
      const daysAgo = (days: number) => DateTime.subtractDuration(now, Duration.days(days))
      for (const account of [kept, bygone]) {
        for (const days of [50, 40]) yield* log.append(anEvent({ account, occurredAt: daysAgo(days) }))
      }
      const ends = new Map()
      yield* review.verify(silent, { visit: (end) => ends.set(end.chain, end) })
      const since: AuditCheckpoint = ends
      for (const account of [kept, bygone]) yield* log.append(anEvent({ account, occurredAt: daysAgo(20) }))
      yield* log.append(anEvent({ account: bygone, occurredAt: now }))

      const forget = { asOf: daysAgo(45), limit: 1000 }
      assert.strictEqual((yield* Effect.flip(retention.prune("auditEntries", forget))).reason, "right-missing")
      yield* mayForget
      assert.isAtLeast(yield* retention.prune("auditEntries", forget), 2)
      const outcome = yield* review.verify(silent, { since })
      assert.deepStrictEqual(outcome.breaks, [])
      assert.isAtLeast(outcome.forgotten, 2)
      // What is younger than 30 days stays, whatever the role asks for.
      assert.strictEqual(yield* asRole("SELECT forget_audit_entries(now() + interval '1 year', 1000)"), "done")
      const { breaks } = yield* review.verify(silent, { since })
      assert.deepStrictEqual(breaks, [])
      assert.lengthOf(yield* log.chains([{ chain: bygone.id, afterSequence: 0, limit: 10 }]), 2)

      // An owner who takes more away, and moves the start, is found by the checkpoint alone.
      yield* asOwner(`DELETE FROM audit_log WHERE chain = '${bygone.id}' AND sequence = 3`)
      assert.deepInclude((yield* review.verify(silent)).breaks, {
        chain: bygone.id,
        sequence: 3,
        problem: "entry-missing"
      })
      const hash = (yield* log.chains([{ chain: bygone.id, afterSequence: 3, limit: 1 }]))[0]?.hash ?? ""
      yield* asOwner(`UPDATE audit_chains SET start_sequence = 4, start_hash = '${hash}' WHERE chain = '${bygone.id}'`)
      yield* asOwner(`DELETE FROM audit_log WHERE chain = '${bygone.id}'`)
      assert.deepStrictEqual((yield* review.verify(silent)).breaks, [])
      assert.deepStrictEqual((yield* review.verify(silent, { since })).breaks, [
        { chain: bygone.id, sequence: 2, problem: "checkpoint-outlived" }
      ])
    }))

  it.effect("an entry from far ahead that the role records holds up what comes behind it, and lets nothing go early", () =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const retention = yield* Retention
      const review = yield* AuditReview
      const now = DateTime.makeUnsafe(realClock.currentTimeMillisUnsafe())
      const account = anAccount()
      for (const days of [-36_500, 50]) {
        yield* log.append(anEvent({ account, occurredAt: DateTime.subtractDuration(now, Duration.days(days)) }))
      }
      yield* mayForget
      yield* retention.prune("auditEntries", { asOf: DateTime.subtractDuration(now, "45 days"), limit: 1000 })
      assert.lengthOf(yield* log.chains([{ chain: account.id, afterSequence: 0, limit: 10 }]), 2)
      const { breaks } = yield* review.verify(() => Effect.void)
      assert.deepStrictEqual(breaks.filter(({ chain }) => chain === account.id), [])
    }))
})
