import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { AuditCheckpoint } from "../../src/domain/services/AuditTrail.ts"
import { AuditTrail } from "../../src/domain/services/AuditTrail.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import { anAccount, anEvent } from "../support/builders.ts"
import { Forger, stores } from "./Forger.ts"

layer(stores, { timeout: "30 seconds" })("[P7] of an audit log with a checkpoint", (it) => {
  it.effect("a chain that its owner computed anew from the first entry on is found, and so is one that is gone", () =>
    Effect.gen(function*() {
      const { asOwner } = yield* Forger
      const log = yield* AuditLog
      const trail = yield* AuditTrail
      const [rewritten, gone, whole] = [anAccount(), anAccount(), anAccount()]
      for (const account of [rewritten, gone, whole, rewritten]) yield* log.append(anEvent({ account }))
      const ends = new Map()
      const silent = () => Effect.void
      yield* trail.verify(silent, { visit: (end) => ends.set(end.chain, end) })
      const since: AuditCheckpoint = ends
      for (const table of ["audit_log", "audit_chains"]) {
        yield* asOwner(`DELETE FROM ${table} WHERE chain IN ('${rewritten.id}', '${gone.id}')`)
      }
      const innocent = { account: rewritten, action: "account.updated" } as const
      for (const event of [anEvent(innocent), anEvent(innocent), anEvent({ account: whole })]) yield* log.append(event)
      assert.deepStrictEqual((yield* trail.verify(silent)).breaks, [])
      assert.deepStrictEqual((yield* trail.verify(silent, { since })).breaks, [
        { chain: rewritten.id, sequence: 2, problem: "checkpoint-mismatch" },
        { chain: gone.id, sequence: 1, problem: "checkpoint-mismatch" }
      ])
    }))
})
