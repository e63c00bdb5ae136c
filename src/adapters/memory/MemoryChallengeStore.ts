import { DateTime, Effect, Option } from "effect"
import { Challenge, CHALLENGE_TRIES_MAX, isOfHolder, subjectOf, subjectOfHolder } from "../../domain/model/Challenge.ts"
import { PreconditionFailed } from "../../domain/model/IdentityErrors.ts"
import { ChallengeStore } from "../../ports/ChallengeStore.ts"
import { withMailsWithheld } from "../../ports/Commit.ts"
import { hasPlace, isAnswerable, liveAt, placesOf, takePlace, unfinished } from "./MemoryChallenges.ts"
import { carryOut } from "./MemoryCommits.ts"
import type { MemoryState } from "./MemoryState.ts"

// No generator here suspends between reading and writing, so each runs as one step of the event loop.
export const make = (state: MemoryState): ChallengeStore["Service"] =>
  ChallengeStore.of({
    start: ({ challenge, commit }) =>
      Effect.suspend(() => {
        if (!isAnswerable(state, commit.answers)) return Effect.fail(new PreconditionFailed())
        const places = placesOf(subjectOf(challenge), challenge.purpose)
        const isFree = (place: string) => liveAt(state, place, challenge.createdAt) === undefined
        const place = isOfHolder(challenge.purpose) ? places[0] : places.find(isFree)
        if (place !== undefined) takePlace(state, place, challenge)
        state.challenges.set(challenge.id, { challenge, place, tries: 0 })
        carryOut(state, place === undefined ? withMailsWithheld(commit) : commit)
        return Effect.void
      }),

    attempt: ({ id, now, purpose }) =>
      Effect.sync(() => {
        const record = unfinished(state, id, now)
        if (record?.challenge.purpose !== purpose) return Option.none()
        state.challenges.set(id, { ...record, tries: record.tries + 1 })
        return Option.some({ challenge: record.challenge, isLast: record.tries + 1 === CHALLENGE_TRIES_MAX })
      }),

    giveBack: (id) =>
      Effect.sync(() => {
        const record = state.challenges.get(id)
        if (record !== undefined) state.challenges.set(id, { ...record, tries: record.tries - 1 })
      }),

    find: ({ id, now }) => Effect.sync(() => Option.fromUndefinedOr(unfinished(state, id, now)?.challenge)),

    findOfAccount: ({ accountId, now, purpose }) =>
      Effect.sync(() => {
        const [place = ""] = placesOf(subjectOfHolder(purpose, accountId), purpose)
        return Option.fromUndefinedOr(liveAt(state, place, now)?.challenge)
      }),

    resend: ({ commit, id, now, resendAt }) =>
      Effect.sync(() => {
        const record = unfinished(state, id, now)
        if (record === undefined || DateTime.isLessThan(now, record.challenge.resendAt)) return false
        state.challenges.set(id, { ...record, challenge: Challenge.make({ ...record.challenge, resendAt }) })
        carryOut(state, hasPlace(state, record) ? commit : withMailsWithheld(commit))
        return true
      }),

    endOfAccount: ({ accountId, commit, now, purpose }) =>
      Effect.sync(() => {
        const [place = ""] = placesOf(subjectOfHolder(purpose, accountId), purpose)
        const live = liveAt(state, place, now)
        if (live === undefined) return
        state.challenges.delete(live.challenge.id)
        carryOut(state, commit)
      })
  })
