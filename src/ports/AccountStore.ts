/**
 * Durable accounts.
 *
 * Every operation is atomic and linearizable: it happens completely or not at all, and an operation that starts after
 * another was answered sees its effect, on every node. Ids, instants and keys come from the caller; the store makes
 * none. A mutation takes a `Commit` and carries it out in the same step, if it happens. Lookups return `Option`,
 * because absence means something different to each caller.
 *
 * A step changes a few records, each under a condition on its previous state, and doesn't depend on how many others
 * there are. So a key-value store can promise all of this. Sessions are counted outside the step: sessions that start
 * or end at the same time may or may not be counted. Counts stop at `SESSIONS_COUNTED_MAX`.
 *
 * `StoreUnavailable` means that the store could not be reached or did not answer in time. A write that failed with it
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
import type { AttemptAdmission, AttemptRequest } from "./GuessBudgets.ts"
import type { SessionStart } from "./SessionStore.ts"

export interface AccountWithPassword {
  readonly account: Account
  readonly passwordHash: PasswordHash
  /** The `updatedAt` of the update that last set a password; undefined if the password is the first one. */
  readonly passwordChangedAt: DateTime.Utc | undefined
  /** Whether an email of the account was ever verified, be it an earlier one, and even if that was withdrawn. */
  readonly isProven: boolean
}

/** An account with what a sign-in needs to know of it. */
export interface AccountOfEmail extends AccountWithPassword {
  /** Whether it has a factor that is a second one by itself, as `isSecondFactor` says. */
  readonly hasSecondFactor: boolean
}

export interface AccountInsertion extends Omit<AccountWithPassword, "isProven" | "passwordChangedAt"> {
  /** A session to start in the same step. */
  readonly startSession?: SessionStart
  readonly commit: Omit<Commit, "attempt" | "uses">
}

/**
 * The condition that an account must meet when a change of it takes effect. A change depends only on what it needs, so
 * that nobody can delay it by changing the rest.
 */
export type AccountPrecondition =
  /** Only that the account exists. */
  | { readonly _tag: "Exists" }
  | { readonly _tag: "Version"; readonly version: number }
  | { readonly _tag: "Status"; readonly status: AccountStatus }
  /** The account is active, still has the password hash that its holder confirmed, and has the version, if any. */
  | { readonly _tag: "Confirmed"; readonly passwordHash: PasswordHash; readonly version?: number | undefined }
  /** The account is active, its sessions of this epoch haven't been ended, and it has the version, if any. */
  | { readonly _tag: "Sessions"; readonly sessionEpoch: number; readonly version?: number | undefined }
  /** The account is active, and neither password nor email nor status has changed since. */
  | { readonly _tag: "Credentials"; readonly credentialEpoch: number }
  /** The same, and no email of the account was ever verified. */
  | { readonly _tag: "Unproven"; readonly credentialEpoch: number }

/** Removes factors of an account in the step of its change. The commit is carried out if there are any. */
export interface FactorsRemoval {
  /** Those that were confirmed before this instant stay. Without it, every factor goes. */
  readonly since?: DateTime.Utc
  readonly commit: UnconditionalCommit
}

/** A conditional change of one account. Members that are left out stay unchanged. */
export interface AccountUpdate {
  readonly id: AccountId
  readonly precondition: AccountPrecondition
  readonly updatedAt: DateTime.Utc
  /** A new email is not verified, unless `emailVerified` says so. */
  readonly email?: Email
  readonly emailVerified?: boolean
  readonly displayName?: DisplayName
  readonly status?: AccountStatus
  readonly passwordHash?: PasswordHash
  /** Ends every session of the account in the same step. */
  readonly endSessions: boolean
  /** The live session that continues when the others end. */
  readonly keepSession?: SessionId
  /**
   * A session to start in the same step. It gets the epoch that the account has after the change, whatever its own
   * says.
   */
  readonly startSession?: SessionStart
  readonly removeFactors?: FactorsRemoval
  /** If `answers` isn't live, the precondition fails. */
  readonly commit: Omit<Commit, "attempt" | "request">
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
  /** How many live sessions the change ended, as counted outside the step. */
  readonly sessionsEnded: number
}

export interface UpdatedAccount extends ChangedAccount {
  readonly factorsRemoved: number
}

export class AccountStore extends Context.Service<AccountStore, {
  /**
   * Saves an account and claims its email. Fails with `EmailAlreadyExists` if any account holds the same email key, and
   * with `PreconditionFailed` if it answers a challenge that isn't live. If several inserts race, exactly one wins.
   */
  readonly insertAccount: (
    insertion: AccountInsertion
  ) => Effect.Effect<void, EmailAlreadyExists | PreconditionFailed | RequestInProgress | StoreUnavailable>

  readonly findAccount: (id: AccountId) => Effect.Effect<Option.Option<Account>, StoreUnavailable>

  /** An adapter that is asked by strangers does the same work for an email that nobody has (ASVS 6.3.8). */
  readonly findAccountByEmail: (
    key: EmailKey
  ) => Effect.Effect<Option.Option<AccountOfEmail>, StoreUnavailable>

  /**
   * Finds an account as `findAccountByEmail` does and counts an attempt as `GuessBudgets.reserve` does, in the time of
   * one. The account is found whether or not the attempt is admitted.
   */
  readonly findForAttempt: (key: EmailKey, attempt: AttemptRequest) => Effect.Effect<
    { readonly found: Option.Option<AccountOfEmail>; readonly admission: AttemptAdmission },
    StoreUnavailable
  >

  readonly findAccountWithPassword: (
    id: AccountId
  ) => Effect.Effect<Option.Option<AccountWithPassword>, StoreUnavailable>

  /**
   * Changes an account and adds 1 to its version, if the precondition holds. `PreconditionFailed` and
   * `EmailAlreadyExists` leave everything as it was. A new email moves the claim in the same step, so the old email is
   * free at once. Returns the changed account.
   *
   * Liveness of sessions is judged at `updatedAt`. The kept session isn't counted. A session that was already dead
   * stays dead, even if it is the one to keep. A disabled account can't start a session: then the precondition fails.
   *
   * Changes of one account take effect one after the other, each on the result of the one before.
   */
  readonly updateAccount: (
    update: AccountUpdate
  ) => Effect.Effect<UpdatedAccount, AccountNotFound | PreconditionFailed | EmailAlreadyExists | StoreUnavailable>

  /**
   * Deletes an account with its email claim and password, if the precondition holds. Its sessions are dead with it.
   * Returns how many were live at `now`, and the account as it was at the end. Audit entries stay.
   */
  readonly deleteAccount: (
    deletion: AccountDeletion
  ) => Effect.Effect<ChangedAccount, AccountNotFound | PreconditionFailed | StoreUnavailable>

  /**
   * Replaces a hash by another hash of the same password, if `from` is still stored, and does nothing otherwise. The
   * account's version stays the same.
   */
  readonly replacePasswordHash: (replacement: PasswordHashReplacement) => Effect.Effect<void, StoreUnavailable>
}>()("identityd/ports/AccountStore") {}
