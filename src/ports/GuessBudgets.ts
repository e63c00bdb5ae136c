/**
 * How often what can be guessed may be tried, exactly, however many nodes are asked at the same time.
 *
 * An attempt is counted before it is made: `reserve` counts it against all of its budgets or against none, in one step,
 * so that of any number of parallel attempts no more get through than the budgets allow. What became of it is told
 * afterwards: an attempt that failed stays counted and needs no call, one that succeeded is passed (`pass`, or
 * `attempt` of a `Commit`), one that was never judged is given back.
 *
 * Of every budget a store remembers a number of attempts, of which it forgets one every `recovery`. While fewer than
 * `burst` are remembered, attempts are admitted freely. From then on they are admitted one at a time: after `delay`,
 * and after twice as long for each that is remembered beyond the burst, but at most after `recovery`. However long
 * somebody goes on, they get the burst, a few attempts until the waits have grown, and one attempt every `recovery`.
 */
import { Context, Data } from "effect"
import type { DateTime, Duration, Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

export interface GuessBudget {
  /** Attempts with the same key are counted together. May name people: stores keep digests of keys only. */
  readonly key: string
  /** At least 1. */
  readonly burst: number
  /** At least a millisecond, and at most `recovery`. */
  readonly delay: Duration.Duration
  readonly recovery: Duration.Duration
  /** What is forgotten when an attempt passes: every attempt, this one, or none. */
  readonly onPass: "forget-all" | "forget-one" | "keep"
}

/** A budget of everybody, of which a part is kept for those who were not there before. */
export interface SharedBudget {
  /** What anybody may use. */
  readonly open: GuessBudget
  /** What newcomers may use once `open` is used up. */
  readonly kept: GuessBudget
  /**
   * Whom the attempt comes from. They are a newcomer while none of their attempts was counted for `quiet`. Nobody is
   * one without this.
   */
  readonly from?: { readonly key: string; readonly quiet: Duration.Duration } | undefined
}

export interface AttemptRequest {
  readonly now: DateTime.Utc
  /** With different keys. */
  readonly budgets: ReadonlyArray<GuessBudget>
  readonly shared?: SharedBudget | undefined
}

/** What was counted: the keys of the budgets, by what passing forgets of them. */
export interface AttemptReservation {
  readonly forgetsAll: ReadonlyArray<string>
  readonly forgetsOne: ReadonlyArray<string>
  readonly keeps: ReadonlyArray<string>
}

export type AttemptAdmission =
  | {
    readonly _tag: "Admitted"
    readonly reservation: AttemptReservation
    /** The budgets that admit nothing more for a while because of this attempt. */
    readonly usedUp: ReadonlyArray<string>
  }
  /** Nothing was counted. The budget named is the one that admits last, not before `retryAt`. */
  | { readonly _tag: "Refused"; readonly budget: string; readonly retryAt: DateTime.Utc }

/** An attempt that succeeded. */
export interface PassedAttempt {
  readonly reservation: AttemptReservation
  readonly now: DateTime.Utc
  /**
   * Counts the success itself. While it is used up nothing passes: `SuccessesUsedUp`, and the attempt stays counted.
   * Its key is none of the reservation's.
   */
  readonly successes?: GuessBudget | undefined
}

/** There were too many successes: nothing was counted or forgotten. */
export class SuccessesUsedUp extends Data.TaggedError("SuccessesUsedUp")<{ readonly retryAt: DateTime.Utc }> {}

export class GuessBudgets extends Context.Service<GuessBudgets, {
  /** Counts an attempt against each of `budgets`, and against one of the two of `shared`. */
  readonly reserve: (request: AttemptRequest) => Effect.Effect<AttemptAdmission, StoreUnavailable>

  /** Forgets what the budgets say is to be forgotten and counts the success, in one step. */
  readonly pass: (attempt: PassedAttempt) => Effect.Effect<void, StoreUnavailable | SuccessesUsedUp>

  /** Uncounts an attempt that was not judged, everywhere. */
  readonly giveBack: (input: {
    readonly reservation: AttemptReservation
    readonly now: DateTime.Utc
  }) => Effect.Effect<void, StoreUnavailable>
}>()("identityd/ports/GuessBudgets") {}
