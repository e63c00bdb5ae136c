/**
 * One result of checking an installation, for its operators. The module that knows the right state makes the finding.
 * `identity doctor` and the server's log at its start show it. It contains no secret.
 */
import { Effect } from "effect"
import { CommandName, typeable } from "./CommandName.ts"

export interface Finding {
  readonly check: Check
  /** A `failure` must be fixed. A `warning` is something unwise, or something that could not be checked. */
  readonly outcome: "ok" | "warning" | "failure"
  /** What was found, as sentences. */
  readonly detail: string
  /** What to do, as sentences. Absent when the outcome is `ok` or the detail says it all. */
  readonly advice?: string
}

/** The checks. Their names are part of `doctor --json`, so programs rely on them. */
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
  | "standbys"
  | "connections"
  | "clock"
  | "mail"

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

/** A check that could not be run, and why. `reason` continues "Not checked: ". */
export const unchecked = (check: Check, reason: string, advice?: string): Finding =>
  warning(check, `Not checked: ${reason}.`, advice)

/** Logs a finding as a warning, unless it is `ok`. */
export const logFinding = ({ advice = "", check, detail, outcome }: Finding): Effect.Effect<void> =>
  outcome === "ok"
    ? Effect.void
    : Effect.flatMap(CommandName, (name) => Effect.logWarning(typeable(`${detail} ${advice}`.trim(), name))).pipe(
      Effect.annotateLogs({ check })
    )
