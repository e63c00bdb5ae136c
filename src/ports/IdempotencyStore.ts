/**
 * Which idempotent requests are running or done.
 *
 * A request claims its key, takes effect, and completes the claim in the same step as its effect (`request` of a
 * `Commit`), so a crash in between leaves either nothing or both. A claim that is not completed lapses at
 * `claimedUntil` and may be taken over, and so may one at once whose owner is known to have been abandoned. Its former
 * owner can then no longer take effect, not even by a statement that was under way.
 */
import { Context } from "effect"
import type { DateTime, Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

/** What became of an attempt to claim a key. */
export type RequestClaim =
  | { readonly _tag: "Claimed" }
  | { readonly _tag: "Running" }
  | { readonly _tag: "Done"; readonly fingerprint: string; readonly answer: string }

export class IdempotencyStore extends Context.Service<IdempotencyStore, {
  /** Of many claims of one key at the same time exactly one succeeds. A record past `expiresAt` counts as none. */
  readonly claim: (input: {
    readonly key: string
    readonly owner: string
    /** Owners of earlier claims of this key that were given up although the store did not hear of it. */
    readonly abandoned?: ReadonlyArray<string>
    readonly fingerprint: string
    readonly now: DateTime.Utc
    readonly claimedUntil: DateTime.Utc
    readonly expiresAt: DateTime.Utc
  }) => Effect.Effect<RequestClaim, StoreUnavailable>

  /** Gives up a claim that did not take effect, if it is still the owner's and not completed. */
  readonly release: (input: { readonly key: string; readonly owner: string }) => Effect.Effect<void, StoreUnavailable>
}>()("identityd/ports/IdempotencyStore") {}
