/**
 * Signs people up, finds accounts, and makes administrators' changes to any account.
 *
 * Administrators decide what happens, so their change needs only that the account exists. It is made on top of all
 * simultaneous changes. `OwnAccount` holds holders' changes to their own account.
 */
import { Context, DateTime, Effect, Layer, Metric, Option, Schema } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AccountPrecondition, ChangedAccount } from "../../ports/AccountStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { Notices } from "../mail/Notices.ts"
import { AccountId } from "../model/Account.ts"
import type { Account, AccountStatus } from "../model/Account.ts"
import { emailKey } from "../model/Email.ts"
import type { Email } from "../model/Email.ts"
import { AccountNotFound } from "../model/IdentityErrors.ts"
import type {
  EmailAlreadyExists,
  HashingOverloaded,
  IdempotencyKeyReused,
  PasswordRejected,
  RequestInProgress,
  StoreUnavailable,
  TooManyAttempts,
  VerificationRequired
} from "../model/IdentityErrors.ts"
import type { Password } from "../model/Password.ts"
import { PasswordAuthentication } from "../passwords/PasswordAuthentication.ts"
import type { PasswordHolder } from "../passwords/PasswordPolicy.ts"
import { sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
import { accountUpdate, changedParts } from "./AccountChanges.ts"
import type { AccountChanges } from "./AccountChanges.ts"
import { makeCreate } from "./AccountCreation.ts"
import type { NewAccount } from "./AccountCreation.ts"

/** Names one account, by id or by email. */
export type AccountReference = AccountId | Email

export class Accounts extends Context.Service<Accounts, {
  /**
   * Signs somebody up, unless emails have to be verified first. Then only administrators and their programs create
   * accounts like this.
   *
   * The password is hashed before the store is used, never inside its transaction.
   */
  readonly create: (
    input: NewAccount
  ) => Effect.Effect<
    Account,
    | EmailAlreadyExists
    | PasswordRejected
    | TooManyAttempts
    | HashingOverloaded
    | RequestInProgress
    | IdempotencyKeyReused
    | StoreUnavailable
    | VerificationRequired
  >

  /** Fails with all reasons why the holder's new password would be refused. Changes nothing. */
  readonly judgePassword: (password: Password, holder: PasswordHolder) => Effect.Effect<void, PasswordRejected>

  readonly get: (reference: AccountReference) => Effect.Effect<Account, AccountNotFound | StoreUnavailable>

  /** Changes any account. A new email ends all its sessions. */
  readonly change: (
    reference: AccountReference,
    changes: AccountChanges
  ) => Effect.Effect<Account, AccountNotFound | EmailAlreadyExists | StoreUnavailable>

  /**
   * Sets the password of any account, ends all of its sessions and forgets its devices. A simultaneous sign-in that has
   * checked the old password belongs to the old epoch and can't survive.
   */
  readonly setPassword: (
    reference: AccountReference,
    password: Password
  ) => Effect.Effect<ChangedAccount, AccountNotFound | HashingOverloaded | PasswordRejected | StoreUnavailable>

  /** Notes whether the email of any account is its holder's. */
  readonly setEmailVerified: (
    reference: AccountReference,
    isVerified: boolean
  ) => Effect.Effect<Account, AccountNotFound | StoreUnavailable>

  /** Deletes any account, its email claim and its sessions; returns the account as it was. */
  readonly delete: (reference: AccountReference) => Effect.Effect<Account, AccountNotFound | StoreUnavailable>

  /** Ends all sessions and refuses every sign-in. Idempotent. */
  readonly disable: (reference: AccountReference) => Effect.Effect<Account, AccountNotFound | StoreUnavailable>

  /** Allows signing in again. Sessions that ended stay ended. Idempotent. */
  readonly enable: (reference: AccountReference) => Effect.Effect<Account, AccountNotFound | StoreUnavailable>
}>()("identityd/domain/accounts/Accounts") {
  static readonly layer = Layer.effect(
    Accounts,
    Effect.gen(function*() {
      const store = yield* AccountStore
      const passwords = yield* PasswordAuthentication
      const trail = yield* AuditTrail
      const notices = yield* Notices

      const create = yield* makeCreate

      const get = Effect.fn("Accounts.get")(function*(reference: AccountReference) {
        const found = isAccountId(reference)
          ? yield* store.findAccount(reference)
          : Option.map(yield* store.findAccountByEmail(emailKey(reference)), (known) => known.account)
        if (Option.isNone(found)) return yield* new AccountNotFound()
        return found.value
      })

      const change = Effect.fn("Accounts.change")(
        function*(reference: AccountReference, changes: AccountChanges) {
          const account = yield* get(reference)
          const changed = changedParts(account, changes)
          if (changed.length === 0) return account
          const commit = yield* trail.commit({ action: "account.updated", accountId: account.id, changed })
          const told = changed.includes("email") ? yield* notices.of({ purpose: "email-changed", account }) : {}
          const updated = yield* store.updateAccount({
            ...accountUpdate(account, changes),
            precondition: EXISTS,
            updatedAt: yield* DateTime.now,
            endSessions: changed.includes("email"),
            commit: { ...commit, ...told }
          })
          yield* Metric.update(sessionsEndedBy("email-changed"), updated.sessionsEnded)
          return updated.account
        },
        Effect.catchTag("PreconditionFailed", Effect.die)
      )

      const setPassword = Effect.fn("Accounts.setPassword")(
        function*(reference: AccountReference, password: Password) {
          const account = yield* get(reference)
          const commit = yield* trail.commit({
            action: "password.changed",
            accountId: account.id,
            changed: ["password"]
          })
          const changed = yield* store.updateAccount({
            id: account.id,
            precondition: EXISTS,
            passwordHash: yield* passwords.hashNew(password, account),
            updatedAt: yield* DateTime.now,
            endSessions: true,
            commit: { ...commit, ...(yield* notices.of({ purpose: "password-changed", account })) }
          })
          yield* Metric.update(sessionsEndedBy("password-changed"), changed.sessionsEnded)
          return changed
        },
        Effect.catchTags({ PreconditionFailed: Effect.die, EmailAlreadyExists: Effect.die })
      )

      const setEmailVerified = Effect.fn("Accounts.setEmailVerified")(
        function*(reference: AccountReference, isVerified: boolean) {
          const account = yield* get(reference)
          if (account.emailVerified === isVerified) return account
          const action = isVerified ? "email-verification.set" : "email-verification.withdrawn"
          const updated = yield* store.updateAccount({
            id: account.id,
            precondition: EXISTS,
            updatedAt: yield* DateTime.now,
            emailVerified: isVerified,
            endSessions: false,
            commit: yield* trail.commit({ action, accountId: account.id })
          })
          return updated.account
        },
        Effect.catchTags({ PreconditionFailed: Effect.die, EmailAlreadyExists: Effect.die })
      )

      const deleteAny = Effect.fn("Accounts.delete")(function*(reference: AccountReference) {
        const { id } = yield* get(reference)
        const deleted = yield* store.deleteAccount({
          id,
          precondition: EXISTS,
          now: yield* DateTime.now,
          commit: yield* trail.commit({ action: "account.deleted", accountId: id })
        })
        yield* Metric.update(sessionsEndedBy("account-deleted"), deleted.sessionsEnded)
        return deleted.account
      }, Effect.catchTag("PreconditionFailed", Effect.die))

      const setStatus = Effect.fnUntraced(function*(reference: AccountReference, status: AccountStatus) {
        const account = yield* get(reference)
        if (account.status === status) return account
        const action = status === "disabled" ? "account.disabled" : "account.enabled"
        return yield* store.updateAccount({
          id: account.id,
          precondition: { _tag: "Status", status: account.status },
          updatedAt: yield* DateTime.now,
          status,
          endSessions: status === "disabled",
          commit: yield* trail.commit({ action, accountId: account.id, changed: ["status"] })
        }).pipe(
          Effect.tap((updated) => Metric.update(sessionsEndedBy("account-disabled"), updated.sessionsEnded)),
          Effect.map((updated) => updated.account),
          Effect.catchTags({
            // There are two statuses, so somebody else has made this change at the same time.
            PreconditionFailed: () => get(account.id),
            EmailAlreadyExists: Effect.die
          })
        )
      })

      const disable = Effect.fn("Accounts.disable")((reference: AccountReference) => setStatus(reference, "disabled"))
      const enable = Effect.fn("Accounts.enable")((reference: AccountReference) => setStatus(reference, "active"))

      return Accounts.of({
        create,
        judgePassword: passwords.judgeNew,
        get,
        change,
        setPassword,
        setEmailVerified,
        delete: deleteAny,
        disable,
        enable
      })
    })
  )
}

const EXISTS: AccountPrecondition = { _tag: "Exists" }

const isAccountId = Schema.is(AccountId)
