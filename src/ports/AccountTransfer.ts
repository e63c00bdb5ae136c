/**
 * Accounts in bulk, from other systems and to other databases. A store may have none: then nothing can be imported or
 * exported.
 *
 * Each operation is atomic and reads or writes a bounded number of records. What it writes is recorded in the same
 * step, as in `Commit`.
 */
import { Context, Schema } from "effect"
import type { Effect, Option } from "effect"
import type { Account, AccountId } from "../domain/model/Account.ts"
import type { AuditEvent } from "../domain/model/Audit.ts"
import type { EmailKey } from "../domain/model/Email.ts"
import type { Factor, FactorId } from "../domain/model/Factor.ts"
import type {
  AccountNotFound,
  EmailAlreadyExists,
  StoreUnavailable,
  TooManyFactors
} from "../domain/model/IdentityErrors.ts"
import type { ExportedAccount, ExternalId } from "../domain/model/ImportRow.ts"
import type { PasswordHash } from "../domain/model/Password.ts"
import type { AccountUpdate, ChangedAccount } from "./AccountStore.ts"
import type { StoredFactor } from "./FactorStore.ts"

/** What an import knows of an account. */
export interface ImportMark {
  readonly externalId: ExternalId | undefined
  /** What the last import brought, in a form of the importer's own. Undefined if nothing was imported. */
  readonly imported: string | undefined
}

export interface KnownAccount extends ImportMark {
  readonly account: Account
  readonly emailKey: EmailKey
  readonly passwordHash: PasswordHash
}

export interface AccountKeys {
  readonly ids: ReadonlyArray<AccountId>
  readonly externalIds: ReadonlyArray<ExternalId>
  readonly emailKeys: ReadonlyArray<EmailKey>
}

/** The keys of factors, and of accounts whose factors are asked for. */
export interface FactorKeys {
  readonly accountIds: ReadonlyArray<AccountId>
  readonly ids: ReadonlyArray<FactorId>
  readonly credentialIds: ReadonlyArray<string>
}

export interface NewImport extends ImportMark {
  readonly account: Account
  /** Of the account's email. Making it takes time. */
  readonly emailKey: EmailKey
  readonly passwordHash: PasswordHash
  /** Whether an email of the account was ever verified. It was if the account's email is. */
  readonly isProven: boolean
  /** At most `FACTORS_MAX`. */
  readonly factors: ReadonlyArray<StoredFactor>
  readonly audit: AuditEvent
}

/** What a row brought of an account that was the same already. */
export interface AccountMark {
  readonly id: AccountId
  readonly imported: string
}

/** A change that an import brings. The account keeps its external id if `externalId` is undefined. */
export interface ImportUpdate extends ImportMark {
  readonly update: Omit<AccountUpdate, "keepSession" | "removeFactors" | "startSession">
  readonly addFactors: ReadonlyArray<StoredFactor>
  readonly removeFactors: ReadonlyArray<FactorId>
}

/**
 * An id, an external id, an email, or the id or credential of a factor belongs to an account that exists by now.
 * Nothing happened.
 */
export class KeyTaken extends Schema.TaggedError<KeyTaken>()("KeyTaken", {}) {}

export class AccountTransfer extends Context.Service<AccountTransfer, {
  /** The accounts that have one of these keys, in any order. */
  readonly findKnown: (keys: AccountKeys) => Effect.Effect<ReadonlyArray<KnownAccount>, StoreUnavailable>

  /** The factors that have one of these keys, in any order. */
  readonly findFactors: (keys: FactorKeys) => Effect.Effect<ReadonlyArray<Factor>, StoreUnavailable>

  /** Saves all of these accounts or, if one of their keys is taken, none. No two of them have a key in common. */
  readonly insertAll: (accounts: ReadonlyArray<NewImport>) => Effect.Effect<void, KeyTaken | StoreUnavailable>

  /** Changes an account as `AccountStore.updateAccount` does, and its mark and factors in the same step. */
  readonly update: (
    update: ImportUpdate
  ) => Effect.Effect<
    ChangedAccount,
    AccountNotFound | EmailAlreadyExists | KeyTaken | StoreUnavailable | TooManyFactors
  >

  /** Replaces what the last import brought of these accounts, as far as they exist. Changes and records no more. */
  readonly mark: (marks: ReadonlyArray<AccountMark>) => Effect.Effect<void, StoreUnavailable>

  /** Up to `limit` accounts by id, after one, each as of one instant. Fewer mean that none is left. */
  readonly list: (query: {
    readonly limit: number
    readonly after: Option.Option<AccountId>
  }) => Effect.Effect<ReadonlyArray<ExportedAccount>, StoreUnavailable>
}>()("identityd/ports/AccountTransfer") {}
