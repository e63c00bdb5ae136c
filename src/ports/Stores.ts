/**
 * All stores of one adapter.
 *
 * A mutation of one store writes to the others in the same step (`Commit`), so stores of two adapters can't work
 * together. Services therefore require all of them at once, and only an adapter can provide that.
 */
import { Context, Layer } from "effect"
import type { AccountStore } from "./AccountStore.ts"
import type { ApiKeyStore } from "./ApiKeyStore.ts"
import type { AuditLog } from "./AuditLog.ts"
import type { ChallengeStore } from "./ChallengeStore.ts"
import type { FactorStore } from "./FactorStore.ts"
import type { GuessBudgets } from "./GuessBudgets.ts"
import type { IdempotencyStore } from "./IdempotencyStore.ts"
import type { Leases } from "./Leases.ts"
import type { Outbox } from "./Outbox.ts"
import type { SessionStore } from "./SessionStore.ts"
import type { StoreClock } from "./StoreClock.ts"

/** The stores that every adapter provides. A `Directory` and a `Retention` are optional and provided separately. */
export type Store =
  | AccountStore
  | ApiKeyStore
  | AuditLog
  | ChallengeStore
  | FactorStore
  | GuessBudgets
  | IdempotencyStore
  | Leases
  | Outbox
  | SessionStore
  | StoreClock

export class Stores extends Context.Service<Stores, Context.Context<Store>>()("identityd/ports/Stores") {
  /** Provides each store separately, for callers that need only one. */
  static readonly each: Layer.Layer<Store, never, Stores> = Layer.effectContext(Stores)
}
