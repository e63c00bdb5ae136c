/**
 * All stores in the memory of one process, held to the same contracts as all others.
 *
 * Each operation is one synchronous step of the event loop, which makes it atomic. Nothing outlives the layer. For
 * embedders' tests and for trying things out.
 */
import { Clock, Context, DateTime, Effect, Layer } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import { AccountTransfer } from "../../ports/AccountTransfer.ts"
import { ApiKeyStore } from "../../ports/ApiKeyStore.ts"
import { AuditLog } from "../../ports/AuditLog.ts"
import { ChallengeStore } from "../../ports/ChallengeStore.ts"
import { Directory } from "../../ports/Directory.ts"
import { FactorStore } from "../../ports/FactorStore.ts"
import { GuessBudgets } from "../../ports/GuessBudgets.ts"
import { IdempotencyStore } from "../../ports/IdempotencyStore.ts"
import { Leases } from "../../ports/Leases.ts"
import { Outbox } from "../../ports/Outbox.ts"
import { Retention } from "../../ports/Retention.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import { StoreClock } from "../../ports/StoreClock.ts"
import { Stores } from "../../ports/Stores.ts"
import * as MemoryAccountStore from "./MemoryAccountStore.ts"
import * as MemoryAccountTransfer from "./MemoryAccountTransfer.ts"
import * as MemoryApiKeyStore from "./MemoryApiKeyStore.ts"
import * as MemoryAuditLog from "./MemoryAuditLog.ts"
import * as MemoryChallengeStore from "./MemoryChallengeStore.ts"
import * as MemoryDirectory from "./MemoryDirectory.ts"
import * as MemoryFactorStore from "./MemoryFactorStore.ts"
import * as MemoryGuessBudgets from "./MemoryGuessBudgets.ts"
import * as MemoryIdempotencyStore from "./MemoryIdempotencyStore.ts"
import * as MemoryLeases from "./MemoryLeases.ts"
import * as MemoryOutbox from "./MemoryOutbox.ts"
import * as MemoryRetention from "./MemoryRetention.ts"
import * as MemorySessionStore from "./MemorySessionStore.ts"
import { makeState } from "./MemoryState.ts"

export const layer: Layer.Layer<AccountTransfer | Directory | Retention | Stores> = Layer.effectContext(
  // Uses the clock that is current when the stores are made, whatever clock their callers have.
  Effect.map(Clock.Clock, (clock) => {
    const state = makeState()
    const accounts = MemoryAccountStore.make(state)
    const stores = Context.make(AccountStore, accounts).pipe(
      Context.add(GuessBudgets, MemoryGuessBudgets.make(state)),
      Context.add(ApiKeyStore, MemoryApiKeyStore.make(state)),
      Context.add(AuditLog, MemoryAuditLog.make(state)),
      Context.add(ChallengeStore, MemoryChallengeStore.make(state)),
      Context.add(FactorStore, MemoryFactorStore.make(state)),
      Context.add(IdempotencyStore, MemoryIdempotencyStore.make(state)),
      Context.add(Leases, MemoryLeases.make(state)),
      Context.add(Outbox, MemoryOutbox.make(state)),
      Context.add(SessionStore, MemorySessionStore.make(state)),
      Context.add(StoreClock, { read: Effect.sync(() => DateTime.makeUnsafe(clock.currentTimeMillisUnsafe())) })
    )
    return Context.make(Stores, stores).pipe(
      Context.add(AccountTransfer, MemoryAccountTransfer.make(state, accounts)),
      Context.add(Directory, MemoryDirectory.make(state)),
      Context.add(Retention, MemoryRetention.make(state))
    )
  })
)
