/**
 * Signs people up, finds accounts, and makes administrators' changes to any account.
 *
 * Administrators decide what happens, so their change needs only that the account exists, unless they name a version.
 * It is made on top of all simultaneous changes. `OwnAccount` holds holders' changes to their own account.
 */
import { Context, DateTime, Effect, Layer, Metric, Option, Schema } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { ChangedAccount } from "../../ports/AccountStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { Notices } from "../mail/Notices.ts"
import { AccountId } from "../model/Account.ts"
import type { Account, AccountStatus } from "../model/Account.ts"
import { emailKey } from "../model/Email.ts"
import type { Email } from "../model/Email.ts"
import { AccountNotFound, VersionConflict } from "../model/IdentityErrors.ts"
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
import { accountUpdate, effectOf, preconditionOf } from "./AccountChanges.ts"
import type { AnyChanges, ExpectedVersion } from "./AccountChanges.ts"
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

  /** Changes any account, if it has the expected version. A new email ends all its sessions. */
  readonly change: (
    reference: AccountReference,
    changes: AnyChanges,
    expected?: ExpectedVersion
  ) => Effect.Effect<Account, AccountNotFound | EmailAlreadyExists | StoreUnavailable | VersionConflict>

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

  /** Deletes any account of the expected version, its email claim and its sessions; returns the account as it was. */
  readonly delete: (
    reference: AccountReference,
    expected?: ExpectedVersion
  ) => Effect.Effect<Account, AccountNotFound | StoreUnavailable | VersionConflict>

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
        function*(reference: AccountReference, changes: AnyChanges, expected: ExpectedVersion = "any") {
          const account = yield* get(reference)
          if (expected !== "any" && expected !== account.version) return yield* new VersionConflict()
          const { action, parts, verified } = effectOf(account, changes)
          if (parts.length === 0) return account
          const isMoved = parts.includes("email")
          const changed = action === "account.updated" ? parts : []
          const commit = yield* trail.commit({ action, accountId: account.id, changed })
          const notice = isMoved ? yield* notices.of({ purpose: "email-changed", account }) : {}
          const updated = yield* store.updateAccount({
            ...accountUpdate(account, changes),
            ...verified,
            precondition: preconditionOf(expected),
            updatedAt: yield* DateTime.now,
            endSessions: isMoved,
            commit: { ...commit, ...notice }
          })
          yield* Metric.update(sessionsEndedBy("email-changed"), updated.sessionsEnded)
          return updated.account
        },
        Effect.catchTag("PreconditionFailed", () => new VersionConflict())
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
            precondition: preconditionOf("any"),
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

      const setEmailVerified = (reference: AccountReference, isVerified: boolean) =>
        change(reference, { emailVerified: isVerified }).pipe(
          Effect.catchTags({ VersionConflict: Effect.die, EmailAlreadyExists: Effect.die })
        )

      const deleteAny = Effect.fn("Accounts.delete")(function*(
        reference: AccountReference,
        expected: ExpectedVersion = "any"
      ) {
        const { id } = yield* get(reference)
        const deleted = yield* store.deleteAccount({
          id,
          precondition: preconditionOf(expected),
          now: yield* DateTime.now,
          commit: yield* trail.commit({ action: "account.deleted", accountId: id })
        })
        yield* Metric.update(sessionsEndedBy("account-deleted"), deleted.sessionsEnded)
        return deleted.account
      }, Effect.catchTag("PreconditionFailed", () => new VersionConflict()))

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

const isAccountId = Schema.is(AccountId)
