/**
 * The side effects of a store's mutation, in the same step: all of them if the mutation happens, none otherwise.
 *
 * Services make a `Commit`. Each adapter carries it out in one place, so that another side effect is one more member.
 */
import type { AuditEvent } from "../domain/model/Audit.ts"
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
  /** Mails that tell of the mutation. They wait in the `Outbox` from now on. */
  readonly mails?: ReadonlyArray<Mail>
}

/** A commit that can't make its mutation fail. */
export type UnconditionalCommit = Omit<Commit, "attempt" | "request">
