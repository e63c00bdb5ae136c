/**
 * Signs people up once they have shown that an address is theirs.
 *
 * Those who ask learn nothing about the address. If somebody has it already, they are told so by mail, and what was
 * started can't be answered.
 */
import { Context, Effect, Layer, Metric } from "effect"
import type { Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AnsweredChallenge } from "../../ports/Commit.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { newAccount } from "../accounts/AccountCreation.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { DisplayName } from "../model/Account.ts"
import { BY_EMAIL } from "../model/Authentication.ts"
import { onBehalfOf } from "../model/Caller.ts"
import type { Challenge, ChallengeAnswer, ChallengeId } from "../model/Challenge.ts"
import type { Email } from "../model/Email.ts"
import { PreconditionFailed } from "../model/IdentityErrors.ts"
import type {
  ChallengeOver,
  HashingOverloaded,
  InvalidCode,
  PasswordRejected,
  StoreUnavailable,
  TooManyAttempts
} from "../model/IdentityErrors.ts"
import type { Password } from "../model/Password.ts"
import type { Client } from "../model/Session.ts"
import { PasswordAuthentication } from "../passwords/PasswordAuthentication.ts"
import type { StartedSession } from "../sessions/SessionOpening.ts"
import { Sessions } from "../sessions/Sessions.ts"
import { accountsCreated } from "../telemetry/IdentityMetrics.ts"
import { Challenges } from "./Challenges.ts"

export interface SignUpAnswer {
  readonly id: ChallengeId
  readonly answer: ChallengeAnswer
  readonly password: Password
  readonly displayName: DisplayName
  readonly client: Client
  readonly device: Redacted.Redacted<string> | undefined
}

export class SignUps extends Context.Service<SignUps, {
  /** Mails a challenge to the address, or tells its owner that they have an account. Succeeds alike for both. */
  readonly start: (
    email: Email,
    device?: Redacted.Redacted<string>
  ) => Effect.Effect<Challenge, StoreUnavailable | TooManyAttempts>

  /** Creates the account, verified, and starts a session. A rejected password leaves the answer good. */
  readonly answer: (answer: SignUpAnswer) => Effect.Effect<
    StartedSession,
    ChallengeOver | HashingOverloaded | InvalidCode | PasswordRejected | StoreUnavailable
  >
}>()("identityd/domain/challenges/SignUps") {
  static readonly layer = Layer.effect(
    SignUps,
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const challenges = yield* Challenges
      const ids = yield* IdGenerator
      const passwords = yield* PasswordAuthentication
      const sessions = yield* Sessions
      const trail = yield* AuditTrail

      const start = Effect.fn("SignUps.start")((email: Email, credential?: Redacted.Redacted<string>) =>
        challenges.startByEmail("sign-up", email, credential)
      )

      const create = Effect.fnUntraced(function*({ challenge, now }: AnsweredChallenge, input: SignUpAnswer) {
        if (challenge.accountId !== undefined) return yield* new PreconditionFailed()
        const { client, device, displayName } = input
        const passwordHash = yield* passwords.hashNew(input.password, { email: challenge.email, displayName })
        const account = newAccount({ email: challenge.email, displayName }, {
          id: yield* ids.accountId,
          createdAt: now
        }, true)
        const created = trail.commit({ action: "account.created", accountId: account.id })
        const commit = { ...(yield* onBehalfOf(account.id)(created)), answers: { challenge, now } }
        return yield* sessions.startFor(
          { account, client, authentication: BY_EMAIL },
          device,
          (startSession) => Effect.as(accounts.insertAccount({ account, passwordHash, startSession, commit }), account)
        ).pipe(onBehalfOf(account.id), Effect.tap(() => Metric.update(accountsCreated, 1)))
      }, Effect.catchTags({ EmailAlreadyExists: () => new PreconditionFailed(), RequestInProgress: Effect.die }))

      const answer = Effect.fn("SignUps.answer")((input: SignUpAnswer) =>
        challenges.answer({ ...input, purpose: "sign-up" }, (answers) => create(answers, input))
      )

      return SignUps.of({ start, answer })
    })
  )
}
