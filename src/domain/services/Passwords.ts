/**
 * Who somebody is, by password.
 *
 * Every check costs exactly one hash and, when it is refused, one audit entry, whether the account exists, is disabled
 * or has another password: neither the answer nor its time says which (ASVS 6.3.8).
 */
import { Array, Context, Effect, Layer, Option } from "effect"
import { IdentityStore } from "../../ports/IdentityStore.ts"
import type { AccountWithPassword } from "../../ports/IdentityStore.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import type { Account, AccountId } from "../model/Account.ts"
import { emailKey } from "../model/Email.ts"
import type { Email } from "../model/Email.ts"
import { InvalidCredentials, PasswordRejected } from "../model/IdentityErrors.ts"
import type { HashingOverloaded, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { Password, PasswordHash } from "../model/Password.ts"
import { AuditTrail } from "./AuditTrail.ts"
import { PasswordPolicy, passwordRefusals } from "./PasswordPolicy.ts"

export interface Credentials {
  readonly email: Email
  readonly password: Password
}

export class Passwords extends Context.Service<Passwords, {
  /** The hash of a password somebody chose, if the policy accepts it. */
  readonly hashNew: (password: Password) => Effect.Effect<PasswordHash, PasswordRejected | HashingOverloaded>

  /**
   * The active account these credentials belong to. A hash made with old parameters is renewed on success.
   */
  readonly authenticate: (
    credentials: Credentials
  ) => Effect.Effect<Account, InvalidCredentials | HashingOverloaded | StoreUnavailable>

  /** Checks the password of somebody already signed in; answers the account as it now is (ASVS 6.2.3, 7.5.1). */
  readonly confirm: (
    account: Account,
    password: Password
  ) => Effect.Effect<Account, InvalidCredentials | HashingOverloaded | StoreUnavailable>
}>()("identity/domain/services/Passwords") {
  static readonly layer = Layer.effect(
    Passwords,
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const hasher = yield* PasswordHasher
      const trail = yield* AuditTrail
      const policy = yield* PasswordPolicy

      const hashNew = Effect.fnUntraced(function*(password: Password) {
        const refusals = passwordRefusals(policy, password)
        if (Array.isReadonlyArrayNonEmpty(refusals)) return yield* new PasswordRejected({ refusals })
        return yield* hasher.hash(password)
      })

      const check = Effect.fnUntraced(function*(
        found: Option.Option<AccountWithPassword>,
        password: Password,
        refusal: "sign-in.refused" | "password.refused"
      ) {
        const passwordHash = Option.match(found, {
          onNone: () => hasher.decoy,
          onSome: (known) => known.passwordHash
        })
        const matches = yield* hasher.verify(password, passwordHash)
        if (!matches || Option.isNone(found) || found.value.account.status !== "active") {
          yield* trail.record(
            Option.isSome(found) ? { action: refusal, accountId: found.value.account.id } : { action: refusal }
          )
          return yield* new InvalidCredentials()
        }
        const { account } = found.value
        if (hasher.needsRehash(passwordHash)) yield* renewHash(account.id, password, passwordHash)
        return account
      })

      // The check itself has succeeded: a hash that can't be renewed now is renewed the next time.
      const renewHash = Effect.fnUntraced(function*(accountId: AccountId, password: Password, from: PasswordHash) {
        const to = yield* hasher.hash(password)
        yield* store.replacePasswordHash({ accountId, from, to })
      }, Effect.catchTags({ HashingOverloaded: () => Effect.void, StoreUnavailable: () => Effect.void }))

      const authenticate = Effect.fn("Passwords.authenticate")(function*(credentials: Credentials) {
        const found = yield* store.findAccountByEmail(emailKey(credentials.email))
        return yield* check(found, credentials.password, "sign-in.refused")
      })

      const confirm = Effect.fn("Passwords.confirm")(function*(account: Account, password: Password) {
        const found = yield* store.findAccountByEmail(emailKey(account.email))
        const own = Option.filter(found, (known) => known.account.id === account.id)
        return yield* check(own, password, "password.refused")
      })

      return Passwords.of({ hashNew, authenticate, confirm })
    })
  )
}
