/**
 * What operators look for among all accounts, all sessions and the whole audit log.
 *
 * Nothing that is decided for somebody depends on it. So it may lag behind the stores, by as much as whoever runs it
 * accepts, and a store may have none: then there are no lists, and everything else works. Where there is one, the
 * stores also count exactly what they end.
 *
 * Each operation reads a bounded number of records in one step, so that nothing is too large for it (`Part`).
 */
import { Context } from "effect"
import type { DateTime, Effect, Option } from "effect"
import type { Account, AccountId, AccountStatus } from "../domain/model/Account.ts"
import type { AuditAction, StoredEntry } from "../domain/model/Audit.ts"
import type { EmailKey } from "../domain/model/Email.ts"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"
import type { Part } from "../domain/model/Page.ts"
import type { SessionFilter, SessionId } from "../domain/model/Session.ts"
import type { ChainHead } from "./AuditLog.ts"
import type { SessionPosition } from "./SessionStore.ts"

/** The place of an account in both of the orders in which accounts are listed. */
export interface AccountPosition {
  /** Milliseconds since 1970, and what the store knows below one. */
  readonly createdAt: number
  readonly id: AccountId
  readonly emailKey: EmailKey
}

export interface AccountQuery {
  /** At least 1. */
  readonly limit: number
  readonly after: Option.Option<AccountPosition>
  /** Only accounts created at or after this instant. */
  readonly createdSince: Option.Option<DateTime.Utc>
  /** Only accounts created before this instant. */
  readonly createdBefore: Option.Option<DateTime.Utc>
  /** A canonical prefix of email keys. With one, accounts come by email key; without, by creation, then id. */
  readonly emailPrefix: Option.Option<string>
  readonly status: Option.Option<AccountStatus>
}

/** The place of a session among those of all accounts. */
export interface SessionPlace extends SessionPosition {
  readonly accountId: AccountId
  readonly epoch: number
}

export interface SessionSearch {
  readonly filter: SessionFilter
  /** Only sessions of this account. */
  readonly accountId: Option.Option<AccountId>
  readonly now: DateTime.Utc
  readonly after: Option.Option<SessionPlace>
}

/** Sessions of one account. */
export interface FoundSessions {
  readonly accountId: AccountId
  readonly ids: ReadonlyArray<SessionId>
}

export interface AuditQuery {
  /** At least 1. */
  readonly limit: number
  readonly after: Option.Option<string>
  readonly accountId: Option.Option<AccountId>
  readonly action: Option.Option<AuditAction>
  /** Only entries at or after this instant. */
  readonly since: Option.Option<DateTime.Utc>
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

/** Records as metrics name them. */
export type RecordKind = "account" | "attempt-budget" | "audit-entry" | "idempotency-key" | "session"

export class Directory extends Context.Service<Directory, {
  /** A page of accounts. No account is skipped or repeated by following positions while others are inserted. */
  readonly listAccounts: (query: AccountQuery) => Effect.Effect<Part<Account, AccountPosition>, StoreUnavailable>

  /**
   * The live sessions that a filter matches, by account, oldest first. An account of many sessions is in several parts,
   * each with others of them.
   */
  readonly findSessions: (search: SessionSearch) => Effect.Effect<Part<FoundSessions, SessionPlace>, StoreUnavailable>

  /**
   * Entries of the audit log by id, newest first, from an id on; also those that are no event any more. `since` ends
   * the list where entries have been a day older for a while: ids sort by time, but each by the clock of its node.
   */
  readonly listEntries: (query: AuditQuery) => Effect.Effect<Part<StoredEntry, string>, StoreUnavailable>

  /** Every chain that has an end or entries, by name, from a name on. Fewer than `limit` means that none is left. */
  readonly listChains: (query: {
    readonly limit: number
    readonly after: Option.Option<string>
  }) => Effect.Effect<ReadonlyArray<ChainState>, StoreUnavailable>

  /**
   * About how many records of each kind there are, those included that are over and not forgotten yet. Costs the same
   * however many there are, so nothing is counted: the store answers what it last knew.
   */
  readonly estimate: Effect.Effect<Readonly<Record<RecordKind, number>>, StoreUnavailable>
}>()("identityd/ports/Directory") {}
