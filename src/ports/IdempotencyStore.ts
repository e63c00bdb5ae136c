/**
 * Records which idempotent requests are running or done.
 *
 * A request claims its key, takes effect, and completes the claim in the same step as its effect (`request` of a
 * `Commit`). A crash in between leaves either nothing or both. Another request may take over a claim that isn't
 * completed by `claimedUntil`, and may take over at once if the claim's owner is known to have abandoned it. The former
 * owner can then no longer take effect, not even by a statement that is already running.
 */
import { Context } from "effect"
import type { DateTime, Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

/** The outcome of a claim. */
export type RequestClaim =
  | { readonly _tag: "Claimed" }
  | { readonly _tag: "Running" }
  | { readonly _tag: "Done"; readonly fingerprint: string; readonly answer: string }

export class IdempotencyStore extends Context.Service<IdempotencyStore, {
  /**
   * Claims a key. If many requests claim it at the same time, exactly one succeeds. A record past `expiresAt` counts as
   * absent.
   */
  readonly claim: (input: {
    readonly key: string
    readonly owner: string
    /** Owners of earlier claims of this key that were abandoned without reaching the store. */
    readonly abandoned?: ReadonlyArray<string>
    readonly fingerprint: string
    readonly now: DateTime.Utc
    readonly claimedUntil: DateTime.Utc
    readonly expiresAt: DateTime.Utc
  }) => Effect.Effect<RequestClaim, StoreUnavailable>

  /** Releases a claim that did not take effect, if it is still the owner's and not completed. */
  readonly release: (input: { readonly key: string; readonly owner: string }) => Effect.Effect<void, StoreUnavailable>
}>()("identityd/ports/IdempotencyStore") {}
