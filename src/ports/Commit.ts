/**
 * The side effects of a store's mutation, in the same step: all of them if the mutation happens, none otherwise.
 *
 * Services make a `Commit`. Each adapter carries it out in one place, so that another side effect is one more member.
 */
import type { DateTime } from "effect"
import type { AuditEvent } from "../domain/model/Audit.ts"
import type { Challenge } from "../domain/model/Challenge.ts"
import { withheldMail } from "../domain/model/Mail.ts"
import type { Mail } from "../domain/model/Mail.ts"
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
  /** What the challenge turns into, under the same id. */
  readonly becomes?: Challenge
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
   * The challenge whose answer the mutation is. It ends, and its rivals can't be answered any more. If it isn't live,
   * the mutation fails, each in its own way.
   */
  readonly answers?: AnsweredChallenge
  /** Mails that tell of the mutation. They wait in the `Outbox` from now on. */
  readonly mails?: ReadonlyArray<Mail>
}

/** A commit that can't make its mutation fail. */
export type UnconditionalCommit = Omit<Commit, "answers" | "attempt" | "request">

/** The same commit, whose mails are written and sent to nobody. */
export const withMailsWithheld = (commit: UnconditionalCommit): UnconditionalCommit =>
  commit.mails === undefined ? commit : { ...commit, mails: commit.mails.map(withheldMail) }
