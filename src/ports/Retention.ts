/**
 * Deletes records that are no longer needed, so that a store doesn't grow for ever.
 *
 * Except for old audit entries, no operation of the stores shows whether such a record is still there. So a store whose
 * records expire by themselves has nothing to prune.
 *
 * It also ends the challenges of a leaked key, which only this port can find without knowing their ids.
 */
import { Context } from "effect"
import type { DateTime, Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"
import type { UnconditionalCommit } from "./Commit.ts"

/**
 * The kinds of records that can be deleted, as of an instant:
 *
 * - `sessions`: sessions that have expired, have an earlier epoch than their account, or have lost their account; never
 *   live ones.
 * - `idempotencyKeys`: records that have expired.
 * - `guessBudgets`: budgets that have had nothing left to remember for an hour, and perhaps later ones.
 * - `auditEntries`: older entries, from the beginning of each chain and in its order. The remaining entries verify as
 *   before. A store may refuse to delete entries that it considers too young. Only writers of the same chains wait for
 *   it.
 * - `challenges`: challenges that have expired.
 * - `mails`: mails that have stopped waiting.
 */
export type Prunable = "guessBudgets" | "auditEntries" | "challenges" | "idempotencyKeys" | "mails" | "sessions"

export interface Pruning {
  readonly asOf: DateTime.Utc
  readonly limit: number
}

export class Retention extends Context.Service<Retention, {
  /**
   * Deletes up to `limit` records of a kind and returns how many it deleted. Fewer than `limit` means that none is
   * left, or that the store deletes them by itself. Several nodes may call it at the same time.
   */
  readonly prune: (kind: Prunable, pruning: Pruning) => Effect.Effect<number, StoreUnavailable>

  /** Ends the challenges whose secrets are derived from a signing key. Returns how many; records nothing if none. */
  readonly endChallengesOf: (input: {
    readonly key: string
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<number, StoreUnavailable>
}>()("identityd/ports/Retention") {}
