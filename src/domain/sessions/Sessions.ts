/**
 * Starts sessions, verifies them on every request, and ends them at once.
 *
 * A session is dead everywhere as soon as the operation that ended it was answered. Every verification reads the store,
 * so no cache can still believe in the session (ASVS 7.4.1).
 */
import { Context, DateTime, Effect, Layer, Metric, Option, Redacted, Schema } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import type { SessionStart } from "../../ports/SessionStore.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { SecondFactors } from "../factors/SecondFactors.ts"
import { Account } from "../model/Account.ts"
import type { AccountId } from "../model/Account.ts"
import { BY_PASSWORD } from "../model/Authentication.ts"
import { onBehalfOf } from "../model/Caller.ts"
import type { IdempotencyKey } from "../model/Idempotency.ts"
import { InvalidCredentials, SessionNotFound, VerificationRequired } from "../model/IdentityErrors.ts"
import type {
  AccountNotFound,
  HashingOverloaded,
  IdempotencyKeyReused,
  InvalidCursor,
  RequestInProgress,
  SecondFactorRequired,
  StoreUnavailable,
  TooManyAttempts
} from "../model/IdentityErrors.ts"
import type { Page, PageRequest } from "../model/Page.ts"
import { Session, SessionId } from "../model/Session.ts"
import type { Client } from "../model/Session.ts"
import { loadPage } from "../paging/Paging.ts"
import { PasswordAuthentication } from "../passwords/PasswordAuthentication.ts"
import type { AuthenticatedAccount, Credentials, SignInAttempt } from "../passwords/PasswordAuthentication.ts"
import { Idempotency } from "../requests/Idempotency.ts"
import type { Complete } from "../requests/Idempotency.ts"
import { recordOutcome, sessionsEndedBy, signInOutcome } from "../telemetry/IdentityMetrics.ts"
import { EmailVerificationPolicy, lacksVerification } from "./EmailVerificationPolicy.ts"
import { makeOpening } from "./SessionOpening.ts"
import type { SessionBeginning, StartedSession } from "./SessionOpening.ts"
import { SessionVerification } from "./SessionVerification.ts"
import { decodeAnswer, deviceIn } from "./SignInAnswer.ts"

export interface SignIn extends Credentials {
  readonly client: Client
  /**
   * The session token that the client already has, if any. That session ends, so that nobody can plant a session on the
   * client (session fixation).
   */
  readonly replaces?: Redacted.Redacted<string> | undefined
  readonly idempotencyKey?: IdempotencyKey | undefined
  /** How the token will reach the client. Requests with different transports are different requests. */
  readonly transport: string
}

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
      const passwords = yield* PasswordAuthentication
      const accounts = yield* AccountStore
      const store = yield* SessionStore
      const ids = yield* IdGenerator
      const signer = yield* TokenSigner
      const trail = yield* AuditTrail
      const idempotency = yield* Idempotency
      const { verify } = yield* SessionVerification
      const secondFactors = yield* SecondFactors
      const verification = yield* EmailVerificationPolicy
      const { deviceFor, draft, insert, signed, started } = yield* makeOpening

      const attemptSignIn = Effect.fnUntraced(function*(input: SignIn, attempt: SignInAttempt, complete: Complete) {
        const authenticated = yield* attempt.authenticate
        const { account, recheck } = authenticated
        if (lacksVerification(verification, account)) {
          yield* attempt.pass
          return yield* new VerificationRequired()
        }
        const open = ({ account: current, hasSecondFactor }: AuthenticatedAccount) =>
          (hasSecondFactor ? secondFactors.demand(current, { firstFactor: "pwd" }) : Effect.void).pipe(
            // Guesses at the second factor count with those at the password, so none is forgotten here.
            Effect.tapErrorTag("SecondFactorRequired", () => attempt.countSuccess),
            Effect.andThen(
              insert({ account: current, client: input.client, authentication: BY_PASSWORD }, complete, attempt)
            ),
            Effect.catchTags({
              PreconditionFailed: Effect.die,
              SuccessesUsedUp: (usedUp) =>
                Effect.andThen(
                  trail.record({ action: "sign-in.limited", accountId: account.id }),
                  attempt.refuse(usedUp)
                )
            })
          )
        const opened = yield* open(authenticated)
        if (Option.isSome(opened)) return opened.value
        // All sessions were ended while the password was being checked. If it is still right, this session starts after
        // that.
        const current = yield* recheck
        const reopened = Option.isSome(current) ? yield* open(current.value) : Option.none()
        return Option.isSome(reopened) ? reopened.value : yield* refuse(attempt, account.id)
      }, recordOutcome)

      const refuse = ({ isLast }: SignInAttempt, accountId: AccountId) =>
        Effect.andThen(
          trail.record({ action: isLast ? "sign-in.limited" : "sign-in.refused", accountId }),
          new InvalidCredentials()
        )

      const replay = Effect.fnUntraced(function*(answer: string, attempt: SignInAttempt) {
        const { deviceId = yield* ids.deviceId, displayName, ...answered } = yield* decodeAnswer(answer)
        const found = yield* accounts.findAccount(answered.accountId)
        // A new password, a new email, disabling and ending all sessions all start a new epoch. The repeated password
        // then proves nothing any more. Within an epoch, nothing but the name can differ from the first answer.
        if (Option.isNone(found) || found.value.status !== "active" || found.value.sessionEpoch !== answered.epoch) {
          yield* Metric.update(signInOutcome("refused"), 1)
          return yield* refuse(attempt, answered.accountId)
        }
        const account = Account.make({ ...found.value, displayName: displayName ?? found.value.displayName })
        const session = Session.make({ ...BY_PASSWORD, elevatedUntil: undefined, ...answered })
        const replayed = yield* signed(session, account, deviceIn(session, deviceId))
        yield* attempt.giveBack
        return replayed
      })

      const signIn = Effect.fn("Sessions.signIn")(function*(input: SignIn) {
        const { email, password, transport } = input
        // A reused key compares the password with an earlier one, so using a key is an attempt, too.
        const opened = yield* passwords.attempt(input, (attempt) =>
          idempotency.once(
            {
              operation: "create-session",
              key: input.idempotencyKey,
              content: () => JSON.stringify([email, Redacted.value(password), transport])
            },
            (complete) => attemptSignIn(input, attempt, complete),
            (answer) => replay(answer, attempt)
          )).pipe(Effect.tapErrorTag("TooManyAttempts", () => Metric.update(signInOutcome("limited"), 1)))
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
