/**
 * Durable sessions, held to the promises at the head of `AccountStore`: each operation is atomic and linearizable,
 * carries its `Commit` out in the same step, and counts beside it.
 *
 * What ends many sessions one by one goes as far as one step can and says what is left. Only what ends all sessions of
 * an account has no such bound: it changes the account.
 */
import { Context } from "effect"
import type { DateTime, Effect, Option } from "effect"
import type { Account, AccountId } from "../domain/model/Account.ts"
import type { AccountNotFound, RequestInProgress, StoreUnavailable } from "../domain/model/IdentityErrors.ts"
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
  readonly commit: Commit
}

export interface SessionUse {
  readonly id: SessionId
  readonly lastUsedAt: DateTime.Utc
  readonly expiresAt: DateTime.Utc
  readonly unlessUsedSince: DateTime.Utc
}

/** The place of a session in the list of its account's sessions. */
export interface SessionPosition {
  /** Milliseconds since 1970, and what the store knows below one. */
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

/** An end of sessions of one account. Which sessions are live is judged at `now`. */
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
  /** How many of the newest go on. */
  readonly keep: number
}

export class SessionStore extends Context.Service<SessionStore, {
  /**
   * Saves a session if its account exists, is active and is still in the session's epoch. Answers how many live
   * sessions the account then has, as counted beside the step, or `None` if it saved nothing. A session saved while all
   * sessions of the account are being ended belongs to the old epoch: it is dead.
   */
  readonly insertSession: (
    insertion: SessionInsertion
  ) => Effect.Effect<Option.Option<number>, RequestInProgress | StoreUnavailable | SuccessesUsedUp>

  /**
   * The session with its account, neither older than the call, and the account not newer than the session. So nobody
   * finds a session that goes on without the change that kept it. Sessions that are over may still be found; whether
   * one may be used is for the caller to decide.
   */
  readonly findSession: (id: SessionId) => Effect.Effect<Option.Option<SessionWithAccount>, StoreUnavailable>

  /**
   * Notes that a session was used and when it now expires, unless a use after `unlessUsedSince` is noted already. Never
   * shortens a session's life and never revives one that was ended. Waits for nobody: a use that meets a change of the
   * same session may go unnoted.
   */
  readonly touchSession: (use: SessionUse) => Effect.Effect<void, StoreUnavailable>

  /**
   * The account's sessions of its current epoch that expire after `now`, newest first (by creation, then id, both
   * descending). None for an account that is absent or disabled. A part of the list reads a bounded number of records.
   */
  readonly listSessions: (query: SessionQuery) => Effect.Effect<Part<Session, SessionPosition>, StoreUnavailable>

  /**
   * Ends one session of the account. Answers whether it was one that `listSessions` would have shown, so ending it
   * again answers `false` and records nothing; another account's session is left alone.
   */
  readonly endSession: (
    end: SessionsEnd & { readonly id: SessionId }
  ) => Effect.Effect<boolean, StoreUnavailable>

  /**
   * Ends several sessions of the account as `endSession` ends one, the first of them, as many as one step can and at
   * least one. Answers how many of these it really ended, and which ids it has not come to.
   */
  readonly endSessions: (
    end: ChosenSessionsEnd
  ) => Effect.Effect<{ readonly count: number; readonly rest: ReadonlyArray<SessionId> }, StoreUnavailable>

  /**
   * Ends live sessions of the account that are older than the `keep` newest, as many as one step can. Answers how many,
   * and whether there may be more. When sign-ins race, the number may be exceeded until the last of them has called
   * this.
   */
  readonly endOldestSessions: (
    end: OldestSessionsEnd
  ) => Effect.Effect<{ readonly count: number; readonly more: boolean }, StoreUnavailable>

  /**
   * Ends every session of the account and no other's, by adding 1 to its session epoch; a sign-in that read the old
   * epoch can't survive it. Answers how many live sessions that ended, as counted beside the step. The account's
   * version stays.
   */
  readonly endAllSessions: (end: SessionsEnd) => Effect.Effect<number, AccountNotFound | StoreUnavailable>
}>()("identityd/ports/SessionStore") {}
