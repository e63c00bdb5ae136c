/** Goals, what was found out about them, and what could not be. */
import { Data } from "effect"

/** A measurement is left out, and the report says so: something it needs is absent, or it is itself at fault. */
export class NotMeasured extends Data.TaggedError("NotMeasured")<{
  readonly message: string
  readonly broken: boolean
}> {}

/** A goal beside what was measured. */
export interface Verdict {
  /** `G1` and so on. */
  readonly goal: string
  /** What is asked, as a sentence without its bound. */
  readonly sentence: string
  readonly figure: number
  readonly relation: "≥" | "≤"
  readonly bound: number
  readonly unit: string
  readonly met: boolean
}

interface Goal {
  readonly goal: string
  readonly sentence: string
  readonly figure: number
  readonly bound: number
  /** `×` unless said: most goals are ratios. */
  readonly unit?: string
}

export const atLeast = ({ unit = "×", ...goal }: Goal): Verdict => ({
  ...goal,
  unit,
  relation: "≥",
  met: goal.figure >= goal.bound
})

export const atMost = ({ unit = "×", ...goal }: Goal): Verdict => ({
  ...goal,
  unit,
  relation: "≤",
  met: goal.figure <= goal.bound
})

/** What one case of the suite found out. */
export interface Findings {
  readonly title: string
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string | number>>
  readonly verdicts: ReadonlyArray<Verdict>
  /** What a reader has to know beside the table. */
  readonly notes?: ReadonlyArray<string>
}
