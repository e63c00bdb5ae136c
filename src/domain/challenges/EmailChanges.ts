/**
 * Moves accounts to other emails once somebody has shown that they read them, and back for those who read the old
 * ones.
 *
 * A pending email claims nothing: others can have it until it is confirmed, and asking reveals nothing about it. The
 * old address is notified of the change, with a token by which its reader takes the account back within three days.
 * That token outlives whatever happens to the account meanwhile, because a thief may change all of it.
 */
import { Context, DateTime, Effect, Layer, Metric, Option } from "effect"
import type { Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import { ChallengeStore } from "../../ports/ChallengeStore.ts"
import type { AnsweredChallenge } from "../../ports/Commit.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { makeConfirmation } from "../accounts/Confirmation.ts"
import type { Unconfirmed } from "../accounts/Confirmation.ts"
import { OwnAccount } from "../accounts/OwnAccount.ts"
import type { OwnChange } from "../accounts/OwnAccount.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { Notices } from "../mail/Notices.ts"
import type { Account, PendingEmails } from "../model/Account.ts"
import { onBehalfOf } from "../model/Caller.ts"
import type { Challenge, ChallengeAnswer, ChallengeId } from "../model/Challenge.ts"
import type { Email } from "../model/Email.ts"
import { EmailUnchanged, PreconditionFailed, VersionConflict } from "../model/IdentityErrors.ts"
import type { ChallengeOver, EmailAlreadyExists, InvalidCode, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { Password } from "../model/Password.ts"
import type { Client } from "../model/Session.ts"
import { EmailVerificationPolicy } from "../sessions/EmailVerificationPolicy.ts"
import { Sessions } from "../sessions/Sessions.ts"
import { sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
import { Challenges } from "./Challenges.ts"
import { makeReverse, reversalOf } from "./EmailReversals.ts"
import type { EmailReversal } from "./EmailReversals.ts"
import { makePendingEmails } from "./PendingEmails.ts"

export interface EmailChangeAnswer {
  readonly id: ChallengeId
  readonly answer: ChallengeAnswer
  /** The session that the caller presents. It goes on if it is one of the account's. */
  readonly session: Redacted.Redacted<string> | undefined
  readonly client: Client
}

export interface RequestedEmail {
  readonly email: Email
  /** Needed unless the session is elevated. Not enough where there is a second factor. */
  readonly currentPassword?: Password | undefined
}

export class EmailChanges extends Context.Service<EmailChanges, {
  /** The emails that accounts get when they are confirmed. */
  readonly pendingOf: (accounts: ReadonlyArray<Account>) => Effect.Effect<PendingEmails, StoreUnavailable>

  /** Mails a challenge to the new email. Ends an earlier one. Succeeds alike whether or not somebody has the email. */
  readonly start: (
    caller: SessionWithAccount,
    change: RequestedEmail
  ) => Effect.Effect<Challenge, EmailUnchanged | StoreUnavailable | Unconfirmed>

  /**
   * Changes the caller's own account as `OwnAccount.change` does, except that a new email is only pending where emails
   * have to be verified.
   */
  readonly changeAccount: OwnAccount["Service"]["change"]

  /**
   * Gives the account its new email, verified, and ends its other sessions. Needs none, because mails are often read
   * elsewhere. If somebody else has the email by now, nothing happens and the answer stays good.
   */
  readonly answer: (answer: EmailChangeAnswer) => Effect.Effect<
    Account,
    ChallengeOver | EmailAlreadyExists | InvalidCode | StoreUnavailable
  >

  /** Nothing is pending afterwards. */
  readonly cancel: (account: Account) => Effect.Effect<void, StoreUnavailable>

  /**
   * Gives the account its old email back, verified, ends all sessions and mails a recovery to it. The password is no
   * longer good, because the person who changed the email knew it. Second factors that were confirmed since are
   * removed, because they may be theirs. So are earlier ones if no email had been verified before. If somebody else has
   * the email by now, nothing happens and the answer stays good: the reader of the email can recover that account, too.
   */
  readonly reverse: (
    reversal: EmailReversal
  ) => Effect.Effect<
    Account,
    ChallengeOver | EmailAlreadyExists | InvalidCode | StoreUnavailable
  >
}>()("identityd/domain/challenges/EmailChanges") {
  static readonly layer = Layer.effect(
    EmailChanges,
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const challenges = yield* Challenges
      const notices = yield* Notices
      const own = yield* OwnAccount
      const { whileFullyConfirmed } = yield* makeConfirmation
      const policy = yield* EmailVerificationPolicy
      const sessions = yield* Sessions
      const store = yield* ChallengeStore
      const trail = yield* AuditTrail
      const pendingOf = yield* makePendingEmails
      const reverse = yield* makeReverse

      // The challenge depends on the credentials that were confirmed, so it is over if they change meanwhile.
      const begin = (caller: SessionWithAccount, { currentPassword, email }: RequestedEmail) =>
        whileFullyConfirmed(
          caller,
          currentPassword,
          ({ account }) => challenges.start({ purpose: "email-change", email, account: Option.some(account) })
        )

      const start = Effect.fn("EmailChanges.start")(function*(caller: SessionWithAccount, change: RequestedEmail) {
        if (change.email === caller.account.email) return yield* new EmailUnchanged()
        return yield* begin(caller, change)
      })

      const changeAccount = Effect.fn("EmailChanges.changeAccount")(
        function*(caller: SessionWithAccount, requested: OwnChange) {
          const { account } = caller
          const { currentPassword, email, ...rest } = requested
          if (policy !== "required" || email === undefined || email === account.email) {
            return yield* own.change(caller, requested)
          }
          if (rest.expectedVersion !== "any" && rest.expectedVersion !== account.version) {
            return yield* new VersionConflict()
          }
          yield* begin(caller, { email, currentPassword })
          return yield* own.change(caller, rest)
        }
      )

      const change = Effect.fnUntraced(function*(answers: AnsweredChallenge, input: EmailChangeAnswer) {
        const { challenge, now } = answers
        const { accountId, credentialEpoch, email } = challenge
        if (accountId === undefined || credentialEpoch === undefined) return yield* new PreconditionFailed()
        const found = Option.getOrUndefined(yield* accounts.findAccountWithPassword(accountId))
        if (found === undefined) return yield* new PreconditionFailed()
        const before = found.account
        const kept = yield* sessionOf(before, input.session)
        const becomes = reversalOf(challenge, found, now)
        const completed = trail.commit({ action: "email-change.completed", accountId, changed: ["email"] })
        const updated = yield* accounts.updateAccount({
          id: accountId,
          precondition: { _tag: "Credentials", credentialEpoch },
          updatedAt: now,
          email,
          emailVerified: true,
          endSessions: true,
          ...(kept === undefined ? {} : { keepSession: kept.id }),
          commit: {
            ...(yield* onBehalfOf(accountId)(completed)),
            ...(yield* notices.ofEmailChange({ account: before, email, reversal: becomes, ...input.client })),
            answers: { ...answers, becomes }
          }
        })
        yield* Metric.update(sessionsEndedBy("email-changed"), updated.sessionsEnded)
        return updated.account
      }, Effect.catchTag("AccountNotFound", () => new PreconditionFailed()))

      /** The caller's own session, if it is one of the account's. */
      const sessionOf = Effect.fnUntraced(
        function*({ id }: Account, token: Redacted.Redacted<string> | undefined) {
          if (token === undefined) return undefined
          const { session } = yield* sessions.verify(token)
          return session.accountId === id ? session : undefined
        },
        Effect.catchTag("SessionRequired", () => Effect.undefined)
      )

      const answer = Effect.fn("EmailChanges.answer")((input: EmailChangeAnswer) =>
        challenges.answer(
          { id: input.id, answer: input.answer, purpose: "email-change" },
          (answers) => change(answers, input)
        )
      )

      const cancel = Effect.fn("EmailChanges.cancel")(function*({ id }: Account) {
        yield* store.endOfAccount({
          purpose: "email-change",
          accountId: id,
          now: yield* DateTime.now,
          commit: yield* trail.commit({ action: "email-change.cancelled", accountId: id })
        })
      })

      return EmailChanges.of({ pendingOf, start, changeAccount, answer, cancel, reverse })
    })
  )
}
