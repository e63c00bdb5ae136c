/**
 * Limits how often something can be guessed, exactly, however many nodes ask at the same time.
 *
 * An attempt is counted before it is made. `reserve` counts it against all of its budgets or against none, in one step,
 * so parallel attempts can't exceed a budget. Its outcome follows: an attempt that failed stays counted and needs no
 * call, one that succeeded is passed (`pass`, or `attempt` of a `Commit`), and one that was never judged is given back.
 *
 * A store remembers a number of attempts for every budget and forgets one every `recovery`. While fewer than `burst`
 * are remembered, attempts are admitted freely. Then they are admitted one at a time: after `delay`, and after twice as
 * long for each one remembered beyond the burst, but at most after `recovery`. So a persistent caller gets the burst, a
 * few attempts until the waits have grown, and then one attempt every `recovery`.
 */
import { Context, Data } from "effect"
import type { DateTime, Duration, Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

export interface GuessBudget {
  /**
   * Attempts with the same key are counted together. A key may identify people, so stores keep only digests of keys.
   */
  readonly key: string
  /** At least 1. */
  readonly burst: number
  /** At least a millisecond, and at most `recovery`. */
  readonly delay: Duration.Duration
  readonly recovery: Duration.Duration
  /** The attempts that are forgotten when one passes: all of them, this one, or none. */
  readonly onPass: "forget-all" | "forget-one" | "keep"
}

/** A budget for everybody, with a part reserved for newcomers. */
export interface SharedBudget {
  /** The part that anybody may use. */
  readonly open: GuessBudget
  /** The part that newcomers may use once `open` is used up. */
  readonly kept: GuessBudget
  /**
   * The source of the attempt. It is a newcomer if none of its attempts was counted for `quiet`. An attempt without a
   * source is no newcomer's.
   */
  readonly from?: { readonly key: string; readonly quiet: Duration.Duration } | undefined
}

export interface AttemptRequest {
  readonly now: DateTime.Utc
  /** All keys differ. */
  readonly budgets: ReadonlyArray<GuessBudget>
  readonly shared?: SharedBudget | undefined
}

/** The counted budgets, grouped by what is forgotten when the attempt passes. */
export interface AttemptReservation {
  readonly forgetsAll: ReadonlyArray<string>
  readonly forgetsOne: ReadonlyArray<string>
  readonly keeps: ReadonlyArray<string>
}

export type AttemptAdmission =
  | {
    readonly _tag: "Admitted"
    readonly reservation: AttemptReservation
    /** The keys of the budgets that this attempt used up: they admit nothing more for a while. */
    readonly usedUp: ReadonlyArray<string>
  }
  /** Nothing was counted. `budget` is the key of the budget that admits last, not before `retryAt`. */
  | { readonly _tag: "Refused"; readonly budget: string; readonly retryAt: DateTime.Utc }

/** An attempt that succeeded. */
export interface PassedAttempt {
  readonly reservation: AttemptReservation
  readonly now: DateTime.Utc
  /**
   * Counts the success itself. If it is used up, the attempt fails to pass with `SuccessesUsedUp` and stays counted.
   * Its key is none of the reservation's.
   */
  readonly successes?: GuessBudget | undefined
}

/** There were too many successes. Nothing was counted or forgotten. */
export class SuccessesUsedUp extends Data.TaggedError("SuccessesUsedUp")<{ readonly retryAt: DateTime.Utc }> {}

export class GuessBudgets extends Context.Service<GuessBudgets, {
  /** Counts an attempt against each of `budgets`, and against one of the two of `shared`. */
  readonly reserve: (request: AttemptRequest) => Effect.Effect<AttemptAdmission, StoreUnavailable>

  /** Forgets attempts as the budgets' `onPass` says and counts the success, in one step. */
  readonly pass: (attempt: PassedAttempt) => Effect.Effect<void, StoreUnavailable | SuccessesUsedUp>

  /** Removes an attempt that was not judged from all of its budgets. */
  readonly giveBack: (input: {
    readonly reservation: AttemptReservation
    readonly now: DateTime.Utc
  }) => Effect.Effect<void, StoreUnavailable>
}>()("identityd/ports/GuessBudgets") {}
