import { Effect } from "effect"
import { placesOf } from "../../../src/adapters/memory/MemoryChallenges.ts"
import * as MemoryChallengeStore from "../../../src/adapters/memory/MemoryChallengeStore.ts"
import { subjectOf, subjectOfAccount } from "../../../src/domain/model/Challenge.ts"
import type { ChallengePurpose } from "../../../src/domain/model/Challenge.ts"
import { ChallengeStore } from "../../../src/ports/ChallengeStore.ts"
import type { KeyValues, Step } from "./KeyValues.ts"
import { loadChallenge, loadCommit } from "./PoorCommits.ts"

/** Loads the challenges that have a subject's places. */
const loadHolders = Effect.fnUntraced(function*(step: Step, subject: string, purpose: ChallengePurpose) {
  const places = placesOf(subject, purpose)
  yield* step.challengePlaces(places)
  yield* step.challenges(places.flatMap((place) => step.state.challengePlaces.get(place) ?? []))
})

export const make = ({ inStep }: KeyValues): ChallengeStore["Service"] =>
  ChallengeStore.of({
    start: (input) =>
      inStep(Effect.fnUntraced(function*(step) {
        yield* loadHolders(step, subjectOf(input.challenge), input.challenge.purpose)
        yield* step.challenges([input.challenge.id])
        yield* loadCommit(step, input.commit)
        yield* MemoryChallengeStore.make(step.state).start(input)
      })),

    attempt: (input) =>
      inStep((step) =>
        Effect.andThen(step.challenges([input.id]), MemoryChallengeStore.make(step.state).attempt(input))
      ),

    giveBack: (id) =>
      inStep((step) => Effect.andThen(step.challenges([id]), MemoryChallengeStore.make(step.state).giveBack(id))),

    find: (input) =>
      inStep((step) => Effect.andThen(step.challenges([input.id]), MemoryChallengeStore.make(step.state).find(input))),

    findOfAccounts: (input) =>
      Effect.map(
        Effect.forEach(input.accountIds, (id) =>
          inStep((step) =>
            Effect.andThen(
              loadHolders(step, subjectOfAccount(input.purpose, id), input.purpose),
              MemoryChallengeStore.make(step.state).findOfAccounts({ ...input, accountIds: [id] })
            )
          )),
        (found) => found.flat()
      ),

    resend: (input) =>
      inStep(Effect.fnUntraced(function*(step) {
        yield* step.challenges([input.id])
        yield* loadChallenge(step, step.state.challenges.get(input.id)?.challenge)
        yield* loadCommit(step, input.commit)
        return yield* MemoryChallengeStore.make(step.state).resend(input)
      })),

    endOfAccount: (input) =>
      inStep(Effect.fnUntraced(function*(step) {
        yield* loadHolders(step, subjectOfAccount(input.purpose, input.accountId), input.purpose)
        yield* loadCommit(step, input.commit)
        yield* MemoryChallengeStore.make(step.state).endOfAccount(input)
      }))
  })
