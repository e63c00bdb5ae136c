/**
 * Assigns work that only one node should do at a time.
 *
 * A lease is a record with an end, not a lock: if a node dies, its lease expires, and nothing waits for it.
 */
import { Context } from "effect"
import type { DateTime, Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

export class Leases extends Context.Service<Leases, {
  /**
   * Takes a lease that nobody holds at `now`, or extends the holder's own. Returns whether the caller holds it until
   * `until`. If many try at the same time, at most one gets it.
   */
  readonly acquire: (input: {
    readonly name: string
    readonly holder: string
    readonly now: DateTime.Utc
    readonly until: DateTime.Utc
  }) => Effect.Effect<boolean, StoreUnavailable>

  /** Gives a lease back, if the caller holds it. */
  readonly release: (input: { readonly name: string; readonly holder: string }) => Effect.Effect<void, StoreUnavailable>
}>()("identityd/ports/Leases") {}
