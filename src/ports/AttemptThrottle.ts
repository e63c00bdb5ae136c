/**
 * How often what can be guessed may be tried, exactly, however many nodes are asked at the same time.
 *
 * An attempt is counted before it is made: `reserve` counts it against all of its budgets or against none, in one step,
 * so that of any number of parallel attempts no more get through than the budgets allow. What became of it is told
 * afterwards: an attempt that failed stays counted and needs no call, one that succeeded is passed (`pass`, or
 * `passes` of `IdentityStore.insertSession`), one that was never judged is given back.
 *
 * Of every budget a store remembers a number of attempts, of which it forgets one every `recovery`. While fewer than
 * `burst` are remembered, attempts are admitted freely. From then on they are admitted one at a time: after `delay`, and
 * after twice as long for each that is remembered beyond the burst, but at most after `recovery`. However long somebody
 * goes on, he gets the burst, a few attempts until the waits have grown, and one attempt every `recovery`.
 */
import { Context } from "effect"
import type { DateTime, Duration, Effect } from "effect"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"

export interface AttemptBudget {
  /** Attempts with the same key are counted together. May name people: stores keep digests of keys only. */
  readonly key: string
  /** At least 1. */
  readonly burst: number
  /** At least a millisecond, and at most `recovery`. */
  readonly delay: Duration.Duration
  readonly recovery: Duration.Duration
}

export interface AttemptRequest {
  readonly now: DateTime.Utc
  /** Counts attempts of this kind from this place, and says whether one was passed here before. */
  readonly origin: AttemptBudget
  /** Count as well if the origin is known. */
  readonly known: ReadonlyArray<AttemptBudget>
  /** Count as well if it is not. */
  readonly unknown: ReadonlyArray<AttemptBudget>
}

/** What was counted: the keys of the budgets. */
export interface AttemptReservation {
  readonly origin: string
  readonly others: ReadonlyArray<string>
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
  /** Until when its origin is known. */
  readonly knownUntil: DateTime.Utc
}

export class AttemptThrottle extends Context.Service<AttemptThrottle, {
  readonly reserve: (request: AttemptRequest) => Effect.Effect<AttemptAdmission, StoreUnavailable>

  /**
   * Forgets every attempt counted at the origin and makes it known. The other budgets get back this attempt and no
   * more: whoever can pass with one account can't thereby go on guessing at others.
   */
  readonly pass: (attempt: PassedAttempt) => Effect.Effect<void, StoreUnavailable>

  /** Uncounts an attempt that was not judged. */
  readonly giveBack: (input: {
    readonly reservation: AttemptReservation
    readonly now: DateTime.Utc
  }) => Effect.Effect<void, StoreUnavailable>

  /**
   * Drops up to `limit` budgets of which nothing was left to remember an hour before `now`, and perhaps later ones;
   * fewer than `limit` means that no such budget is left. Nobody can tell a dropped budget from a kept one.
   */
  readonly prune: (input: {
    readonly now: DateTime.Utc
    readonly limit: number
  }) => Effect.Effect<number, StoreUnavailable>
}>()("identity/ports/AttemptThrottle") {}
