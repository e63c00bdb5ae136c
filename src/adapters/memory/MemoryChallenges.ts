/** What is live among the challenges in memory. */
import { DateTime } from "effect"
import { CHALLENGE_TRIES_MAX, endsRival, placesFor, subjectOf } from "../../domain/model/Challenge.ts"
import type { Challenge, Places } from "../../domain/model/Challenge.ts"
import type { AnsweredChallenge } from "../../ports/Commit.ts"
import type { ChallengeRecord, MemoryState } from "./MemoryState.ts"

/** The keys of places of a subject. */
const placesIn = (subject: string, { first, last }: Places): ReadonlyArray<string> =>
  Array.from({ length: last - first + 1 }, (_, index) => `${subject} ${first + index}`)

/** The keys of all of them. */
export const placesOf = (subject: string, purpose: Challenge["purpose"]): ReadonlyArray<string> =>
  placesIn(subject, { first: 1, last: placesFor(purpose, true).last })

/** Whether the challenge is live, so that the mutation that its answer makes may happen. */
export const isAnswerable = (state: MemoryState, answers: AnsweredChallenge | undefined): boolean => {
  if (answers === undefined) return true
  const record = state.challenges.get(answers.challenge.id)
  return record !== undefined && isLiveAt(state, record, answers.now)
}

/** Ends a challenge with its rivals, and perhaps turns it into another. */
export const endAnswered = (state: MemoryState, { becomes, challenge }: AnsweredChallenge): void => {
  for (const place of placesOf(subjectOf(challenge), challenge.purpose)) {
    const holder = state.challenges.get(state.challengePlaces.get(place) ?? challenge.id)?.challenge ?? challenge
    if (holder.id === challenge.id || endsRival(challenge, holder)) state.challengePlaces.delete(place)
  }
  state.challenges.delete(challenge.id)
  if (becomes !== undefined) insertChallenge(state, becomes)
}

/** Saves a challenge in a free place, or in none if none is free. Returns whether it is live. */
export const insertChallenge = (state: MemoryState, challenge: Challenge, isFromKnownDevice = false): boolean => {
  const places = placesIn(subjectOf(challenge), placesFor(challenge.purpose, isFromKnownDevice))
  const place = places.find((each) => liveAt(state, each, challenge.createdAt) === undefined)
  if (place !== undefined) takePlace(state, place, challenge)
  state.challenges.set(challenge.id, { challenge, place, tries: 0 })
  return place !== undefined
}

const takePlace = (state: MemoryState, place: string, { id }: Challenge): void => {
  const holder = state.challengePlaces.get(place)
  if (holder !== undefined) state.challenges.delete(holder)
  state.challengePlaces.set(place, id)
}

export const unfinished = (state: MemoryState, id: Challenge["id"], now: DateTime.Utc): ChallengeRecord | undefined => {
  const record = state.challenges.get(id)
  if (record === undefined || record.tries >= CHALLENGE_TRIES_MAX) return undefined
  return DateTime.isLessThan(now, record.challenge.expiresAt) ? record : undefined
}

export const hasPlace = (state: MemoryState, { challenge, place }: ChallengeRecord): boolean =>
  place !== undefined && state.challengePlaces.get(place) === challenge.id

export const isLiveAt = (state: MemoryState, record: ChallengeRecord, now: DateTime.Utc): boolean =>
  hasPlace(state, record) && DateTime.isLessThan(now, record.challenge.expiresAt)

export const liveAt = (state: MemoryState, place: string, now: DateTime.Utc): ChallengeRecord | undefined => {
  const holder = state.challengePlaces.get(place)
  const record = holder === undefined ? undefined : state.challenges.get(holder)
  return record !== undefined && isLiveAt(state, record, now) ? record : undefined
}
