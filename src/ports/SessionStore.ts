/**
 * Durable sessions, with the promises of `AccountStore`: each operation is atomic and linearizable, carries out its
 * `Commit` in the same step, and counts sessions outside the step.
 *
 * An operation that ends many sessions one by one ends as many as one step can and returns the rest. Ending all
 * sessions of an account has no such bound, because it changes only the account.
 */
import { Context } from "effect"
import type { DateTime, Effect, Option } from "effect"
import type { Account, AccountId } from "../domain/model/Account.ts"
import type {
  AccountNotFound,
  PreconditionFailed,
  RequestInProgress,
  StoreUnavailable
} from "../domain/model/IdentityErrors.ts"
import type { Part } from "../domain/model/Page.ts"
import type { Session, SessionId } from "../domain/model/Session.ts"
import type { Commit, UnconditionalCommit } from "./Commit.ts"
import type { SuccessesUsedUp } from "./GuessBudgets.ts"

export interface SessionWithAccount {
  readonly session: Session
  readonly account: Account
}

export interface SessionStart {
  readonly session: Session
  readonly commit: UnconditionalCommit
}

export interface SessionInsertion extends SessionStart {
  /** The session of the same account that ends in the same step. */
  readonly replaces?: SessionId
  readonly commit: Commit
}

export interface SessionUse {
  readonly id: SessionId
  readonly lastUsedAt: DateTime.Utc
  readonly expiresAt: DateTime.Utc
  readonly unlessUsedSince: DateTime.Utc
}

/** The position of a session in the list of its account's sessions. */
export interface SessionPosition {
  /** Milliseconds since 1970, with the fraction that the store knows. */
  readonly createdAt: number
  readonly id: SessionId
}

export interface SessionQuery {
  readonly accountId: AccountId
  readonly now: DateTime.Utc
  /** At least 1. */
  readonly limit: number
  readonly after: Option.Option<SessionPosition>
}

/** Ends sessions of one account. Liveness is judged at `now`. */
export interface SessionsEnd {
  readonly accountId: AccountId
  readonly now: DateTime.Utc
  readonly commit: UnconditionalCommit
}

export interface ChosenSessionsEnd extends SessionsEnd {
  /** At least one, all different. */
  readonly ids: ReadonlyArray<SessionId>
}

export interface OldestSessionsEnd extends SessionsEnd {
  /** How many of the newest sessions are kept. */
  readonly keep: number
}

export class SessionStore extends Context.Service<SessionStore, {
  /**
   * Saves a session if its account exists, is active and still has the session's epoch. Returns how many live sessions
   * the account then has, as counted outside the step, or `None` if it saved nothing. Fails with `PreconditionFailed`
   * if it answers a challenge that isn't live. A session that is saved while all sessions of the account are being
   * ended belongs to the old epoch: it is dead.
   *
   * If it replaces a session, that one has to be live at the new one's `authenticatedAt`; otherwise nothing is saved.
   * Of several that replace the same session, one is saved.
   */
  readonly insertSession: (
    insertion: SessionInsertion
  ) => Effect.Effect<
    Option.Option<number>,
    PreconditionFailed | RequestInProgress | StoreUnavailable | SuccessesUsedUp
  >

  /**
   * The session with its account. Neither is older than the call, and the account isn't newer than the session, so
   * nobody finds a kept session without the change that kept it. Sessions that have ended may still be found; the
   * caller decides whether a session may be used.
   */
  readonly findSession: (id: SessionId) => Effect.Effect<Option.Option<SessionWithAccount>, StoreUnavailable>

  /**
   * Notes that a session was used and when it now expires, unless a use after `unlessUsedSince` is already noted. Never
   * shortens a session's life and never revives an ended session. Waits for no lock: a use that coincides with a change
   * of the same session may not be noted.
   */
  readonly touchSession: (use: SessionUse) => Effect.Effect<void, StoreUnavailable>

  /** Notes how the holder of a session has now proved who they are. Changes nothing else of it. */
  readonly strengthen: (
    session: Pick<Session, "aal" | "amr" | "id">
  ) => Effect.Effect<void, StoreUnavailable>

  /**
   * The account's sessions of its current epoch that expire after `now`, newest first (by creation, then id, both
   * descending). Empty if the account is absent or disabled. Each part reads a bounded number of records.
   */
  readonly listSessions: (query: SessionQuery) => Effect.Effect<Part<Session, SessionPosition>, StoreUnavailable>

  /**
   * Ends chosen sessions of the account: the first ones in the list, as many as one step can and at least one. Returns
   * how many of these `listSessions` would have shown, and the ids that remain. So ending the same again counts and
   * records nothing. Sessions of other accounts are left alone.
   */
  readonly endSessions: (
    end: ChosenSessionsEnd
  ) => Effect.Effect<{ readonly count: number; readonly rest: ReadonlyArray<SessionId> }, StoreUnavailable>

  /**
   * Ends live sessions of the account that are older than the `keep` newest, as many as one step can. Returns how many
   * it ended, and whether there may be more. When sign-ins race, there may be more than `keep` until the last of them
   * has called this.
   */
  readonly endOldestSessions: (
    end: OldestSessionsEnd
  ) => Effect.Effect<{ readonly count: number; readonly more: boolean }, StoreUnavailable>

  /**
   * Ends every session of the account, and of no other, by adding 1 to its session epoch. A sign-in that read the old
   * epoch can't survive it. Returns how many live sessions that ended, as counted outside the step. The account's
   * version stays the same.
   */
  readonly endAllSessions: (end: SessionsEnd) => Effect.Effect<number, AccountNotFound | StoreUnavailable>
}>()("identityd/ports/SessionStore") {}
