/**
 * Undoes changes of email for those who read the old ones. `EmailChanges.reverse` says what that does to the account.
 */
import { DateTime, Effect, Metric, Option } from "effect"
import type { Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AccountWithPassword } from "../../ports/AccountStore.ts"
import type { AnsweredChallenge } from "../../ports/Commit.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { Notices } from "../mail/Notices.ts"
import { Account } from "../model/Account.ts"
import { Caller, onBehalfOf } from "../model/Caller.ts"
import { Challenge, challengeLifetime } from "../model/Challenge.ts"
import type { ChallengeId } from "../model/Challenge.ts"
import { PreconditionFailed } from "../model/IdentityErrors.ts"
import { factorsRemovedBy, sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
import { Challenges } from "./Challenges.ts"
import { Recoveries } from "./Recoveries.ts"

export interface EmailReversal {
  readonly id: ChallengeId
  readonly token: Redacted.Redacted<string>
}

export const makeReverse = Effect.gen(function*() {
  const accounts = yield* AccountStore
  const challenges = yield* Challenges
  const hasher = yield* PasswordHasher
  const notices = yield* Notices
  const recoveries = yield* Recoveries
  const trail = yield* AuditTrail

  const restore = Effect.fnUntraced(function*(answers: AnsweredChallenge) {
    const { accountId, createdAt, email } = answers.challenge
    const found = accountId && Option.getOrUndefined(yield* accounts.findAccount(accountId))
    if (accountId === undefined || found === undefined) return yield* new PreconditionFailed()
    const completed = trail.commit({
      action: "email-change-reversal.completed",
      accountId,
      changed: ["email", "password"]
    })
    const removed = yield* onBehalfOf(accountId)(trail.commit({ action: "factor.removed", accountId }))
    const notice = yield* notices.of({ purpose: "factor-removed", account: Account.make({ ...found, email }) })
    const updated = yield* accounts.updateAccount({
      id: accountId,
      precondition: { _tag: "Exists" },
      updatedAt: answers.now,
      email,
      emailVerified: true,
      passwordHash: hasher.decoy,
      endSessions: true,
      removeFactors: { since: createdAt, commit: { ...removed, ...notice } },
      commit: { ...(yield* onBehalfOf(accountId)(completed)), answers }
    })
    yield* Metric.update(factorsRemovedBy("reversal"), updated.factorsRemoved)
    yield* Metric.update(sessionsEndedBy("email-changed"), updated.sessionsEnded)
    return updated.account
  }, Effect.catchTag("AccountNotFound", () => new PreconditionFailed()))

  return Effect.fn("EmailChanges.reverse")(
    function*({ id, token }: EmailReversal) {
      const asked = { id, answer: { _tag: "Token", token }, purpose: "email-change-reversal" } as const
      const account = yield* challenges.answer(asked, restore)
      // Nobody can use up the limits on mails beforehand. If this fails, its reader can ask for a recovery, too.
      yield* recoveries.start(account.email).pipe(
        Effect.updateService(Caller, (caller): Caller => ({ ...caller, limits: "exempt" })),
        Effect.ignore
      )
      return account
    }
  )
})

/**
 * The reversal of a change that is made now. It doesn't depend on credentials, and takes away the factors that were
 * confirmed since it was created. If no email of the account was ever verified, they may all be a stranger's who signed
 * up with the email. So it then dates from before any of them.
 */
export const reversalOf = (
  { id, signingKey }: Challenge,
  { account: { email, id: accountId }, isProven }: AccountWithPassword,
  now: DateTime.Utc
): Challenge => {
  const expiresAt = DateTime.addDuration(now, challengeLifetime["email-change-reversal"])
  return Challenge.make({
    id,
    purpose: "email-change-reversal",
    email,
    accountId,
    credentialEpoch: undefined,
    firstFactor: undefined,
    passwordHash: undefined,
    signingKey,
    createdAt: isProven ? now : DateTime.makeUnsafe(0),
    expiresAt,
    resendAt: expiresAt
  })
}
