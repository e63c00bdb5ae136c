/**
 * What a mutation of a store does besides itself, in the same step: all of it if the mutation happens, nothing
 * otherwise.
 *
 * Services make it. Each adapter carries it out in one place, so that another such effect is one member more.
 */
import type { AuditEvent } from "../domain/model/Audit.ts"
import type { PassedAttempt } from "./GuessBudgets.ts"

/** Marks an idempotent request as done in the same step as its effect. */
export interface RequestCompletion {
  readonly key: string
  /** The claim under which the request runs. Without it the effect must not happen: somebody else took over. */
  readonly owner: string
  /** What answers the same request from now on. Holds no secret. */
  readonly answer: string
}

export interface Commit {
  /** Describes the mutation, and is recorded as `AuditLog` says. */
  readonly audit: AuditEvent
  /** The request whose effect the mutation is. If its claim is lost, the mutation fails with `RequestInProgress`. */
  readonly request?: RequestCompletion
  /**
   * The attempt that succeeds with the mutation, passed as `GuessBudgets.pass` does. The mutation fails with
   * `SuccessesUsedUp` if there were too many.
   */
  readonly attempt?: PassedAttempt
}

/** The commit of a mutation that it can't refuse. */
export type UnconditionalCommit = Omit<Commit, "attempt" | "request">
