/**
 * Sessions: starts them, verifies them on every request, ends them at once.
 *
 * A session is dead everywhere from the moment the operation that ended it was answered, because every verification
 * reads the store; there is no cache in between that could still believe in it (ASVS 7.4.1).
 */
import { Context, DateTime, Effect, Layer, Metric, Option, Schema } from "effect"
import type { Redacted } from "effect"
import { IdentityStore } from "../../ports/IdentityStore.ts"
import type { SessionWithAccount } from "../../ports/IdentityStore.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import type { AccountId } from "../model/Account.ts"
import { InvalidCredentials, SessionNotFound, SessionRequired } from "../model/IdentityErrors.ts"
import type { AccountNotFound, HashingOverloaded, InvalidCursor, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { Page, PageRequest } from "../model/Page.ts"
import { isLive, Session, SessionId } from "../model/Session.ts"
import type { Client, SessionToken } from "../model/Session.ts"
import { Accounts } from "./Accounts.ts"
import type { Credentials } from "./Accounts.ts"
import { sessionsEndedBy, sessionsStarted, signInOutcome } from "./IdentityMetrics.ts"
import { loadPage } from "./Paging.ts"
import { SessionPolicy } from "./SessionPolicy.ts"

export interface StartedSession extends SessionWithAccount {
  readonly token: SessionToken
}

/** How many sessions one step of house-keeping removes, so that it never holds locks for long. */
const PRUNE_BATCH = 1000

export class Sessions extends Context.Service<Sessions, {
  /** Signs somebody in. */
  readonly start: (
    credentials: Credentials,
    client: Client
  ) => Effect.Effect<StartedSession, InvalidCredentials | HashingOverloaded | StoreUnavailable>

  /** The live session behind a token, with its account. */
  readonly verify: (
    token: Redacted.Redacted<string>
  ) => Effect.Effect<SessionWithAccount, SessionRequired | StoreUnavailable>

  /** Signs out. Ending a session that is over already is no failure. */
  readonly end: (session: Session) => Effect.Effect<void, StoreUnavailable>

  /** Ends one of the account's own sessions. */
  readonly revoke: (
    accountId: AccountId,
    id: SessionId
  ) => Effect.Effect<void, SessionNotFound | StoreUnavailable>

  /** Ends every session of the account; answers how many were live. */
  readonly revokeAll: (accountId: AccountId) => Effect.Effect<number, AccountNotFound | StoreUnavailable>

  /** The account's live sessions, newest first. */
  readonly list: (
    accountId: AccountId,
    page: PageRequest
  ) => Effect.Effect<Page<Session>, InvalidCursor | StoreUnavailable>

  /** Forgets all sessions that are over; answers how many. */
  readonly prune: Effect.Effect<number, StoreUnavailable>
}>()("identity/domain/services/Sessions") {
  static readonly layer = Layer.effect(
    Sessions,
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const store = yield* IdentityStore
      const ids = yield* IdGenerator
      const signer = yield* TokenSigner
      const policy = yield* SessionPolicy

      const start = Effect.fn("Sessions.start")(
        function*(credentials: Credentials, client: Client) {
          const account = yield* accounts.authenticate(credentials)
          const now = yield* DateTime.now
          const session = Session.make({
            id: yield* ids.sessionId,
            accountId: account.id,
            epoch: account.sessionEpoch,
            createdAt: now,
            lastUsedAt: now,
            authenticatedAt: now,
            expiresAt: DateTime.min(
              DateTime.addDuration(now, policy.idleTimeout),
              DateTime.addDuration(now, policy.maxLifetime)
            ),
            userAgent: client.userAgent,
            ipAddress: client.ipAddress
          })
          // The account was disabled, deleted or signed out everywhere while the password was being checked.
          if (!(yield* store.insertSession(session))) return yield* new InvalidCredentials()
          yield* Effect.annotateCurrentSpan({ "account.id": account.id, "session.id": session.id })
          yield* Metric.update(sessionsStarted, 1)
          return { session, account, token: yield* signer.signSession(session.id) }
        },
        Effect.tap(() => Metric.update(signInOutcome("succeeded"), 1)),
        Effect.tapError((error) =>
          Metric.update(signInOutcome(error._tag === "InvalidCredentials" ? "refused" : "failed"), 1)
        )
      )

      const verify = Effect.fn("Sessions.verify")(function*(token: Redacted.Redacted<string>) {
        const id = yield* signer.verifySession(token)
        if (Option.isNone(id)) return yield* new SessionRequired()
        const found = yield* store.findSession(id.value)
        const now = yield* DateTime.now
        if (Option.isNone(found) || !isLive(found.value.session, found.value.account, now)) {
          return yield* new SessionRequired()
        }
        return found.value
      })

      const end = Effect.fn("Sessions.end")(function*(session: Session) {
        const { accountId, id } = session
        const ended = yield* store.endSession({ accountId, id, now: yield* DateTime.now })
        if (ended) yield* Metric.update(sessionsEndedBy("sign-out"), 1)
      })

      const revoke = Effect.fn("Sessions.revoke")(function*(accountId: AccountId, id: SessionId) {
        const ended = yield* store.endSession({ accountId, id, now: yield* DateTime.now })
        if (!ended) return yield* new SessionNotFound()
        yield* Metric.update(sessionsEndedBy("revoked"), 1)
      })

      const revokeAll = Effect.fn("Sessions.revokeAll")(function*(accountId: AccountId) {
        const count = yield* store.endAllSessions({ accountId, now: yield* DateTime.now })
        yield* Metric.update(sessionsEndedBy("revoked"), count)
        return count
      })

      const list = Effect.fn("Sessions.list")(function*(accountId: AccountId, page: PageRequest) {
        const now = yield* DateTime.now
        return yield* loadPage(signer, {
          name: JSON.stringify(["sessions", accountId]),
          position: Position,
          positionOf: (session: Session) => ({ createdAt: session.createdAt, id: session.id }),
          load: (limit, after) => store.listSessions({ accountId, now, limit, after })
        }, page)
      })

      const prune = Effect.gen(function*() {
        const now = yield* DateTime.now
        let total = 0
        let removed = PRUNE_BATCH
        while (removed === PRUNE_BATCH) {
          removed = yield* store.pruneSessions({ now, limit: PRUNE_BATCH })
          total += removed
        }
        return total
      }).pipe(Effect.withSpan("Sessions.prune"))

      return Sessions.of({ start, verify, end, revoke, revokeAll, list, prune })
    })
  )
}

const Position = Schema.fromJsonString(Schema.Struct({ createdAt: Schema.DateTimeUtcFromMillis, id: SessionId }))
