/**
 * How what is over goes, so that a store does not grow for ever.
 *
 * Nobody can tell what is over from what is gone, but for old entries of the audit log. So a store in which records
 * expire by themselves does nothing here.
 */
import { Context } from "effect"
import type { DateTime, Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

/**
 * What there is to forget, as of an instant:
 *
 * - `sessions`: expired by then, of an epoch that has passed, or of an account that is gone; never live ones.
 * - `idempotencyKeys`: records that expired by then.
 * - `guessBudgets`: budgets of which nothing was left to remember an hour before, and perhaps later ones.
 * - `auditEntries`: those that are older, from the beginning of each chain and in its order. What is left verifies as
 *   before. A store may refuse to forget what is not old enough to it. Others wait for none of that but the writers of
 *   the same chains.
 */
export type Prunable = "guessBudgets" | "auditEntries" | "idempotencyKeys" | "sessions"

export interface Pruning {
  readonly asOf: DateTime.Utc
  readonly limit: number
}

export class Retention extends Context.Service<Retention, {
  /**
   * Forgets up to `limit` records of a kind that are over; answers how many. Fewer than `limit` means that none is
   * left, or that the store does so by itself. Several nodes may do so at the same time.
   */
  readonly prune: (kind: Prunable, pruning: Pruning) => Effect.Effect<number, StoreUnavailable>
}>()("identityd/ports/Retention") {}
