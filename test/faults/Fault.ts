import { Context, Data } from "effect"
import type { Effect, Scope } from "effect"
import { atLeast, atMost } from "../bench/suite/Verdict.ts"
import type { Verdict } from "../bench/suite/Verdict.ts"
import type { Plan } from "./Plan.ts"

export interface Fault {
  /** `F1` and so on. */
  readonly id: string
  /** What goes wrong, as the page of figures says it. */
  readonly title: string
  /** Whether `npm test` shows it as well. */
  readonly isInSuite?: true
  readonly run: Effect.Effect<ReadonlyArray<Figure>, NotPossible, Trial | Scope.Scope>
}

/** Something that this machine lacks. */
export class NotPossible extends Data.TaggedError("NotPossible")<{ readonly message: string }> {}

/** The run of one fault. */
export class Trial extends Context.Service<Trial, {
  readonly id: string
  readonly plan: Plan
}>()("identityd/test/faults/Trial") {}

/** What was measured, with its goal. */
export type Figure = Omit<Verdict, "goal">

export const none = (sentence: string, found: ReadonlyArray<unknown> | number): Figure =>
  most(sentence, typeof found === "number" ? found : found.length, 0)

export const most = (sentence: string, figure: number, bound: number, unit = ""): Figure =>
  atMost({ goal: "", sentence, figure, bound, unit })

export const least = (sentence: string, figure: number, bound: number, unit = ""): Figure =>
  atLeast({ goal: "", sentence, figure, bound, unit })

/** In the short form times may be twice as long: other work shares the machines that it runs on. */
export const patient = (figure: Figure): Figure => {
  const { bound, sentence, unit } = figure
  return unit === "s" || unit === "ms" ? most(sentence, figure.figure, 2 * bound, unit) : figure
}
