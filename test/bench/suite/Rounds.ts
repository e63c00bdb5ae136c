/**
 * Repetition. A machine's speed drifts, so contenders are measured one after another within a round, compared within
 * it, and the median of the rounds is what counts.
 */
import { Effect } from "effect"
import { progress } from "./Progress.ts"

export const inRounds = Effect.fnUntraced(function*<A, E, R>(count: number, round: Effect.Effect<A, E, R>) {
  const outcomes: Array<A> = []
  for (let number = 1; number <= count; number++) {
    progress(`round ${number} of ${count}`)
    outcomes.push(yield* round)
  }
  return outcomes
})

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((self, that) => self - that)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

/** The median of what each round says. */
export const medianOf = <A>(rounds: ReadonlyArray<A>, figure: (round: A) => number): number =>
  median(rounds.map(figure))
