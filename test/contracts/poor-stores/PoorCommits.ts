import { Effect } from "effect"
import { placesOf } from "../../../src/adapters/memory/MemoryChallenges.ts"
import type { AccountId } from "../../../src/domain/model/Account.ts"
import type { Challenge } from "../../../src/domain/model/Challenge.ts"
import { subjectOf } from "../../../src/domain/model/Challenge.ts"
import type { Commit, FactorUse } from "../../../src/ports/Commit.ts"
import type { AttemptReservation } from "../../../src/ports/GuessBudgets.ts"
import type { Step } from "./KeyValues.ts"

export const keysOf = ({ forgetsAll, forgetsOne, keeps }: AttemptReservation): ReadonlyArray<string> => [
  ...forgetsAll,
  ...forgetsOne,
  ...keeps
]

/** Loads a challenge, the places of its subject, and what has them. */
export const loadChallenge = Effect.fnUntraced(function*(step: Step, challenge: Challenge | undefined) {
  if (challenge === undefined) return
  const places = placesOf(subjectOf(challenge), challenge.purpose)
  yield* step.challengePlaces(places)
  yield* step.challenges([challenge.id, ...places.flatMap((place) => step.state.challengePlaces.get(place) ?? [])])
})

/** Loads the factors of an account, and whose credentials are whose. */
export const loadFactors = Effect.fnUntraced(function*({ factors, passkeys, state }: Step, accountId: AccountId) {
  yield* factors([accountId])
  yield* passkeys((state.factors.get(accountId) ?? []).flatMap(({ factor }) => factor.passkey?.credentialId ?? []))
})

const loadUse = (step: Step, use: FactorUse | undefined) =>
  use === undefined ? Effect.void : Effect.andThen(
    loadFactors(step, use.accountId),
    step.passkeys(use.by._tag === "Passkey" ? [use.by.passkey.credentialId] : [])
  )

/** Loads the items that a commit reads and changes. */
export const loadCommit = (step: Step, commit: Commit) => {
  const { budgets, heads, mails, requests } = step
  const { answers, attempt, audit, request, uses } = commit
  return Effect.all([
    heads([audit.chain]),
    requests(request === undefined ? [] : [request.key]),
    budgets(attempt === undefined ? [] : keysOf(attempt.reservation)),
    budgets(attempt?.successes === undefined ? [] : [attempt.successes.key]),
    loadChallenge(step, answers?.challenge),
    loadChallenge(step, answers?.becomes),
    loadUse(step, uses),
    mails((commit.mails ?? []).map(({ id }) => id))
  ], { discard: true })
}
