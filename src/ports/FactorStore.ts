/**
 * The second factors of accounts, with the promises of `AccountStore`: each operation is atomic and linearizable, and
 * carries out its `Commit` in the same step. An account has at most `FACTORS_MAX`, so a store may keep them together.
 * They are deleted with their account.
 *
 * A factor is used by `uses` of a `Commit`, in the step of what it permits.
 */
import { Context } from "effect"
import type { Effect, Option } from "effect"
import type { AccountId, DisplayName } from "../domain/model/Account.ts"
import type { Factor, FactorId, SealedSecret } from "../domain/model/Factor.ts"
import type {
  AccountNotFound,
  LastFactor,
  PreconditionFailed,
  StoreUnavailable,
  TooManyFactors
} from "../domain/model/IdentityErrors.ts"
import type { ChallengeStamp } from "../domain/model/PasskeyChallenge.ts"
import type { AccountPrecondition } from "./AccountStore.ts"
import type { UnconditionalCommit } from "./Commit.ts"

/** A factor with what verifies it. */
export interface StoredFactor {
  readonly factor: Factor
  /** The seed of an authenticator application. */
  readonly seed: SealedSecret | undefined
  /** The latest step of a code that was used. Earlier steps and this one are used up. */
  readonly lastStep: number | undefined
  /** Digests of unused recovery codes. `remaining` of the factor counts them. */
  readonly codes: ReadonlyArray<string>
  /** The challenges that a passkey has answered, as long as they could be answered again. */
  readonly answered: ReadonlyArray<ChallengeStamp>
}

export interface FactorRemoval {
  readonly accountId: AccountId
  /** One factor, or all of the account. */
  readonly id: FactorId | "all"
  /** Whether the last factor that counts as a second one must stay. */
  readonly keepsLast: boolean
  readonly precondition: AccountPrecondition
  readonly commit: UnconditionalCommit
}

export class FactorStore extends Context.Service<FactorStore, {
  /**
   * Saves a factor in place of unconfirmed ones of its type, if the account meets the precondition. New recovery codes
   * take the place of all earlier ones. Fails with `TooManyFactors` if the account has `FACTORS_MAX` others.
   */
  readonly insert: (input: {
    readonly stored: StoredFactor
    readonly precondition: AccountPrecondition
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<void, AccountNotFound | PreconditionFailed | StoreUnavailable | TooManyFactors>

  /** The factors of an account, unconfirmed ones included, oldest first. */
  readonly list: (accountId: AccountId) => Effect.Effect<ReadonlyArray<StoredFactor>, StoreUnavailable>

  /** The confirmed passkey with this credential id. */
  readonly findPasskey: (credentialId: string) => Effect.Effect<Option.Option<StoredFactor>, StoreUnavailable>

  /** Renames a factor; `None` if the account doesn't have it. */
  readonly rename: (input: {
    readonly accountId: AccountId
    readonly id: FactorId
    readonly name: DisplayName
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<Option.Option<Factor>, StoreUnavailable>

  /**
   * Removes factors and returns them, if the account meets the precondition. Does and records nothing if there are
   * none.
   */
  readonly remove: (
    removal: FactorRemoval
  ) => Effect.Effect<ReadonlyArray<Factor>, LastFactor | PreconditionFailed | StoreUnavailable>

  /** Replaces a sealed seed by the same one sealed with another key, if it is still stored. Returns whether it was. */
  readonly reseal: (input: {
    readonly accountId: AccountId
    readonly id: FactorId
    readonly from: SealedSecret
    readonly to: SealedSecret
  }) => Effect.Effect<boolean, StoreUnavailable>
}>()("identityd/ports/FactorStore") {}
