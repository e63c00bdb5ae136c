/**
 * The clock of the machine that keeps the data. All nodes read the same one, so it can decide for all of them.
 */
import { Context } from "effect"
import type { DateTime, Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

export class StoreClock extends Context.Service<StoreClock, {
  /**
   * The store's time at some moment between the start and the end of the call, truncated to the millisecond. Never the
   * result of an earlier call, and never the clock in the caller's context.
   */
  readonly read: Effect.Effect<DateTime.Utc, StoreUnavailable>
}>()("identityd/ports/StoreClock") {}
