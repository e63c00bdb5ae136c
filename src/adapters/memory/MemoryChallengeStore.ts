import { DateTime, Effect, Option } from "effect"
import type { AccountId } from "../../domain/model/Account.ts"
import {
  Challenge,
  CHALLENGE_TRIES_MAX,
  isOfHolder,
  subjectOf,
  subjectOfAccount
} from "../../domain/model/Challenge.ts"
import type { ChallengePurpose } from "../../domain/model/Challenge.ts"
import { PreconditionFailed } from "../../domain/model/IdentityErrors.ts"
import { ChallengeStore } from "../../ports/ChallengeStore.ts"
import { withMailsWithheld } from "../../ports/Commit.ts"
import { hasPlace, insertChallenge, liveAt, placesOf, unfinished } from "./MemoryChallenges.ts"
import { carryOut, isProven } from "./MemoryCommits.ts"
import { atOnce } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

// No generator here suspends between reading and writing, so each runs as one step of the event loop.
export const make = (state: MemoryState): ChallengeStore["Service"] =>
  ChallengeStore.of({
    start: ({ challenge, commit, isFromKnownDevice }) =>
      Effect.suspend(() => {
        if (!isProven(state, commit)) return Effect.fail(new PreconditionFailed())
        if (isOfHolder(challenge.purpose)) endSubject(state, challenge)
        carryOut(state, insertChallenge(state, challenge, isFromKnownDevice) ? commit : withMailsWithheld(commit))
        return Effect.void
      }),

    attempt: atOnce(({ id, now, purpose }) => {
      const record = unfinished(state, id, now)
      if (record?.challenge.purpose !== purpose) return Option.none()
      state.challenges.set(id, { ...record, tries: record.tries + 1 })
      return Option.some({ challenge: record.challenge, isLast: record.tries + 1 === CHALLENGE_TRIES_MAX })
    }),

    giveBack: atOnce((id) => {
      const record = state.challenges.get(id)
      if (record !== undefined) state.challenges.set(id, { ...record, tries: record.tries - 1 })
    }),

    find: ({ id, now }) => Effect.sync(() => Option.fromUndefinedOr(unfinished(state, id, now)?.challenge)),

    findOfAccounts: atOnce(({ accountIds, now, purpose }) =>
      accountIds.flatMap((id) => liveOfAccount(state, { purpose, accountId: id, now })?.challenge ?? [])
    ),

    resend: atOnce(({ commit, id, now, resendAt }) => {
      const record = unfinished(state, id, now)
      if (record === undefined || DateTime.isLessThan(now, record.challenge.resendAt)) return false
      state.challenges.set(id, { ...record, challenge: Challenge.make({ ...record.challenge, resendAt }) })
      carryOut(state, hasPlace(state, record) ? commit : withMailsWithheld(commit))
      return true
    }),

    endOfAccount: atOnce(({ accountId, commit, now, purpose }) => {
      const live = liveOfAccount(state, { purpose, accountId, now })
      if (live === undefined) return
      state.challenges.delete(live.challenge.id)
      carryOut(state, commit)
    })
  })

const liveOfAccount = (state: MemoryState, { accountId, now, purpose }: {
  readonly purpose: ChallengePurpose
  readonly accountId: AccountId
  readonly now: DateTime.Utc
}) => {
  const [place = ""] = placesOf(subjectOfAccount(purpose, accountId), purpose)
  return liveAt(state, place, now)
}

const endSubject = (state: MemoryState, challenge: Challenge): void => {
  for (const place of placesOf(subjectOf(challenge), challenge.purpose)) {
    const holder = state.challengePlaces.get(place)
    if (holder !== undefined) state.challenges.delete(holder)
    state.challengePlaces.delete(place)
  }
}
