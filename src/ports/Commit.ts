/**
 * The side effects of a store's mutation, in the same step: all of them if the mutation happens, none otherwise.
 *
 * Services make a `Commit`. Each adapter carries it out in one place, so that another side effect is one more member.
 */
import type { DateTime } from "effect"
import type { AccountId } from "../domain/model/Account.ts"
import type { AuditEvent } from "../domain/model/Audit.ts"
import type { Challenge } from "../domain/model/Challenge.ts"
import type { FactorId, Passkey } from "../domain/model/Factor.ts"
import { withheldMail } from "../domain/model/Mail.ts"
import type { Mail } from "../domain/model/Mail.ts"
import type { ChallengeStamp } from "../domain/model/PasskeyChallenge.ts"
import type { PassedAttempt } from "./GuessBudgets.ts"

/** Marks an idempotent request as done in the same step as its effect. */
export interface RequestCompletion {
  readonly key: string
  /** The claim of the request. If it is gone, another request has taken over, and the effect must not happen. */
  readonly owner: string
  /** The answer to the same request from now on. Contains no secret. */
  readonly answer: string
}

/** Ends a live challenge in the same step as what its answer does. */
export interface AnsweredChallenge {
  readonly challenge: Challenge
  readonly now: DateTime.Utc
  /** What the challenge turns into, under the same id. It takes a free place, or none. */
  readonly becomes?: Challenge
}

/** Uses a second factor up to where it was presented, in the same step as what that permits. */
export interface FactorUse {
  readonly accountId: AccountId
  readonly id: FactorId
  readonly now: DateTime.Utc
  /**
   * Whether the use confirms the factor, which must have been created after this instant and not be confirmed yet.
   * Otherwise it must be confirmed.
   */
  readonly confirms?: { readonly createdAfter: DateTime.Utc }
  readonly by:
    /** A code of an authenticator application. Its step must be later than the last one that was used. */
    | { readonly _tag: "Step"; readonly step: number }
    /** A recovery code, by its digest. It must be unused. */
    | { readonly _tag: "RecoveryCode"; readonly digest: string }
    /**
     * A passkey in the state that its authenticator has now shown. No other factor has its credential id, and this
     * challenge was not answered before.
     */
    | { readonly _tag: "Passkey"; readonly passkey: Passkey; readonly challenge: ChallengeStamp }
}

export interface Commit {
  /** Describes the mutation. It is recorded as in `AuditLog`. */
  readonly audit: AuditEvent
  /** The request that the mutation carries out. If its claim is lost, the mutation fails with `RequestInProgress`. */
  readonly request?: RequestCompletion
  /**
   * The attempt that succeeds with the mutation, passed as in `GuessBudgets.pass`. The mutation fails with
   * `SuccessesUsedUp` if there were too many successes.
   */
  readonly attempt?: PassedAttempt
  /**
   * The challenge whose answer the mutation is. It ends, and those of its rivals that it ends (`endsRival`) can't be
   * answered any more. If it isn't live, the mutation fails, each in its own way.
   */
  readonly answers?: AnsweredChallenge
  /**
   * The second factor that permits the mutation. If it can't be used like this any more, the mutation fails with
   * `PreconditionFailed`.
   */
  readonly uses?: FactorUse
  /** Mails about the mutation. They wait in the `Outbox` from now on. */
  readonly mails?: ReadonlyArray<Mail>
}

/** A commit that can't make its mutation fail. */
export type UnconditionalCommit = Omit<Commit, "answers" | "attempt" | "request" | "uses">

/** The same commit, whose mails are written and sent to nobody. */
export const withMailsWithheld = <C extends UnconditionalCommit>(commit: C): C =>
  commit.mails === undefined ? commit : { ...commit, mails: commit.mails.map(withheldMail) }
