/**
 * The clock of the machine that keeps the data. Every node asks the same one, so it can decide for all of them.
 */
import { Context } from "effect"
import type { DateTime, Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

export class StoreClock extends Context.Service<StoreClock, {
  /**
   * What the store's clock shows at some moment between the start and the end of the call, cut to the millisecond.
   * Never a moment of an earlier call, and never the clock that the caller has in its context.
   */
  readonly read: Effect.Effect<DateTime.Utc, StoreUnavailable>
}>()("identityd/ports/StoreClock") {}
