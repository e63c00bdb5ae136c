/**
 * Holders' changes to their own account, from one of its sessions.
 *
 * Changing the email or the password and deleting the account need a confirmation. Both changes end every other session
 * at once (ASVS 7.4.3). A confirmed change depends on its confirmation and on nothing else, so a holder of another
 * session can't delay it.
 */
import { Context, DateTime, Effect, Layer, Metric, Option } from "effect"
import type { Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AccountPrecondition } from "../../ports/AccountStore.ts"
import type { UnconditionalCommit } from "../../ports/Commit.ts"
import type { SessionStart, SessionWithAccount } from "../../ports/SessionStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import { Notices } from "../mail/Notices.ts"
import type { Account } from "../model/Account.ts"
import type { Email } from "../model/Email.ts"
import { AccountNotFound, SessionRequired, VersionConflict } from "../model/IdentityErrors.ts"
import type { EmailAlreadyExists, PasswordRejected, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { Password, PasswordHash } from "../model/Password.ts"
import type { Client } from "../model/Session.ts"
import { PasswordAuthentication } from "../passwords/PasswordAuthentication.ts"
import type { StartedSession } from "../sessions/SessionOpening.ts"
import { Sessions } from "../sessions/Sessions.ts"
import { sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
import { accountUpdate, changedParts, preconditionOf } from "./AccountChanges.ts"
import type { AccountChanges, ExpectedVersion } from "./AccountChanges.ts"
import { makeConfirmation } from "./Confirmation.ts"
import type { Unconfirmed } from "./Confirmation.ts"

export interface OwnChange extends AccountChanges {
  readonly expectedVersion: ExpectedVersion
  /** Needed to change the email, unless the session is elevated. Not enough where there is a second factor. */
  readonly currentPassword?: Password | undefined
}

export interface PasswordChange {
  /** Needed unless the session is elevated. */
  readonly currentPassword?: Password | undefined
  readonly newPassword: Password
  /** The credential of the requesting device, if it has one. This device stays known, and no other does. */
  readonly device?: Redacted.Redacted<string> | undefined
}

export class OwnAccount extends Context.Service<OwnAccount, {
  /**
   * Changes email or display name. A new email needs a confirmation; the requesting session goes on, and every other
   * one ends. If nothing differs, it succeeds without a new version.
   */
  readonly change: (caller: SessionWithAccount, change: OwnChange) => Effect.Effect<
    Account,
    | AccountNotFound
    | EmailAlreadyExists
    | StoreUnavailable
    | Unconfirmed
    | VersionConflict
  >

  /**
   * Changes the password, ends every session and starts a new one for the caller (ASVS 7.2.4). A simultaneous sign-in
   * that has checked the old password belongs to the old epoch and can't survive.
   */
  readonly changePassword: (caller: SessionWithAccount, change: PasswordChange, client: Client) => Effect.Effect<
    StartedSession,
    Unconfirmed | PasswordRejected | StoreUnavailable
  >

  /** Removes the account, its email claim and its sessions. Needs a password unless the session is elevated. */
  readonly delete: (
    caller: SessionWithAccount,
    currentPassword: Password | undefined
  ) => Effect.Effect<void, Unconfirmed | StoreUnavailable>
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
      const { whileConfirmed, whileFullyConfirmed } = yield* makeConfirmation

      const update = Effect.fnUntraced(function*(
        { account, session }: SessionWithAccount,
        requested: OwnChange,
        precondition: AccountPrecondition
      ) {
        const changed = changedParts(account, requested)
        const commit = yield* trail.commit({ action: "account.updated", accountId: account.id, changed })
        const notice = changed.includes("email")
          ? yield* notices.of({ purpose: "email-changed", account, userAgent: session.userAgent })
          : {}
        const updated = yield* store.updateAccount({
          ...accountUpdate(account, requested),
          precondition,
          updatedAt: yield* DateTime.now,
          endSessions: changed.includes("email"),
          keepSession: session.id,
          commit: { ...commit, ...notice }
        })
        yield* Metric.update(sessionsEndedBy("email-changed"), updated.sessionsEnded)
        return updated.account
      })

      const changeEmail = Effect.fnUntraced(function*(caller: SessionWithAccount, requested: OwnChange, email: Email) {
        const { currentPassword, expectedVersion } = requested
        const { id } = caller.account
        const confirmed = whileFullyConfirmed(
          caller,
          currentPassword,
          ({ precondition }) =>
            expectedVersion === "any"
              ? update(caller, requested, precondition())
              : Effect.catchTag(
                update(caller, requested, precondition(expectedVersion)),
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
        return yield* Effect.catchTag(
          update(caller, requested, preconditionOf(expectedVersion)),
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
            caller,
            currentPassword,
            Effect.fnUntraced(function*({ account, authentication, precondition }) {
              const chosen = made ??= yield* passwords.hashNew(newPassword, account)
              const commit = {
                ...(yield* trail.commit({ action: "password.changed", accountId: account.id, changed: ["password"] })),
                ...(yield* notices.of({ purpose: "password-changed", account, userAgent: client.userAgent }))
              }
              return yield* sessions.startFor(
                { account, client, authentication },
                device,
                (startSession) =>
                  replacePassword({ account, precondition: precondition(), chosen, startSession, commit })
              )
            })
          )
        },
        Effect.catchTags({ AccountNotFound: () => new SessionRequired(), EmailAlreadyExists: Effect.die })
      )

      const replacePassword = Effect.fnUntraced(function*({ account, chosen, commit, precondition, startSession }: {
        readonly account: Account
        readonly precondition: AccountPrecondition
        readonly chosen: PasswordHash
        readonly startSession: SessionStart
        readonly commit: UnconditionalCommit
      }) {
        const updated = yield* store.updateAccount({
          id: account.id,
          precondition,
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
        (caller: SessionWithAccount, currentPassword: Password | undefined) =>
          whileConfirmed(
            caller,
            currentPassword,
            Effect.fnUntraced(function*({ account, precondition }) {
              const deleted = yield* store.deleteAccount({
                id: account.id,
                precondition: precondition(),
                now: yield* DateTime.now,
                commit: yield* trail.commit({ action: "account.deleted", accountId: account.id })
              })
              yield* Metric.update(sessionsEndedBy("account-deleted"), deleted.sessionsEnded)
            })
          ),
        // Somebody else deleted the account after the deletion was confirmed, so the goal is reached.
        Effect.catchTag("AccountNotFound", () => Effect.void)
      )

      return OwnAccount.of({ change, changePassword, delete: remove })
    })
  )
}
