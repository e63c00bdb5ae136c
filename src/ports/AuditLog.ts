/**
 * The append-only record of events, in the same store as the data that they changed.
 *
 * Every entry belongs to a hash chain. There is one for each account, and a few for events without a known account, so
 * writers wait only for writers of the same chain. `AuditReview.verify` finds entries that were changed, removed or
 * reordered, because that breaks the chain. Entries that describe a mutation are recorded by the mutation itself
 * (`audit` of a `Commit`).
 */
import { Context } from "effect"
import type { Effect } from "effect"
import type { AuditEvent, StoredEntry } from "../domain/model/Audit.ts"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

/** The end of a chain, as the store keeps it for the next writer. */
export interface ChainHead {
  readonly chain: string
  readonly sequence: number
  readonly hash: string
}

/** What to read of a chain: at most `limit` entries after a place. */
export interface ChainPart {
  readonly chain: string
  readonly afterSequence: number
  readonly limit: number
}

export class AuditLog extends Context.Service<AuditLog, {
  /** Records an event that changed nothing else. */
  readonly append: (event: AuditEvent) => Effect.Effect<void, StoreUnavailable>

  /** Entries of some chains, one chain after the other, each in the order of its sequence. */
  readonly chains: (parts: ReadonlyArray<ChainPart>) => Effect.Effect<ReadonlyArray<StoredEntry>, StoreUnavailable>

  /** Lower-case hexadecimal SHA-256 of a text in UTF-8, the digest that links the chains. */
  readonly digest: (text: string) => string
}>()("identityd/ports/AuditLog") {}
