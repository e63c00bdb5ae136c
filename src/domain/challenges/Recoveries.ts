/**
 * Gives owners of an address their account back when they have lost its password.
 *
 * Reading the address is the proof. So the first recovery of an account none of whose emails was ever verified takes it
 * from the person who signed up with an address that was not theirs: their second factors, sessions, devices and
 * pending changes end with the password that they chose. Once an email was verified, the account's second factors are
 * its owner's, and every recovery asks for them (ASVS 6.4.3). That holds for a later email that nobody has verified,
 * too: its mailbox may be mistyped or somebody else's by now, and must not be enough to get past them.
 */
import { Context, DateTime, Effect, Layer, Metric, Option } from "effect"
import type { Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AccountUpdate, AccountWithPassword } from "../../ports/AccountStore.ts"
import type { AnsweredChallenge } from "../../ports/Commit.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { SecondFactors } from "../factors/SecondFactors.ts"
import { Notices } from "../mail/Notices.ts"
import { BY_EMAIL } from "../model/Authentication.ts"
import { onBehalfOf } from "../model/Caller.ts"
import type { Challenge, ChallengeAnswer, ChallengeId } from "../model/Challenge.ts"
import type { Email } from "../model/Email.ts"
import { isPreconditionFailed, PreconditionFailed } from "../model/IdentityErrors.ts"
import type {
  ChallengeOver,
  HashingOverloaded,
  InvalidCode,
  PasswordRejected,
  SecondFactorRequired,
  StoreUnavailable,
  TooManyAttempts
} from "../model/IdentityErrors.ts"
import type { Password, PasswordHash } from "../model/Password.ts"
import type { Client } from "../model/Session.ts"
import { PasswordAuthentication } from "../passwords/PasswordAuthentication.ts"
import type { StartedSession } from "../sessions/SessionOpening.ts"
import { Sessions } from "../sessions/Sessions.ts"
import { factorsRemovedBy, sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
import { Challenges } from "./Challenges.ts"

export interface RecoveryAnswer {
  readonly id: ChallengeId
  readonly answer: ChallengeAnswer
  readonly newPassword: Password
  readonly client: Client
  readonly device: Redacted.Redacted<string> | undefined
}

export class Recoveries extends Context.Service<Recoveries, {
  /**
   * Mails a challenge to the account with this email, if it is active. Succeeds alike for every address. The client may
   * present the credential of a device.
   */
  readonly start: (
    email: Email,
    device?: Redacted.Redacted<string>
  ) => Effect.Effect<Challenge, StoreUnavailable | TooManyAttempts>

  /**
   * Sets a new password, verifies the email, ends every session and starts one. A rejected password leaves the answer
   * good for another try. Where a proven account has a second factor, nothing of this happens before that is presented.
   * An account that was never proven loses its factors instead.
   */
  readonly answer: (answer: RecoveryAnswer) => Effect.Effect<
    StartedSession,
    | ChallengeOver
    | HashingOverloaded
    | InvalidCode
    | PasswordRejected
    | SecondFactorRequired
    | StoreUnavailable
  >
}>()("identityd/domain/challenges/Recoveries") {
  static readonly layer = Layer.effect(
    Recoveries,
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const challenges = yield* Challenges
      const passwords = yield* PasswordAuthentication
      const secondFactors = yield* SecondFactors
      const sessions = yield* Sessions
      const trail = yield* AuditTrail
      const notices = yield* Notices

      const start = Effect.fn("Recoveries.start")((email: Email, credential?: Redacted.Redacted<string>) =>
        challenges.startByEmail("recovery", email, credential)
      )

      /** The answer shows who reads the email that the account had when it was asked for, so it must still have it. */
      const findOwner = Effect.fnUntraced(function*({ challenge: { accountId, credentialEpoch } }: AnsweredChallenge) {
        const owner = accountId && Option.getOrUndefined(yield* accounts.findAccountWithPassword(accountId))
        const isOwner = owner?.account.status === "active" && owner.account.credentialEpoch === credentialEpoch
        return isOwner ? owner : yield* new PreconditionFailed()
      })

      /** What takes the account from somebody else, if nobody has shown before that they read an email of it. */
      const takeFrom = Effect.fnUntraced(function*({ account, isProven }: AccountWithPassword) {
        if (isProven) return {}
        const commit = yield* trail.commit({ action: "factor.removed", accountId: account.id })
        const notice = yield* notices.of({ purpose: "factor-removed", account })
        return { removeFactors: { commit: { ...commit, ...notice } } }
      })

      const change = Effect.fnUntraced(function*(
        owner: AccountWithPassword,
        { answers, passwordHash, userAgent }: {
          readonly answers: AnsweredChallenge
          readonly passwordHash: PasswordHash
          readonly userAgent: string | undefined
        }
      ) {
        const { account: { credentialEpoch, id }, account, isProven } = owner
        const completed = { action: "recovery.completed", accountId: id, changed: ["password"] } as const
        const commit = yield* trail.commit(completed)
        const notice = yield* notices.of({ purpose: "recovery-used", account, userAgent })
        return {
          id,
          precondition: { _tag: isProven ? "Credentials" : "Unproven", credentialEpoch },
          updatedAt: yield* DateTime.now,
          passwordHash,
          emailVerified: true,
          endSessions: true,
          ...(yield* takeFrom(owner)),
          commit: { ...commit, ...notice, answers }
        } satisfies AccountUpdate
      })

      const recover = Effect.fnUntraced(
        function*(answers: AnsweredChallenge, { client, device, newPassword }: RecoveryAnswer) {
          const owner = yield* findOwner(answers)
          const passwordHash = yield* passwords.hashNew(newPassword, owner.account)
          const proceed = Effect.fnUntraced(function*(current: AccountWithPassword) {
            const { account, isProven } = current
            if (isProven) yield* secondFactors.demand(account, { firstFactor: "email", passwordHash, answers })
            const update = yield* change(current, { answers, passwordHash, userAgent: client.userAgent })
            return yield* sessions.startFor(
              { account, client, authentication: BY_EMAIL },
              device,
              (startSession) => save({ ...update, startSession })
            )
          }, (proceeding, { account }) => onBehalfOf(account.id)(proceeding))
          return yield* proceed(owner).pipe(
            // Perhaps an email was verified meanwhile.
            Effect.catchIf(
              (error) => isPreconditionFailed(error) && !owner.isProven,
              () => Effect.flatMap(findOwner(answers), proceed)
            )
          )
        },
        Effect.catchTags({ AccountNotFound: () => new PreconditionFailed(), EmailAlreadyExists: Effect.die })
      )

      const save = Effect.fnUntraced(function*(update: AccountUpdate) {
        const { account, factorsRemoved, sessionsEnded } = yield* accounts.updateAccount(update)
        yield* Metric.update(sessionsEndedBy("password-recovered"), sessionsEnded)
        yield* Metric.update(factorsRemovedBy("recovery"), factorsRemoved)
        return account
      })

      const answer = Effect.fn("Recoveries.answer")((input: RecoveryAnswer) =>
        challenges.answer({ ...input, purpose: "recovery" }, (answers) => recover(answers, input))
      )

      return Recoveries.of({ start, answer })
    })
  )
}
