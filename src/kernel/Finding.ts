/**
 * What a look at an installation finds, for those who run it. A finding is made where it is known what is right, and
 * shown by `identity doctor` and in the log of a start. It repeats no secret.
 */
import { Effect } from "effect"

export interface Finding {
  readonly check: Check
  /** `failure` has to be mended, `warning` is worth a look: something is unwise, or could not be checked. */
  readonly outcome: "ok" | "warning" | "failure"
  /** What was found, as sentences. */
  readonly detail: string
  /** What to do, as sentences. Absent where all is well, and where there is no more to say. */
  readonly advice?: string
}

/** What is looked at. Programs know checks by these names. */
export type Check =
  | "configuration"
  | "keys"
  | "tls"
  | "open-files"
  | "database"
  | "encoding"
  | "schema"
  | "rights"
  | "writes"
  | "durability"
  | "connections"
  | "clock"

export const ok = (check: Check, detail: string): Finding => ({ check, outcome: "ok", detail })

export const warning = (check: Check, detail: string, advice?: string): Finding => ({
  check,
  outcome: "warning",
  detail,
  ...(advice === undefined ? {} : { advice })
})

export const failure = (check: Check, detail: string, advice: string): Finding => ({
  check,
  outcome: "failure",
  detail,
  advice
})

/** A check that could not be run, and because of what. */
export const unchecked = (check: Check, reason: string): Finding => warning(check, `Not checked: ${reason}.`)

/** Tells of a finding in the log, unless all is well. */
export const logFinding = ({ advice = "", check, detail, outcome }: Finding): Effect.Effect<void> =>
  outcome === "ok"
    ? Effect.void
    : Effect.logWarning(`${detail} ${advice}`.trim()).pipe(Effect.annotateLogs({ check }))
