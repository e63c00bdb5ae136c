/**
 * Which node does a piece of work that only one should do at a time.
 *
 * A lease is a row with an end, not a lock: a node that dies loses it by time, and nothing waits for it.
 */
import { Context } from "effect"
import type { DateTime, Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

export class Leases extends Context.Service<Leases, {
  /**
   * Takes a lease that nobody holds at `now`, or prolongs the holder's own; answers whether the caller holds it until
   * `until`. Of many that try at the same time at most one does.
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
