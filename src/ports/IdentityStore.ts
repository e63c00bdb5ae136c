/**
 * Durable accounts and sessions.
 *
 * Every operation is atomic and linearizable: it happens wholly or not at all, and whoever starts an operation after
 * another was answered sees its effect, on every node. Ids, instants and keys are the caller's; the store makes none.
 * Lookups answer `Option`, because absence means something different to each caller.
 *
 * `StoreUnavailable` says that the store could not be reached or did not answer in time. A write that failed with it
 * may still have happened. Any other failure of the infrastructure is a defect.
 */
import { Context } from "effect"
import type { DateTime, Effect, Option } from "effect"
import type { Account, AccountId, AccountStatus, DisplayName } from "../domain/model/Account.ts"
import type { Email, EmailKey } from "../domain/model/Email.ts"
import type {
  AccountNotFound,
  EmailAlreadyExists,
  StoreUnavailable,
  VersionConflict
} from "../domain/model/IdentityErrors.ts"
import type { PasswordHash } from "../domain/model/Password.ts"
import type { Session, SessionId } from "../domain/model/Session.ts"

export interface AccountWithPassword {
  readonly account: Account
  readonly passwordHash: PasswordHash
}

export interface SessionWithAccount {
  readonly session: Session
  readonly account: Account
}

/** A conditional change of one account. Fields left out stay as they are. */
export interface AccountUpdate {
  readonly id: AccountId
  readonly expectedVersion: number
  readonly updatedAt: DateTime.Utc
  readonly email?: Email
  readonly displayName?: DisplayName
  readonly status?: AccountStatus
  /** Ends every session of the account in the same step. */
  readonly endSessions: boolean
}

export interface UpdatedAccount {
  readonly account: Account
  /** How many live sessions the update ended. */
  readonly sessionsEnded: number
}

/** The place of an account in both of the orders in which accounts are listed. */
export interface AccountPosition {
  readonly id: AccountId
  readonly emailKey: EmailKey
}

export interface AccountQuery {
  /** At least 1. */
  readonly limit: number
  readonly after: Option.Option<AccountPosition>
  /** A canonical prefix of email keys. With one, accounts come by email key; without, by id, hence by creation. */
  readonly emailPrefix: Option.Option<string>
  readonly status: Option.Option<AccountStatus>
}

/** The place of a session in the list of its account's sessions. */
export interface SessionPosition {
  readonly createdAt: DateTime.Utc
  readonly id: SessionId
}

export interface SessionQuery {
  readonly accountId: AccountId
  readonly now: DateTime.Utc
  /** At least 1. */
  readonly limit: number
  readonly after: Option.Option<SessionPosition>
}

export class IdentityStore extends Context.Service<IdentityStore, {
  /**
   * Saves an account and claims its email. Fails with `EmailAlreadyExists` if any account holds the same email key,
   * also when several inserts race: exactly one of them wins.
   */
  readonly insertAccount: (input: AccountWithPassword) => Effect.Effect<void, EmailAlreadyExists | StoreUnavailable>

  readonly findAccount: (id: AccountId) => Effect.Effect<Option.Option<Account>, StoreUnavailable>

  readonly findAccountByEmail: (
    key: EmailKey
  ) => Effect.Effect<Option.Option<AccountWithPassword>, StoreUnavailable>

  /**
   * Changes an account and adds 1 to its version, if its version is still the expected one. A new email moves the
   * claim in the same step, so the old email is free at once; `EmailAlreadyExists` leaves everything as it was.
   * Answers the account as it now is. Sessions count as live by `updatedAt`.
   */
  readonly updateAccount: (
    update: AccountUpdate
  ) => Effect.Effect<UpdatedAccount, AccountNotFound | VersionConflict | EmailAlreadyExists | StoreUnavailable>

  /**
   * Puts a hash of the same password in another's place, if `from` is still stored. Not a change of the account: its
   * version stays. Does nothing otherwise.
   */
  readonly replacePasswordHash: (input: {
    readonly accountId: AccountId
    readonly from: PasswordHash
    readonly to: PasswordHash
  }) => Effect.Effect<void, StoreUnavailable>

  /** A page of accounts. No account is skipped or repeated by following positions while others are inserted. */
  readonly listAccounts: (query: AccountQuery) => Effect.Effect<ReadonlyArray<Account>, StoreUnavailable>

  /**
   * Saves a session if its account exists, is active and is still in the session's epoch; answers whether it did.
   * A session saved while all sessions of the account are being ended belongs to the old epoch: it is dead.
   */
  readonly insertSession: (session: Session) => Effect.Effect<boolean, StoreUnavailable>

  /**
   * The session with its account, read together from one state of the store. Sessions that are over may still be
   * found; whether one may be used is for the caller to decide.
   */
  readonly findSession: (id: SessionId) => Effect.Effect<Option.Option<SessionWithAccount>, StoreUnavailable>

  /**
   * The account's sessions of its current epoch that expire after `now`, newest first (by creation, then id, both
   * descending). None for an account that is absent or disabled.
   */
  readonly listSessions: (query: SessionQuery) => Effect.Effect<ReadonlyArray<Session>, StoreUnavailable>

  /**
   * Ends one session of the account. Answers whether it was one that `listSessions` would have shown, so ending it
   * again answers `false`; another account's session is left alone.
   */
  readonly endSession: (input: {
    readonly accountId: AccountId
    readonly id: SessionId
    readonly now: DateTime.Utc
  }) => Effect.Effect<boolean, StoreUnavailable>

  /**
   * Ends every session of the account and no other's, by adding 1 to its session epoch; a sign-in that read the old
   * epoch can't survive it. Answers how many live sessions that ended. The account's version stays.
   */
  readonly endAllSessions: (input: {
    readonly accountId: AccountId
    readonly now: DateTime.Utc
  }) => Effect.Effect<number, AccountNotFound | StoreUnavailable>

  /**
   * Forgets up to `limit` sessions that are over: expired at `now`, of an epoch that has passed, or of an account that
   * is gone. Answers how many; fewer than `limit` means that none is left. Live sessions are never touched.
   */
  readonly pruneSessions: (input: {
    readonly now: DateTime.Utc
    readonly limit: number
  }) => Effect.Effect<number, StoreUnavailable>
}>()("identity/ports/IdentityStore") {}
