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
import type { AuditAction, AuditEntry, AuditEntryId, AuditEvent } from "../domain/model/Audit.ts"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

export interface AuditQuery {
  /** At least 1. */
  readonly limit: number
  readonly after: Option.Option<AuditEntryId>
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

/** An entry as a part of its chain. */
export interface ChainLink {
  readonly sequence: number
  readonly hash: string
  /** `None` if what is stored is no event any more, which only tampering explains. */
  readonly event: Option.Option<AuditEvent>
}

export class AuditLog extends Context.Service<AuditLog, {
  /** Records an event that changed nothing else. */
  readonly append: (event: AuditEvent) => Effect.Effect<void, StoreUnavailable>

  /** Entries by id, newest first, from a position on. */
  readonly list: (query: AuditQuery) => Effect.Effect<ReadonlyArray<AuditEntry>, StoreUnavailable>

  /** Chain heads by name, from a name on. */
  readonly heads: (input: {
    readonly limit: number
    readonly after: Option.Option<string>
  }) => Effect.Effect<ReadonlyArray<ChainHead>, StoreUnavailable>

  /** One chain's entries by sequence, beginning after `afterSequence`. */
  readonly chain: (input: {
    readonly chain: string
    readonly afterSequence: number
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<ChainLink>, StoreUnavailable>

  /** Lower-case hexadecimal SHA-256 of a text in UTF-8, the digest that links the chains. */
  readonly digest: (text: string) => string

  /** Names of chains that have entries but no head, which only tampering leaves behind. At most `limit`. */
  readonly headless: (input: { readonly limit: number }) => Effect.Effect<ReadonlyArray<string>, StoreUnavailable>
}>()("identity/ports/AuditLog") {}
