/**
 * Has holders show that the email of their account is theirs.
 */
import { Context, DateTime, Effect, Layer, Option } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AnsweredChallenge } from "../../ports/Commit.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { Account } from "../model/Account.ts"
import { onBehalfOf } from "../model/Caller.ts"
import type { Challenge, ChallengeAnswer, ChallengeId } from "../model/Challenge.ts"
import { PreconditionFailed, TurnedOff } from "../model/IdentityErrors.ts"
import type { ChallengeOver, InvalidCode, StoreUnavailable, TooManyAttempts } from "../model/IdentityErrors.ts"
import { EmailVerificationPolicy } from "../sessions/EmailVerificationPolicy.ts"
import { Challenges } from "./Challenges.ts"

export class EmailVerifications extends Context.Service<EmailVerifications, {
  /** Mails a challenge to the account's own email; `None` if that is verified already. Ends the earlier one. */
  readonly start: (
    account: Account
  ) => Effect.Effect<Option.Option<Challenge>, StoreUnavailable | TooManyAttempts | TurnedOff>

  /** Verifies the email. Needs no session, because mails are often read elsewhere. */
  readonly answer: (input: {
    readonly id: ChallengeId
    readonly answer: ChallengeAnswer
  }) => Effect.Effect<Account, ChallengeOver | InvalidCode | StoreUnavailable>
}>()("identityd/domain/challenges/EmailVerifications") {
  static readonly layer = Layer.effect(
    EmailVerifications,
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const challenges = yield* Challenges
      const policy = yield* EmailVerificationPolicy
      const trail = yield* AuditTrail

      const start = Effect.fn("EmailVerifications.start")(function*(account: Account) {
        if (policy === "off") return yield* new TurnedOff()
        if (account.emailVerified) return Option.none()
        return Option.some(
          yield* challenges.start({
            purpose: "email-verification",
            email: account.email,
            account: Option.some(account)
          })
        )
      })

      const verify = Effect.fnUntraced(
        function*(answers: AnsweredChallenge) {
          const { credentialEpoch, accountId } = answers.challenge
          if (accountId === undefined || credentialEpoch === undefined) return yield* new PreconditionFailed()
          const verified = trail.commit({ action: "email-verification.completed", accountId })
          const updated = yield* accounts.updateAccount({
            id: accountId,
            precondition: { _tag: "Credentials", credentialEpoch },
            updatedAt: yield* DateTime.now,
            emailVerified: true,
            endSessions: false,
            commit: { ...(yield* onBehalfOf(accountId)(verified)), answers }
          })
          return updated.account
        },
        Effect.catchTags({ AccountNotFound: () => new PreconditionFailed(), EmailAlreadyExists: Effect.die })
      )

      const answer = Effect.fn("EmailVerifications.answer")(
        (input: { readonly id: ChallengeId; readonly answer: ChallengeAnswer }) =>
          challenges.answer({ ...input, purpose: "email-verification" }, verify)
      )

      return EmailVerifications.of({ start, answer })
    })
  )
}
