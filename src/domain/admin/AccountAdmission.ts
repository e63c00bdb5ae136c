/**
 * Creates accounts for people who are known elsewhere: with a password, with the hash of one that they have, or with
 * neither. Then nobody knows a password of theirs, and a recovery is mailed by which they set one.
 */
import { Context, DateTime, Effect, Layer, Metric, Redacted, Result } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { newAccount } from "../accounts/AccountCreation.ts"
import { Accounts } from "../accounts/Accounts.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { Recoveries } from "../challenges/Recoveries.ts"
import type { Account, DisplayName } from "../model/Account.ts"
import type { Email } from "../model/Email.ts"
import { PasswordHashRefused } from "../model/IdentityErrors.ts"
import type {
  EmailAlreadyExists,
  HashingOverloaded,
  PasswordRejected,
  StoreUnavailable,
  TooManyAttempts
} from "../model/IdentityErrors.ts"
import type { Password, PasswordHash } from "../model/Password.ts"
import { accountsCreated } from "../telemetry/IdentityMetrics.ts"

export interface Admission {
  readonly email: Email
  readonly displayName: DisplayName
  /** What the holder signs in with. */
  readonly credential:
    | { readonly _tag: "Password"; readonly password: Password }
    | { readonly _tag: "Hash"; readonly hash: Redacted.Redacted<string> }
    | { readonly _tag: "None" }
}

export class AccountAdmission extends Context.Service<AccountAdmission, {
  readonly admit: (admission: Admission) => Effect.Effect<
    Account,
    | EmailAlreadyExists
    | HashingOverloaded
    | PasswordHashRefused
    | PasswordRejected
    | StoreUnavailable
    | TooManyAttempts
  >
}>()("identityd/domain/admin/AccountAdmission") {
  static readonly layer = Layer.effect(
    AccountAdmission,
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const store = yield* AccountStore
      const hasher = yield* PasswordHasher
      const recoveries = yield* Recoveries
      const ids = yield* IdGenerator
      const trail = yield* AuditTrail

      const insert = Effect.fnUntraced(function*(admission: Admission, passwordHash: PasswordHash) {
        const account = newAccount(admission, { id: yield* ids.accountId, createdAt: yield* DateTime.now })
        yield* store.insertAccount({
          account,
          passwordHash,
          commit: yield* trail.commit({ action: "account.created", accountId: account.id })
        }).pipe(Effect.catchTags({ PreconditionFailed: Effect.die, RequestInProgress: Effect.die }))
        yield* Metric.update(accountsCreated, 1)
        return account
      })

      const admit = Effect.fn("AccountAdmission.admit")(function*(admission: Admission) {
        const { credential, displayName, email } = admission
        switch (credential._tag) {
          case "Password":
            // Programs have no idempotency key here, and may create accounts that aren't verified.
            return yield* accounts.create({ email, displayName, password: credential.password }).pipe(
              Effect.catchTags({
                IdempotencyKeyReused: Effect.die,
                RequestInProgress: Effect.die,
                VerificationRequired: Effect.die
              })
            )
          case "Hash": {
            const examined = hasher.examine(Redacted.value(credential.hash))
            return Result.isFailure(examined)
              ? yield* new PasswordHashRefused({ problem: examined.failure })
              : yield* insert(admission, examined.success)
          }
          case "None": {
            const account = yield* insert(admission, hasher.decoy)
            yield* recoveries.start(email)
            return account
          }
        }
      })

      return AccountAdmission.of({ admit })
    })
  )
}
