/**
 * The append-only record of what happened, in the same store as what it happened to.
 *
 * Every entry belongs to a hash chain, one per account and a few for what no account can be named for, so writers wait
 * only for writers of the same chain. Changing, removing or reordering entries breaks the chain and is found by
 * `AuditTrail.verify`. Entries that describe a mutation are recorded by the mutation itself (`IdentityStore`).
 */
import { Context } from "effect"
import type { DateTime, Effect, Option } from "effect"
import type { AccountId } from "../domain/model/Account.ts"
import type { AuditAction, AuditEvent, StoredEntry } from "../domain/model/Audit.ts"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"
import type { Part } from "../domain/model/Page.ts"

export interface AuditQuery {
  /** At least 1. */
  readonly limit: number
  readonly after: Option.Option<string>
  readonly accountId: Option.Option<AccountId>
  readonly action: Option.Option<AuditAction>
  /** Only entries at or after this instant. */
  readonly since: Option.Option<DateTime.Utc>
}

/** The last place of a chain, as the store keeps it for the next writer. */
export interface ChainHead {
  readonly chain: string
  readonly sequence: number
  readonly hash: string
}

/** What there is of a chain, read from one state of the store. */
export interface ChainState {
  readonly chain: string
  /** `None` if the chain has entries but no end, which only tampering leaves behind. */
  readonly head: Option.Option<ChainHead>
  /**
   * What the chain goes on from: the last entry that was forgotten, or what comes before the first one. Known where the
   * end is.
   */
  readonly start: Pick<ChainHead, "hash" | "sequence">
  /** The least and the greatest sequence among its entries; `None` if it has none. Imprecise beyond 2 to the 53rd. */
  readonly span: Option.Option<{ readonly first: number; readonly last: number }>
}

export class AuditLog extends Context.Service<AuditLog, {
  /** Records an event that changed nothing else. */
  readonly append: (event: AuditEvent) => Effect.Effect<void, StoreUnavailable>

  /**
   * Entries by id, newest first, from an id on; also those that are no event any more. `since` ends the list where
   * entries have been a day older for a while: ids sort by time, but each by the clock of its node.
   */
  readonly list: (query: AuditQuery) => Effect.Effect<Part<StoredEntry, string>, StoreUnavailable>

  /** Every chain that has an end or entries, by name, from a name on. Fewer than `limit` means that none is left. */
  readonly chains: (input: {
    readonly limit: number
    readonly after: Option.Option<string>
  }) => Effect.Effect<ReadonlyArray<ChainState>, StoreUnavailable>

  /** One chain's entries by sequence, beginning after `afterSequence`. */
  readonly chain: (input: {
    readonly chain: string
    readonly afterSequence: number
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<StoredEntry>, StoreUnavailable>

  /**
   * Forgets up to `limit` entries that are older, from the beginning of each chain and in its order; answers how many.
   * What is left verifies as before. A store may refuse to forget what is not old enough to it. Others wait for none of
   * that but the writers of the same chains.
   */
  readonly forget: (input: {
    readonly before: DateTime.Utc
    readonly limit: number
  }) => Effect.Effect<number, StoreUnavailable>

  /** Lower-case hexadecimal SHA-256 of a text in UTF-8, the digest that links the chains. */
  readonly digest: (text: string) => string
}>()("identityd/ports/AuditLog") {}
