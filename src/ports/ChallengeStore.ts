/**
 * Challenges that wait for their answers, with the promises of `AccountStore`: every operation is atomic and
 * linearizable, and carries out its `Commit` in the same step.
 *
 * Challenges of one subject are rivals (`subjectOf`). A challenge is live while it can be answered: it isn't over, and
 * has one of the places of its subject. One that was given no place, or has lost it to a rival, is answered by nothing.
 * Callers can't tell it from a live one whose answer they don't know, so nobody learns what others have done.
 *
 * An answer takes effect by `answers` of a `Commit`, which ends the challenge in the same step.
 */
import { Context } from "effect"
import type { DateTime, Effect, Option } from "effect"
import type { AccountId } from "../domain/model/Account.ts"
import type { Challenge, ChallengeId, ChallengePurpose } from "../domain/model/Challenge.ts"
import type { PreconditionFailed, StoreUnavailable } from "../domain/model/IdentityErrors.ts"
import type { Commit, UnconditionalCommit } from "./Commit.ts"

export interface ChallengeAttempt {
  readonly challenge: Challenge
  /** Whether this try was the last. */
  readonly isLast: boolean
}

export class ChallengeStore extends Context.Service<ChallengeStore, {
  /**
   * Saves a challenge. One that a holder starts takes the only place of its subject, and what had it is over. One that
   * a stranger starts takes a free place of three, or none. One from a known device has another three to choose from.
   * Without a place, the mails of its commit are withheld: queued as expired, so that nobody is mailed, and as much is
   * written as otherwise.
   *
   * If it answers a challenge that isn't live, it fails with `PreconditionFailed` and saves nothing.
   */
  readonly start: (input: {
    readonly challenge: Challenge
    /** Whether it is asked for from a device that signed in to the account before. */
    readonly isFromKnownDevice?: boolean
    readonly commit: UnconditionalCommit & Pick<Commit, "answers">
  }) => Effect.Effect<void, PreconditionFailed | StoreUnavailable>

  /**
   * Counts a try at a challenge and returns it; `None` if there is none of that purpose, it is over, or its tries are
   * used up. However many try at the same time, `CHALLENGE_TRIES_MAX` are counted.
   */
  readonly attempt: (input: {
    readonly id: ChallengeId
    readonly purpose: ChallengePurpose
    readonly now: DateTime.Utc
  }) => Effect.Effect<Option.Option<ChallengeAttempt>, StoreUnavailable>

  /** Gives a try back that had the right answer and could not take effect. */
  readonly giveBack: (id: ChallengeId) => Effect.Effect<void, StoreUnavailable>

  /** A challenge that isn't over and has tries left. */
  readonly find: (input: {
    readonly id: ChallengeId
    readonly now: DateTime.Utc
  }) => Effect.Effect<Option.Option<Challenge>, StoreUnavailable>

  /** The live challenges of a purpose that the holders of up to 100 accounts have started, in any order. */
  readonly findOfAccounts: (input: {
    readonly purpose: ChallengePurpose
    readonly accountIds: ReadonlyArray<AccountId>
    readonly now: DateTime.Utc
  }) => Effect.Effect<ReadonlyArray<Challenge>, StoreUnavailable>

  /**
   * Moves the instant from which the mail may be asked for again, if that has come and the challenge isn't over.
   * Returns whether it did. The mails of the commit are withheld as those of `start`. Of many at the same time, one
   * succeeds.
   */
  readonly resend: (input: {
    readonly id: ChallengeId
    readonly now: DateTime.Utc
    readonly resendAt: DateTime.Utc
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<boolean, StoreUnavailable>

  /** Ends the live challenge of a purpose that a holder has started. Does and records nothing if there is none. */
  readonly endOfAccount: (input: {
    readonly purpose: ChallengePurpose
    readonly accountId: AccountId
    readonly now: DateTime.Utc
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<void, StoreUnavailable>
}>()("identityd/ports/ChallengeStore") {}
