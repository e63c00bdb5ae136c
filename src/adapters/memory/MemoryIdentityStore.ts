/**
 * All stores in the memory of one process, held to the same contracts as every other one.
 *
 * Each operation is one synchronous step of the event loop, which is what makes it atomic. Nothing outlives the layer.
 * For embedders' tests and for trying things out.
 */
import { Clock, Context, DateTime, Effect, Layer } from "effect"
import { AttemptThrottle } from "../../ports/AttemptThrottle.ts"
import { AuditLog } from "../../ports/AuditLog.ts"
import { IdempotencyStore } from "../../ports/IdempotencyStore.ts"
import { IdentityStore } from "../../ports/IdentityStore.ts"
import { Leases } from "../../ports/Leases.ts"
import { StoreClock } from "../../ports/StoreClock.ts"
import { accountOperations } from "./MemoryAccounts.ts"
import { attemptOperations } from "./MemoryAttemptBudgets.ts"
import { auditOperations } from "./MemoryAuditEntries.ts"
import { idempotencyOperations } from "./MemoryIdempotencyKeys.ts"
import { leaseOperations } from "./MemoryLeaseRows.ts"
import { sessionOperations } from "./MemorySessions.ts"
import { makeState } from "./MemoryState.ts"

export const layer: Layer.Layer<
  IdentityStore | AttemptThrottle | AuditLog | IdempotencyStore | Leases | StoreClock
> = Layer.effectContext(
  // The clock that is there when the store is made, whatever clock its callers have.
  Effect.map(Clock.Clock, (clock) => {
    const state = makeState()
    return Context.make(IdentityStore, IdentityStore.of({ ...accountOperations(state), ...sessionOperations(state) }))
      .pipe(
        Context.add(AttemptThrottle, attemptOperations(state)),
        Context.add(AuditLog, auditOperations(state)),
        Context.add(IdempotencyStore, idempotencyOperations(state)),
        Context.add(Leases, leaseOperations(state)),
        Context.add(StoreClock, { read: Effect.sync(() => DateTime.makeUnsafe(clock.currentTimeMillisUnsafe())) })
      )
  })
)
