/**
 * Holders' changes to their own account, from one of its sessions.
 *
 * Changing the email or the password and deleting the account need the current password, so that a stolen session can't
 * take the account over (ASVS 7.5.1). Both changes end every other session at once (ASVS 7.4.3). A change with a
 * confirmed password depends on that password and on nothing else, so a holder of another session can't delay it.
 */
import { Context, DateTime, Effect, Layer, Metric, Option } from "effect"
import type { Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AccountPrecondition, AccountWithPassword } from "../../ports/AccountStore.ts"
import type { UnconditionalCommit } from "../../ports/Commit.ts"
import type { SessionStart, SessionWithAccount } from "../../ports/SessionStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import { Notices } from "../mail/Notices.ts"
import type { Account } from "../model/Account.ts"
import { BY_PASSWORD, combined } from "../model/Authentication.ts"
import type { Email } from "../model/Email.ts"
import {
  AccountNotFound,
  CurrentPasswordRequired,
  InvalidCredentials,
  isPreconditionFailed,
  SessionRequired,
  VersionConflict
} from "../model/IdentityErrors.ts"
import type {
  EmailAlreadyExists,
  HashingOverloaded,
  PasswordRejected,
  PreconditionFailed,
  StoreUnavailable,
  TooManyAttempts
} from "../model/IdentityErrors.ts"
import type { Password, PasswordHash } from "../model/Password.ts"
import type { Client } from "../model/Session.ts"
import { PasswordAuthentication } from "../passwords/PasswordAuthentication.ts"
import type { StartedSession } from "../sessions/SessionOpening.ts"
import { Sessions } from "../sessions/Sessions.ts"
import { sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
import { accountUpdate, changedParts } from "./AccountChanges.ts"
import type { AccountChanges } from "./AccountChanges.ts"

export interface OwnChange extends AccountChanges {
  /** The version that the change is based on. With `any`, the change is made on top of all simultaneous changes. */
  readonly expectedVersion: number | "any"
  readonly currentPassword?: Password | undefined
}

export interface PasswordChange {
  readonly currentPassword: Password
  readonly newPassword: Password
  /** The credential of the requesting device, if it has one. This device stays known, and no other does. */
  readonly device?: Redacted.Redacted<string> | undefined
}

export class OwnAccount extends Context.Service<OwnAccount, {
  /**
   * Changes email or display name. A new email needs the current password; the requesting session goes on, and every
   * other one ends. If nothing differs, it succeeds without a new version.
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
   * Changes the password, ends every session and starts a new one for the caller (ASVS 7.2.4). A simultaneous sign-in
   * that has checked the old password belongs to the old epoch and can't survive.
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
}>()("identityd/domain/accounts/OwnAccount") {
  static readonly layer = Layer.effect(
    OwnAccount,
    Effect.gen(function*() {
      const store = yield* AccountStore
      const passwords = yield* PasswordAuthentication
      const sessions = yield* Sessions
      const limits = yield* GuessLimits
      const trail = yield* AuditTrail
      const notices = yield* Notices

      /**
       * Runs a change that depends on a confirmed password. A sign-in may renew the hash meanwhile. Then the password
       * is confirmed once more; that is enough, because a hash that was just renewed needs no renewal.
       */
      const whileConfirmed = <A, E>(
        account: Account,
        password: Password,
        use: (confirmed: AccountWithPassword) => Effect.Effect<A, E | PreconditionFailed>
      ) =>
        Effect.flatMap(passwords.confirm(account, password), use).pipe(
          Effect.retry({ while: isPreconditionFailed, times: 1 }),
          Effect.catchIf(isPreconditionFailed, () =>
            trail.record({ action: "password.refused", accountId: account.id }).pipe(
              Effect.andThen(new InvalidCredentials())
            ))
        )

      const update = Effect.fnUntraced(function*(
        { account, session }: SessionWithAccount,
        requested: OwnChange,
        precondition: AccountPrecondition
      ) {
        const changed = changedParts(account, requested)
        const commit = yield* trail.commit({ action: "account.updated", accountId: account.id, changed })
        const told = changed.includes("email")
          ? yield* notices.of({ purpose: "email-changed", account, userAgent: session.userAgent })
          : {}
        const updated = yield* store.updateAccount({
          ...accountUpdate(account, requested),
          precondition,
          updatedAt: yield* DateTime.now,
          endSessions: changed.includes("email"),
          keepSession: session.id,
          commit: { ...commit, ...told }
        })
        yield* Metric.update(sessionsEndedBy("email-changed"), updated.sessionsEnded)
        return updated.account
      })

      const changeEmail = Effect.fnUntraced(function*(caller: SessionWithAccount, requested: OwnChange, email: Email) {
        const { currentPassword, expectedVersion } = requested
        if (currentPassword === undefined) return yield* new CurrentPasswordRequired()
        const { id } = caller.account
        const confirmed = whileConfirmed(
          caller.account,
          currentPassword,
          ({ passwordHash }) =>
            expectedVersion === "any"
              ? update(caller, requested, { _tag: "Confirmed", passwordHash })
              : Effect.catchTag(
                update(caller, requested, { _tag: "ConfirmedVersion", passwordHash, version: expectedVersion }),
                "PreconditionFailed",
                Effect.fnUntraced(function*(failed) {
                  const now = yield* store.findAccount(id)
                  if (Option.isNone(now)) return yield* new AccountNotFound()
                  return yield* now.value.version === expectedVersion ? failed : new VersionConflict()
                })
              )
        )
        // The attempt is counted before the password is judged, because the answer reveals whether somebody has the
        // email.
        return yield* limits.changeEmail(id, email, confirmed)
      })

      const change = Effect.fn("OwnAccount.change")(function*(caller: SessionWithAccount, requested: OwnChange) {
        const { account } = caller
        const { email, expectedVersion } = requested
        if (expectedVersion !== "any" && expectedVersion !== account.version) return yield* new VersionConflict()
        const changed = changedParts(account, requested)
        if (changed.length === 0) return account
        if (changed.includes("email") && email !== undefined) return yield* changeEmail(caller, requested, email)
        const precondition: AccountPrecondition = expectedVersion === "any"
          ? { _tag: "Exists" }
          : { _tag: "Version", version: expectedVersion }
        return yield* Effect.catchTag(
          update(caller, requested, precondition),
          "PreconditionFailed",
          () => new VersionConflict()
        )
      })

      const changePassword = Effect.fn("OwnAccount.changePassword")(
        function*(
          caller: SessionWithAccount,
          { currentPassword, device, newPassword }: PasswordChange,
          client: Client
        ) {
          let made: PasswordHash | undefined
          return yield* whileConfirmed(
            caller.account,
            currentPassword,
            Effect.fnUntraced(function*({ account, passwordHash }) {
              const chosen = made ??= yield* passwords.hashNew(newPassword, account)
              const commit = {
                ...(yield* trail.commit({ action: "password.changed", accountId: account.id, changed: ["password"] })),
                ...(yield* notices.of({ purpose: "password-changed", account, userAgent: client.userAgent }))
              }
              return yield* sessions.startFor(
                { account, client, authentication: combined(caller.session, BY_PASSWORD) },
                device,
                (startSession) => replacePassword({ account, confirmed: passwordHash, chosen, startSession, commit })
              )
            })
          )
        },
        Effect.catchTags({ AccountNotFound: () => new SessionRequired(), EmailAlreadyExists: Effect.die })
      )

      const replacePassword = Effect.fnUntraced(function*({ account, chosen, commit, confirmed, startSession }: {
        readonly account: Account
        readonly confirmed: PasswordHash
        readonly chosen: PasswordHash
        readonly startSession: SessionStart
        readonly commit: UnconditionalCommit
      }) {
        const updated = yield* store.updateAccount({
          id: account.id,
          precondition: { _tag: "Confirmed", passwordHash: confirmed },
          updatedAt: yield* DateTime.now,
          passwordHash: chosen,
          endSessions: true,
          startSession,
          commit
        })
        yield* Metric.update(sessionsEndedBy("password-changed"), updated.sessionsEnded)
        return updated.account
      })

      const remove = Effect.fn("OwnAccount.delete")(
        (caller: SessionWithAccount, currentPassword: Password) =>
          whileConfirmed(
            caller.account,
            currentPassword,
            Effect.fnUntraced(function*({ account, passwordHash }) {
              const deleted = yield* store.deleteAccount({
                id: account.id,
                precondition: { _tag: "Confirmed", passwordHash },
                now: yield* DateTime.now,
                commit: yield* trail.commit({ action: "account.deleted", accountId: account.id })
              })
              yield* Metric.update(sessionsEndedBy("account-deleted"), deleted.sessionsEnded)
            })
          ),
        // Somebody else deleted the account after its password was checked, so the goal is reached.
        Effect.catchTag("AccountNotFound", () => Effect.void)
      )

      return OwnAccount.of({ change, changePassword, delete: remove })
    })
  )
}
