/**
 * What holders do to their own account, from one of its sessions.
 *
 * Changing the email or the password and leaving for good need the current password, so that a stolen session can't
 * take the account over (ASVS 7.5.1). Both changes end every other session at once (ASVS 7.4.3).
 */
import { Context, DateTime, Effect, Layer, Metric } from "effect"
import { IdentityStore } from "../../ports/IdentityStore.ts"
import type { SessionWithAccount } from "../../ports/IdentityStore.ts"
import type { Account } from "../model/Account.ts"
import {
  type AccountNotFound,
  CurrentPasswordRequired,
  type EmailAlreadyExists,
  type HashingOverloaded,
  type InvalidCredentials,
  type PasswordRejected,
  SessionRequired,
  type StoreUnavailable,
  type TooManyAttempts,
  VersionConflict
} from "../model/IdentityErrors.ts"
import type { Password } from "../model/Password.ts"
import type { Client } from "../model/Session.ts"
import { accountUpdate, changedParts, untilUncontended } from "./AccountChanges.ts"
import type { AccountChanges } from "./AccountChanges.ts"
import { Attempts } from "./Attempts.ts"
import { AuditTrail } from "./AuditTrail.ts"
import { sessionsEndedBy } from "./IdentityMetrics.ts"
import { Passwords } from "./Passwords.ts"
import { Sessions } from "./Sessions.ts"
import type { StartedSession } from "./Sessions.ts"

export interface OwnChange extends AccountChanges {
  readonly expectedVersion: number
  readonly currentPassword?: Password | undefined
}

export interface PasswordChange {
  readonly currentPassword: Password
  readonly newPassword: Password
}

export class OwnAccount extends Context.Service<OwnAccount, {
  /**
   * Changes email or display name. A new email needs the current password; the session that asks for it goes on, every
   * other one ends. Nothing to change is a success without a new version.
   */
  readonly change: (caller: SessionWithAccount, change: OwnChange) => Effect.Effect<
    Account,
    | AccountNotFound
    | CurrentPasswordRequired
    | EmailAlreadyExists
    | HashingOverloaded
    | InvalidCredentials
    | StoreUnavailable
    | TooManyAttempts
    | VersionConflict
  >

  /**
   * Changes the password, ends every session and starts a new one for the caller (ASVS 7.2.4). A sign-in that checked
   * the old password meanwhile belongs to the old epoch and can't survive.
   */
  readonly changePassword: (caller: SessionWithAccount, change: PasswordChange, client: Client) => Effect.Effect<
    StartedSession,
    HashingOverloaded | InvalidCredentials | PasswordRejected | SessionRequired | StoreUnavailable | TooManyAttempts
  >

  /** Removes the account, its email claim and its sessions. */
  readonly delete: (
    caller: SessionWithAccount,
    currentPassword: Password
  ) => Effect.Effect<void, HashingOverloaded | InvalidCredentials | StoreUnavailable | TooManyAttempts>
}>()("identity/domain/services/OwnAccount") {
  static readonly layer = Layer.effect(
    OwnAccount,
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const passwords = yield* Passwords
      const sessions = yield* Sessions
      const attempts = yield* Attempts
      const trail = yield* AuditTrail

      const change = Effect.fn("OwnAccount.change")(function*(caller: SessionWithAccount, requested: OwnChange) {
        const { account, session } = caller
        if (account.version !== requested.expectedVersion) return yield* new VersionConflict()
        const changed = changedParts(account, requested)
        if (changed.length === 0) return account
        const emailChanges = changed.includes("email")
        const update = Effect.gen(function*() {
          const updated = yield* store.updateAccount({
            ...accountUpdate(account, requested),
            updatedAt: yield* DateTime.now,
            endSessions: emailChanges,
            keepSession: session.id,
            audit: yield* trail.describe({ action: "account.updated", accountId: account.id, changed })
          })
          yield* Metric.update(sessionsEndedBy("email-changed"), updated.sessionsEnded)
          return updated.account
        })
        if (!emailChanges || requested.email === undefined) return yield* update
        const { currentPassword, email } = requested
        if (currentPassword === undefined) return yield* new CurrentPasswordRequired()
        // Counted before the password is judged: the answer says whether somebody has the email.
        return yield* attempts.changeEmail(
          account.id,
          email,
          Effect.andThen(passwords.confirm(account, currentPassword), update)
        )
      })

      const replacePassword = Effect.fnUntraced(
        function*(caller: Account, { currentPassword, newPassword }: PasswordChange) {
          const account = yield* passwords.confirm(caller, currentPassword)
          const updated = yield* store.updateAccount({
            id: account.id,
            expectedVersion: account.version,
            updatedAt: yield* DateTime.now,
            passwordHash: yield* passwords.hashNew(newPassword, account),
            endSessions: true,
            audit: yield* trail.describe({
              action: "password.changed",
              accountId: account.id,
              changed: ["password"]
            })
          })
          yield* Metric.update(sessionsEndedBy("password-changed"), updated.sessionsEnded)
          return updated.account
        },
        untilUncontended,
        Effect.catchTags({ AccountNotFound: () => new SessionRequired(), EmailAlreadyExists: Effect.die })
      )

      const changePassword = Effect.fn("OwnAccount.changePassword")(
        function*(caller: SessionWithAccount, requested: PasswordChange, client: Client) {
          const account = yield* replacePassword(caller.account, requested)
          return yield* sessions.open(account, client)
        }
      )

      const remove = Effect.fn("OwnAccount.delete")(
        function*(caller: SessionWithAccount, currentPassword: Password) {
          const account = yield* passwords.confirm(caller.account, currentPassword)
          const ended = yield* store.deleteAccount({
            id: account.id,
            expectedVersion: account.version,
            now: yield* DateTime.now,
            audit: yield* trail.describe({ action: "account.deleted", accountId: account.id })
          })
          yield* Metric.update(sessionsEndedBy("account-deleted"), ended)
        },
        untilUncontended,
        // Somebody else removed the account after its password was checked: what was asked for is so.
        Effect.catchTag("AccountNotFound", () => Effect.void)
      )

      return OwnAccount.of({ change, changePassword, delete: remove })
    })
  )
}
