/**
 * Durable accounts.
 *
 * Every operation is atomic and linearizable: it happens wholly or not at all, and whoever starts an operation after
 * another was answered sees its effect, on every node. Ids, instants and keys are the caller's; the store makes none.
 * A mutation takes a `Commit` and carries it out in the same step, if it happened.
 * Lookups answer `Option`, because absence means something different to each caller.
 *
 * A step changes a few records, each under a condition on what it was, and none depends on how many others there are.
 * So a store of keys and values can promise all of this. Numbers of sessions are counted beside the step: of sessions
 * that start or end at the same time, some may be counted and some not. They are counted up to `SESSIONS_COUNTED_MAX`.
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
import type { PasswordHash } from "../domain/model/Password.ts"
import type { SessionId } from "../domain/model/Session.ts"
import type { Commit, UnconditionalCommit } from "./Commit.ts"
import type { SessionStart } from "./SessionStore.ts"

export interface AccountWithPassword {
  readonly account: Account
  readonly passwordHash: PasswordHash
  /** The `updatedAt` of the update that last set a password; none if the password is the first one. */
  readonly passwordChangedAt: DateTime.Utc | undefined
}

export interface AccountInsertion extends Omit<AccountWithPassword, "passwordChangedAt"> {
  readonly commit: Omit<Commit, "attempt">
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

export interface AccountDeletion {
  readonly id: AccountId
  readonly precondition: AccountPrecondition
  readonly now: DateTime.Utc
  readonly commit: UnconditionalCommit
}

export interface PasswordHashReplacement {
  readonly accountId: AccountId
  readonly from: PasswordHash
  readonly to: PasswordHash
}

export interface ChangedAccount {
  readonly account: Account
  /** How many live sessions the change ended, as counted beside it. */
  readonly sessionsEnded: number
}

export class AccountStore extends Context.Service<AccountStore, {
  /**
   * Saves an account and claims its email. Fails with `EmailAlreadyExists` if any account holds the same email key,
   * also when several inserts race: exactly one of them wins.
   */
  readonly insertAccount: (
    insertion: AccountInsertion
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
  readonly deleteAccount: (
    deletion: AccountDeletion
  ) => Effect.Effect<ChangedAccount, AccountNotFound | PreconditionFailed | StoreUnavailable>

  /**
   * Puts a hash of the same password in another's place, if `from` is still stored. Not a change of the account: its
   * version stays. Does nothing otherwise.
   */
  readonly replacePasswordHash: (replacement: PasswordHashReplacement) => Effect.Effect<void, StoreUnavailable>
}>()("identityd/ports/AccountStore") {}
