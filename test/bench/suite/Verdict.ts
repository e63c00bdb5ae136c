/** Goals and their measurements, or why there is none. */
import { Data } from "effect"

/** A measurement is left out, and the report says so: something it needs is absent, or it is itself at fault. */
export class NotMeasured extends Data.TaggedError("NotMeasured")<{
  readonly message: string
  readonly broken: boolean
}> {}

/** A goal and its measurement. */
export interface Verdict {
  /** `G1` and so on. */
  readonly goal: string
  /** The goal as a sentence, without its bound. */
  readonly sentence: string
  readonly figure: number
  readonly relation: "≥" | "≤"
  readonly bound: number
  readonly unit: string
  readonly met: boolean
  /** The known reason for a miss. */
  readonly whyMissed?: string
}

interface Goal {
  readonly goal: string
  readonly sentence: string
  readonly figure: number
  readonly bound: number
  /** `×` unless said: most goals are ratios. */
  readonly unit?: string
  /** The known reason, should it be missed. */
  readonly whyMissed?: string
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

export interface Picture {
  /** Of its file, without `.svg`. */
  readonly name: string
  /** What it shows, for readers who don't see it. */
  readonly alt: string
  readonly svg: string
}

/** A table of what a case of the suite measured, and what follows. */
export interface Findings {
  readonly title: string
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string | number>>
  readonly verdicts: ReadonlyArray<Verdict>
  /** Remarks below the table. */
  readonly notes?: ReadonlyArray<string>
  readonly pictures?: ReadonlyArray<Picture>
}
