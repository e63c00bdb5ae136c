/**
 * Starts sessions, verifies them on every request, and ends them at once.
 *
 * A session is dead everywhere as soon as the operation that ended it was answered. Every verification reads the store,
 * so no cache can still believe in the session (ASVS 7.4.1).
 */
import { Context, DateTime, Effect, Layer, Metric, Option, Schema } from "effect"
import type { Redacted } from "effect"
import { SessionStore } from "../../ports/SessionStore.ts"
import type { SessionStart } from "../../ports/SessionStore.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { Account, AccountId } from "../model/Account.ts"
import { onBehalfOf } from "../model/Caller.ts"
import { SessionNotFound } from "../model/IdentityErrors.ts"
import type {
  AccountNotFound,
  HashingOverloaded,
  IdempotencyKeyReused,
  InvalidCredentials,
  InvalidCursor,
  RequestInProgress,
  SecondFactorRequired,
  StoreUnavailable,
  TooManyAttempts,
  VerificationRequired
} from "../model/IdentityErrors.ts"
import type { Page, PageRequest } from "../model/Page.ts"
import { Session, SessionId } from "../model/Session.ts"
import { loadPage } from "../paging/Paging.ts"
import { sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
import { makePasswordSignIn } from "./PasswordSignIn.ts"
import type { SignIn } from "./PasswordSignIn.ts"
import { makeOpening } from "./SessionOpening.ts"
import type { SessionBeginning, StartedSession } from "./SessionOpening.ts"
import { SessionVerification } from "./SessionVerification.ts"

export class Sessions extends Context.Service<Sessions, {
  /** Signs somebody in. */
  readonly signIn: (
    signIn: SignIn
  ) => Effect.Effect<
    StartedSession,
    | InvalidCredentials
    | TooManyAttempts
    | HashingOverloaded
    | RequestInProgress
    | IdempotencyKeyReused
    | SecondFactorRequired
    | StoreUnavailable
    | VerificationRequired
  >

  /**
   * Starts a session for somebody who has just proved who they are, together with the change of the account that `save`
   * makes: both happen or neither. Returns them as `save` left them.
   */
  readonly startFor: <E>(
    beginning: SessionBeginning,
    device: Redacted.Redacted<string> | undefined,
    save: (start: SessionStart) => Effect.Effect<Account, E>
  ) => Effect.Effect<StartedSession, E>

  readonly verify: SessionVerification["Service"]["verify"]

  /** Ends the session whose token a client had when a session was started for it. */
  readonly endReplaced: (
    token: Redacted.Redacted<string>,
    started: StartedSession
  ) => Effect.Effect<void, StoreUnavailable>

  /** Signs out. If the session has already ended, that is no failure. */
  readonly signOut: (session: Session) => Effect.Effect<void, StoreUnavailable>

  /** Ends one of the account's own sessions. */
  readonly endOne: (
    accountId: AccountId,
    id: SessionId
  ) => Effect.Effect<void, SessionNotFound | StoreUnavailable>

  /** Ends every session of the account and returns how many were live. */
  readonly revokeAll: (accountId: AccountId) => Effect.Effect<number, AccountNotFound | StoreUnavailable>

  /** The account's live sessions, newest first. */
  readonly list: (
    accountId: AccountId,
    page: PageRequest
  ) => Effect.Effect<Page<Session>, InvalidCursor | StoreUnavailable>
}>()("identityd/domain/sessions/Sessions") {
  static readonly layer = Layer.effect(
    Sessions,
    Effect.gen(function*() {
      const store = yield* SessionStore
      const signer = yield* TokenSigner
      const trail = yield* AuditTrail
      const { verify } = yield* SessionVerification
      const { deviceFor, draft, started } = yield* makeOpening
      const open = yield* makePasswordSignIn

      const signIn = Effect.fn("Sessions.signIn")(function*(input: SignIn) {
        const opened = yield* open(input)
        if (input.replaces !== undefined) {
          yield* endReplaced(input.replaces, opened)
        }
        return opened
      })

      const endReplaced = Effect.fnUntraced(
        function*(token: Redacted.Redacted<string>, { session }: StartedSession) {
          const previous = yield* Effect.option(verify(token))
          if (Option.isSome(previous) && previous.value.session.id !== session.id) {
            yield* signOut(previous.value.session)
          }
        },
        (ending, _, { account }) => onBehalfOf(account.id)(ending)
      )

      const startFor = Effect.fn("Sessions.startFor")(function*<E>(
        beginning: SessionBeginning,
        device: Redacted.Redacted<string> | undefined,
        save: (start: SessionStart) => Effect.Effect<Account, E>
      ): Effect.fn.Return<StartedSession, E> {
        const start = yield* draft(beginning)
        const saved = yield* save(start)
        // The change may have ended all devices that signed in before that very moment.
        const signedInAt = DateTime.max(start.session.createdAt, saved.updatedAt)
        const session = Session.make({ ...start.session, epoch: saved.sessionEpoch })
        return yield* started(session, saved, yield* deviceFor(device, session, signedInAt))
      })

      const endLive = Effect.fnUntraced(function*(
        accountId: AccountId,
        id: SessionId,
        action: "session.ended" | "session.revoked"
      ) {
        const now = yield* DateTime.now
        const commit = yield* trail.commit({ action, accountId, sessionId: id })
        const { count } = yield* store.endSessions({ accountId, ids: [id], now, commit })
        return count === 1
      })

      const signOut = Effect.fn("Sessions.signOut")(function*(session: Session) {
        const ended = yield* endLive(session.accountId, session.id, "session.ended")
        if (ended) yield* Metric.update(sessionsEndedBy("sign-out"), 1)
      })

      const endOne = Effect.fn("Sessions.endOne")(function*(accountId: AccountId, id: SessionId) {
        const ended = yield* endLive(accountId, id, "session.revoked")
        if (!ended) return yield* new SessionNotFound()
        yield* Metric.update(sessionsEndedBy("revoked"), 1)
      })

      const revokeAll = Effect.fn("Sessions.revokeAll")(function*(accountId: AccountId) {
        const commit = yield* trail.commit({ action: "sessions.revoked", accountId })
        const count = yield* store.endAllSessions({ accountId, now: yield* DateTime.now, commit })
        yield* Metric.update(sessionsEndedBy("revoked"), count)
        return count
      })

      const list = Effect.fn("Sessions.list")(function*(accountId: AccountId, page: PageRequest) {
        const now = yield* DateTime.now
        return yield* loadPage(signer, {
          name: JSON.stringify(["sessions", accountId]),
          position: Position,
          load: (limit, after) => store.listSessions({ accountId, now, limit, after })
        }, page)
      })

      return Sessions.of({ signIn, startFor, verify, endReplaced, signOut, endOne, revokeAll, list })
    })
  )
}

const Position = Schema.fromJsonString(Schema.Struct({ createdAt: Schema.Finite, id: SessionId }))
