/**
 * Gives owners of an address their account back when they have lost its password.
 *
 * Reading the address is the proof. So its first recovery also takes the account from whoever signed up with an address
 * that was not theirs: their sessions, devices and pending changes end with the password that they chose.
 */
import { Context, DateTime, Effect, Layer, Metric, Option } from "effect"
import type { Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AnsweredChallenge } from "../../ports/Commit.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { SecondFactors } from "../factors/SecondFactors.ts"
import { makeOwnDevice } from "../limits/CurrentDevice.ts"
import { Notices } from "../mail/Notices.ts"
import { BY_EMAIL } from "../model/Authentication.ts"
import { onBehalfOf } from "../model/Caller.ts"
import type { Challenge, ChallengeAnswer, ChallengeId } from "../model/Challenge.ts"
import { emailKey } from "../model/Email.ts"
import type { Email } from "../model/Email.ts"
import { PreconditionFailed } from "../model/IdentityErrors.ts"
import type {
  ChallengeOver,
  HashingOverloaded,
  InvalidCode,
  PasswordRejected,
  SecondFactorRequired,
  StoreUnavailable,
  TooManyAttempts
} from "../model/IdentityErrors.ts"
import type { Password } from "../model/Password.ts"
import type { Client } from "../model/Session.ts"
import { PasswordAuthentication } from "../passwords/PasswordAuthentication.ts"
import type { StartedSession } from "../sessions/SessionOpening.ts"
import { Sessions } from "../sessions/Sessions.ts"
import { sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
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
   * good for another try. Where the account has a second factor, nothing of this happens before that is presented.
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
      const ownDevice = yield* makeOwnDevice

      const start = Effect.fn("Recoveries.start")(function*(email: Email, credential?: Redacted.Redacted<string>) {
        const found = yield* accounts.findAccountByEmail(emailKey(email))
        const account = Option.map(found, (known) => known.account).pipe(
          Option.filter(({ status }) => status === "active")
        )
        return yield* challenges.start({
          purpose: "recovery",
          email,
          account,
          device: yield* ownDevice(credential, found)
        })
      })

      const recover = Effect.fnUntraced(
        function*(answers: AnsweredChallenge, { client, device, newPassword }: RecoveryAnswer) {
          const { credentialEpoch, accountId } = answers.challenge
          if (accountId === undefined || credentialEpoch === undefined) return yield* new PreconditionFailed()
          const account = Option.getOrUndefined(yield* accounts.findAccount(accountId))
          if (account?.status !== "active") return yield* new PreconditionFailed()
          const passwordHash = yield* passwords.hashNew(newPassword, account)
          yield* secondFactors.demand(account, { firstFactor: "email", passwordHash, answers })
          const commit = yield* trail.commit({
            action: "recovery.completed",
            accountId: account.id,
            changed: ["password"]
          }).pipe(onBehalfOf(account.id))
          const notice = yield* notices.of({ purpose: "recovery-used", account, userAgent: client.userAgent })
          return yield* sessions.startFor(
            { account, client, authentication: BY_EMAIL },
            device,
            Effect.fnUntraced(function*(startSession) {
              const updated = yield* accounts.updateAccount({
                id: account.id,
                precondition: { _tag: "Credentials", credentialEpoch },
                updatedAt: yield* DateTime.now,
                passwordHash,
                emailVerified: true,
                endSessions: true,
                startSession,
                commit: { ...commit, ...notice, answers }
              })
              yield* Metric.update(sessionsEndedBy("password-recovered"), updated.sessionsEnded)
              return updated.account
            })
          ).pipe(onBehalfOf(account.id))
        },
        Effect.catchTags({ AccountNotFound: () => new PreconditionFailed(), EmailAlreadyExists: Effect.die })
      )

      const answer = Effect.fn("Recoveries.answer")((input: RecoveryAnswer) =>
        challenges.answer({ ...input, purpose: "recovery" }, (answers) => recover(answers, input))
      )

      return Recoveries.of({ start, answer })
    })
  )
}
