/** Challenges that are started and answered, for tests of stores. */
import { DateTime, Effect, Result } from "effect"
import type { Account } from "../../../src/domain/model/Account.ts"
import { challengeLifetime } from "../../../src/domain/model/Challenge.ts"
import type { Challenge } from "../../../src/domain/model/Challenge.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { ChallengeStore } from "../../../src/ports/ChallengeStore.ts"
import { aChallenge, anEvent, START } from "../../support/builders.ts"

export const NOW = DateTime.addDuration(START, "1 minute")

/** When every challenge that is started here is over. */
export const after = ({ purpose }: Challenge) => DateTime.addDuration(START, challengeLifetime[purpose])

export const aStartOf = (challenge: Challenge) => ({ challenge, commit: { audit: anEvent() } })

export const started = Effect.fnUntraced(function*(fields: Parameters<typeof aChallenge>[0]) {
  const store = yield* ChallengeStore
  const challenge = aChallenge(fields)
  yield* store.start(aStartOf(challenge))
  return challenge
})

/** Answers a challenge by a change of an account. Returns whether that took effect. */
export const isAnswered = Effect.fnUntraced(function*(
  account: Account,
  challenge: Challenge,
  more: { readonly now?: DateTime.Utc; readonly becomes?: Challenge; readonly epoch?: number } = {}
) {
  const accounts = yield* AccountStore
  const { becomes, epoch = account.sessionEpoch, now = NOW } = more
  const result = yield* Effect.result(accounts.updateAccount({
    id: account.id,
    precondition: { _tag: "Credentials", credentialEpoch: epoch },
    updatedAt: now,
    emailVerified: true,
    endSessions: false,
    commit: { audit: anEvent(), answers: { challenge, now, ...(becomes && { becomes }) } }
  }))
  return Result.isSuccess(result)
})
