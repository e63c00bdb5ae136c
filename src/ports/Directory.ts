/**
 * Operators' searches among all accounts, sessions, mails, API keys and the whole audit log.
 *
 * No decision about an account or a session depends on it. So it may lag behind the stores, as far as the operator
 * accepts. A store may also have no directory: then there are no lists, and everything else works. A store with a
 * directory also counts exactly how many sessions it ends.
 *
 * Each operation reads a bounded number of records in one step, so no list is too long for it (`Part`).
 */
import { Context } from "effect"
import type { DateTime, Effect, Option } from "effect"
import type { Account, AccountId, AccountStatus } from "../domain/model/Account.ts"
import type { ApiKey, ApiKeyId } from "../domain/model/ApiKey.ts"
import type { AuditAction, StoredEntry } from "../domain/model/Audit.ts"
import type { EmailKey } from "../domain/model/Email.ts"
import type { FactorId } from "../domain/model/Factor.ts"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"
import type { Mail, MailId, MailStatus } from "../domain/model/Mail.ts"
import type { Part } from "../domain/model/Page.ts"
import type { SessionFilter, SessionId } from "../domain/model/Session.ts"
import type { ChainHead } from "./AuditLog.ts"
import type { StoredFactor } from "./FactorStore.ts"
import type { SessionPosition } from "./SessionStore.ts"

/** The position of an account in both of the orders in which accounts are listed. */
export interface AccountPosition {
  /** Milliseconds since 1970, with the fraction that the store knows. */
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
  readonly verified: Option.Option<boolean>
  /** Only accounts created before this instant to which nobody has signed in since, as far as the audit log says. */
  readonly lastSignInBefore: Option.Option<DateTime.Utc>
}

/** The position of a session among those of all accounts. */
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

export interface MailQuery {
  /** At least 1. */
  readonly limit: number
  readonly after: Option.Option<MailId>
  readonly accountId: Option.Option<AccountId>
  readonly status: Option.Option<MailStatus>
}

export interface ApiKeyQuery {
  /** At least 1. */
  readonly limit: number
  readonly after: Option.Option<ApiKeyId>
}

/** The mails that wait and are still of use. */
export interface MailBacklog {
  /** How many there are, or at least 10,000. */
  readonly waiting: number
  /** When the oldest of them was queued. */
  readonly oldest: Option.Option<DateTime.Utc>
}

/** What exists of a chain, all read from one state of the store. */
export interface ChainState {
  readonly chain: string
  /** `None` if the chain has entries but no recorded end, which only tampering explains. */
  readonly head: Option.Option<ChainHead>
  /**
   * Where the remaining chain starts: at the last entry that was deleted, or before the first entry. It is stored
   * together with the end.
   */
  readonly start: Pick<ChainHead, "hash" | "sequence">
  /** The lowest and the highest sequence of its entries; `None` if it has none. Imprecise beyond 2 to the 53rd. */
  readonly span: Option.Option<{ readonly first: number; readonly last: number }>
}

/** How many live challenges need a signing key, and when the last of them expires. */
export interface ChallengeKey {
  readonly key: string
  readonly challenges: number
  readonly until: DateTime.Utc
}

/** Kinds of records, as metrics name them. */
export type RecordKind =
  | "account"
  | "attempt-budget"
  | "audit-entry"
  | "challenge"
  | "idempotency-key"
  | "mail"
  | "session"

export interface SealedQuery {
  /** The key whose secrets are left out. */
  readonly notBy: string
  readonly after: Option.Option<FactorId>
  readonly limit: number
}

export class Directory extends Context.Service<Directory, {
  /**
   * A part of the list of accounts. While others are inserted, following the positions neither skips nor repeats an
   * account.
   */
  readonly listAccounts: (query: AccountQuery) => Effect.Effect<Part<Account, AccountPosition>, StoreUnavailable>

  /**
   * The live sessions that a filter matches, by account, oldest first. An account with many sessions is in several
   * parts, each with different ones.
   */
  readonly findSessions: (search: SessionSearch) => Effect.Effect<Part<FoundSessions, SessionPlace>, StoreUnavailable>

  /**
   * Entries of the audit log by id, newest first, starting at an id; unreadable ones included. With `since`, the list
   * ends once a run of entries has been more than a day older: ids sort by time, but each by the clock of its node.
   */
  readonly listEntries: (query: AuditQuery) => Effect.Effect<Part<StoredEntry, string>, StoreUnavailable>

  /**
   * Every chain that has an end or entries, by name, starting after a name. Fewer than `limit` means that none is left.
   */
  readonly listChains: (query: {
    readonly limit: number
    readonly after: Option.Option<string>
  }) => Effect.Effect<ReadonlyArray<ChainState>, StoreUnavailable>

  /** Mails by id, newest first, starting after an id. */
  readonly listMails: (query: MailQuery) => Effect.Effect<Part<Mail, MailId>, StoreUnavailable>

  /** API keys by creation, expired ones included, starting after an id. */
  readonly listApiKeys: (query: ApiKeyQuery) => Effect.Effect<Part<ApiKey, ApiKeyId>, StoreUnavailable>

  /** The signing keys that the secrets of live challenges are derived from, as far as that is known. */
  readonly challengeKeys: (now: DateTime.Utc) => Effect.Effect<ReadonlyArray<ChallengeKey>, StoreUnavailable>

  /** A domain that a passkey belongs to and that isn't this one. */
  readonly otherRelyingParty: (rpId: string) => Effect.Effect<Option.Option<string>, StoreUnavailable>

  /** The ids of the keys with which something is sealed. */
  readonly sealingKeys: Effect.Effect<ReadonlyArray<string>, StoreUnavailable>

  /** Factors whose seed another key has sealed, by id, starting after an id. Fewer than `limit`: none is left. */
  readonly listSealed: (query: SealedQuery) => Effect.Effect<ReadonlyArray<StoredFactor>, StoreUnavailable>

  readonly mailBacklog: (now: DateTime.Utc) => Effect.Effect<MailBacklog, StoreUnavailable>

  /**
   * Estimates the number of records of each kind, including expired ones that haven't been deleted yet. The cost
   * doesn't depend on the number, so nothing is counted: the store returns its latest statistics.
   */
  readonly estimate: Effect.Effect<Readonly<Record<RecordKind, number>>, StoreUnavailable>
}>()("identityd/ports/Directory") {}
