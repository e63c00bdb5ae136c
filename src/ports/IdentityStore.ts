/**
 * Durable accounts and sessions.
 *
 * Every operation is atomic and linearizable: it happens wholly or not at all, and whoever starts an operation after
 * another was answered sees its effect, on every node. Ids, instants and keys are the caller's; the store makes none.
 * A mutation takes a `Commit` and carries it out in the same step, if it happened.
 * Lookups answer `Option`, because absence means something different to each caller. Lists and endings of many sessions
 * read a bounded number of rows in one step, so that no table is too large for them (`Part`), and count up to
 * `SESSIONS_COUNTED_MAX`.
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
  PreconditionFailed,
  RequestInProgress,
  StoreUnavailable
} from "../domain/model/IdentityErrors.ts"
import type { Part } from "../domain/model/Page.ts"
import type { PasswordHash } from "../domain/model/Password.ts"
import type { Session, SessionFilter, SessionId } from "../domain/model/Session.ts"
import type { SuccessesUsedUp } from "./AttemptThrottle.ts"
import type { Commit, UnconditionalCommit } from "./Commit.ts"

export interface AccountWithPassword {
  readonly account: Account
  readonly passwordHash: PasswordHash
  /** The `updatedAt` of the update that last set a password; none if the password is the first one. */
  readonly passwordChangedAt: DateTime.Utc | undefined
}

export interface SessionWithAccount {
  readonly session: Session
  readonly account: Account
}

/**
 * What must be so of an account at the moment in which a change of it takes effect. A change waits for what it depends
 * on and for nothing else, so that nobody can hold it up by changing the rest.
 */
export type AccountPrecondition =
  /** Nothing but that the account exists. */
  | { readonly _tag: "Exists" }
  | { readonly _tag: "Version"; readonly version: number }
  | { readonly _tag: "Status"; readonly status: AccountStatus }
  /** The account is active, and its password is still stored as the hash that its holder confirmed. */
  | { readonly _tag: "Confirmed"; readonly passwordHash: PasswordHash }
  /** `Confirmed` and `Version` together. */
  | { readonly _tag: "ConfirmedVersion"; readonly passwordHash: PasswordHash; readonly version: number }

/** A conditional change of one account. Fields left out stay as they are. */
export interface AccountUpdate {
  readonly id: AccountId
  readonly precondition: AccountPrecondition
  readonly updatedAt: DateTime.Utc
  readonly email?: Email
  readonly displayName?: DisplayName
  readonly status?: AccountStatus
  readonly passwordHash?: PasswordHash
  /** Ends every session of the account in the same step. */
  readonly endSessions: boolean
  /** The one live session that goes on when the others end. */
  readonly keepSession?: SessionId
  /** A session to start in the same step, in the epoch that the change leaves, whatever its own says. */
  readonly startSession?: SessionStart
  readonly commit: UnconditionalCommit
}

export interface SessionStart {
  readonly session: Session
  readonly commit: UnconditionalCommit
}

export interface SessionInsertion extends SessionStart {
  readonly commit: Commit
}

export interface ChangedAccount {
  readonly account: Account
  /** How many live sessions the change ended. */
  readonly sessionsEnded: number
}

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

/** The place of a session in the list of its account's sessions. */
export interface SessionPosition {
  /** Milliseconds since 1970, and what the store knows below one. */
  readonly createdAt: number
  readonly id: SessionId
}

/** The place of a session among those of all accounts. */
export interface SessionPlace extends SessionPosition {
  readonly accountId: AccountId
  readonly epoch: number
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
  readonly insertAccount: (
    input: Omit<AccountWithPassword, "passwordChangedAt"> & {
      readonly commit: Omit<Commit, "attempt">
    }
  ) => Effect.Effect<void, EmailAlreadyExists | RequestInProgress | StoreUnavailable>

  readonly findAccount: (id: AccountId) => Effect.Effect<Option.Option<Account>, StoreUnavailable>

  readonly findAccountByEmail: (
    key: EmailKey
  ) => Effect.Effect<Option.Option<AccountWithPassword>, StoreUnavailable>

  readonly findAccountWithPassword: (
    id: AccountId
  ) => Effect.Effect<Option.Option<AccountWithPassword>, StoreUnavailable>

  /**
   * Changes an account and adds 1 to its version, if the precondition holds; `PreconditionFailed` leaves everything as
   * it was. A new email moves the claim in the same step, so the old email is free at once; `EmailAlreadyExists` leaves
   * everything as it was, too. Answers the account as it now is. Liveness of sessions is judged at `updatedAt`. The
   * kept session isn't counted. A session that was already dead stays dead, even if it is the one to keep. An account
   * that is disabled starts no session: asked to, it fails the precondition.
   *
   * Changes of one account take effect one after the other, each on what the last one left.
   */
  readonly updateAccount: (
    update: AccountUpdate
  ) => Effect.Effect<ChangedAccount, AccountNotFound | PreconditionFailed | EmailAlreadyExists | StoreUnavailable>

  /**
   * Removes an account with its email claim and password, if the precondition holds. Its sessions are dead with it:
   * answers how many were live at `now`, and the account as it was in the end. Audit entries stay.
   */
  readonly deleteAccount: (input: {
    readonly id: AccountId
    readonly precondition: AccountPrecondition
    readonly now: DateTime.Utc
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<ChangedAccount, AccountNotFound | PreconditionFailed | StoreUnavailable>

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
  readonly listAccounts: (query: AccountQuery) => Effect.Effect<Part<Account, AccountPosition>, StoreUnavailable>

  /**
   * Saves a session if its account exists, is active and is still in the session's epoch. Answers how many live
   * sessions the account then has, as far as this step could see, or `None` if it saved nothing. A session saved while
   * all sessions of the account are being ended belongs to the old epoch: it is dead.
   */
  readonly insertSession: (
    input: SessionInsertion
  ) => Effect.Effect<Option.Option<number>, RequestInProgress | StoreUnavailable | SuccessesUsedUp>

  /**
   * Ends up to `limit` of the account's live sessions that are older than the `keep` newest; answers how many. When
   * sign-ins race, the number may be exceeded until the last of them has called this.
   */
  readonly endOldestSessions: (input: {
    readonly accountId: AccountId
    readonly keep: number
    readonly limit: number
    readonly now: DateTime.Utc
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<number, StoreUnavailable>

  /**
   * The session with its account, read together from one state of the store. Sessions that are over may still be
   * found; whether one may be used is for the caller to decide.
   */
  readonly findSession: (id: SessionId) => Effect.Effect<Option.Option<SessionWithAccount>, StoreUnavailable>

  /**
   * Notes that a session was used and when it now expires, unless a use after `unlessUsedSince` is noted already. Never
   * shortens a session's life and never revives one that was ended. Waits for nobody: a use that meets a change of the
   * same session may go unnoted.
   */
  readonly touchSession: (input: {
    readonly id: SessionId
    readonly lastUsedAt: DateTime.Utc
    readonly expiresAt: DateTime.Utc
    readonly unlessUsedSince: DateTime.Utc
  }) => Effect.Effect<void, StoreUnavailable>

  /**
   * The account's sessions of its current epoch that expire after `now`, newest first (by creation, then id, both
   * descending). None for an account that is absent or disabled.
   */
  readonly listSessions: (query: SessionQuery) => Effect.Effect<Part<Session, SessionPosition>, StoreUnavailable>

  /**
   * Ends one session of the account. Answers whether it was one that `listSessions` would have shown, so ending it
   * again answers `false` and records nothing; another account's session is left alone.
   */
  readonly endSession: (input: {
    readonly accountId: AccountId
    readonly id: SessionId
    readonly now: DateTime.Utc
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<boolean, StoreUnavailable>

  /**
   * Ends every session of the account and no other's, by adding 1 to its session epoch; a sign-in that read the old
   * epoch can't survive it. Answers how many live sessions that ended. The account's version stays.
   */
  readonly endAllSessions: (input: {
    readonly accountId: AccountId
    readonly now: DateTime.Utc
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<number, AccountNotFound | StoreUnavailable>

  /**
   * How many live sessions a filter matches, per account, by account id. An account of many sessions is in several
   * parts, each with another share of them.
   */
  readonly countSessions: (input: {
    readonly filter: SessionFilter
    readonly accountId: Option.Option<AccountId>
    readonly now: DateTime.Utc
    readonly after: Option.Option<SessionPlace>
  }) => Effect.Effect<
    Part<{ readonly accountId: AccountId; readonly count: number }, SessionPlace>,
    StoreUnavailable
  >

  /**
   * Ends live sessions of one account that a filter matches, oldest first, as far as it reads in one step. Answers how
   * many and where to go on, and records it if any.
   */
  readonly endMatchingSessions: (input: {
    readonly accountId: AccountId
    readonly filter: SessionFilter
    readonly now: DateTime.Utc
    readonly after: Option.Option<SessionPosition>
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<
    { readonly count: number; readonly next: Option.Option<SessionPosition> },
    StoreUnavailable
  >

  /**
   * Forgets up to `limit` sessions that are over: expired at `now`, of an epoch that has passed, or of an account that
   * is gone. Answers how many; fewer than `limit` means that none is left. Live sessions are never touched.
   */
  readonly pruneSessions: (input: {
    readonly now: DateTime.Utc
    readonly limit: number
  }) => Effect.Effect<number, StoreUnavailable>
}>()("identityd/ports/IdentityStore") {}
