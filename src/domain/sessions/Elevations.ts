/**
 * Lets the holder of a session prove anew who they are, for what needs more than a session (ASVS 7.5.3).
 *
 * A stolen session can't do that, so it can't take the account over. Whoever can gets another session in the place of
 * theirs, elevated for a few minutes, and the token that might have been stolen is dead (ASVS 7.2.4).
 */
import { Context, DateTime, Effect, Layer, Option } from "effect"
import type { Redacted } from "effect"
import type { Commit } from "../../ports/Commit.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { BY_PASSWORD, combined } from "../model/Authentication.ts"
import type { Authentication } from "../model/Authentication.ts"
import { ReauthenticationRequired, SessionRequired } from "../model/IdentityErrors.ts"
import type {
  HashingOverloaded,
  InvalidCredentials,
  PreconditionFailed,
  StoreUnavailable,
  TooManyAttempts
} from "../model/IdentityErrors.ts"
import type { Password } from "../model/Password.ts"
import { isElevated, Session } from "../model/Session.ts"
import { PasswordAuthentication } from "../passwords/PasswordAuthentication.ts"
import { recordElevation } from "../telemetry/IdentityMetrics.ts"
import type { ElevationMethod } from "../telemetry/IdentityMetrics.ts"
import { makeOpening } from "./SessionOpening.ts"
import type { StartedSession } from "./SessionOpening.ts"
import { expiry, SessionPolicy } from "./SessionPolicy.ts"

export interface ElevationRequest extends SessionWithAccount {
  /** The device credential that the client presents, if it has one. */
  readonly device?: Redacted.Redacted<string> | undefined
}

/** What a holder has proved, and the factor that it uses up. */
interface Proof extends Pick<Commit, "uses"> {
  readonly authentication: Authentication
}

export class Elevations extends Context.Service<Elevations, {
  /** Elevates the session of somebody who gives their password. */
  readonly byPassword: (
    request: ElevationRequest,
    password: Password
  ) => Effect.Effect<
    StartedSession,
    HashingOverloaded | InvalidCredentials | SessionRequired | StoreUnavailable | TooManyAttempts
  >

  /** Fails unless the session is elevated now. */
  readonly requireElevated: (session: Session) => Effect.Effect<void, ReauthenticationRequired>
}>()("identityd/domain/sessions/Elevations") {
  static readonly layer = Layer.effect(
    Elevations,
    Effect.gen(function*() {
      const store = yield* SessionStore
      const ids = yield* IdGenerator
      const passwords = yield* PasswordAuthentication
      const trail = yield* AuditTrail
      const policy = yield* SessionPolicy
      const { deviceFor, signed } = yield* makeOpening

      const elevated = Effect.fnUntraced(function*({ session }: SessionWithAccount, by: Authentication) {
        const now = yield* DateTime.now
        return Session.make({
          ...session,
          ...combined(session, by),
          id: yield* ids.sessionId,
          lastUsedAt: now,
          authenticatedAt: now,
          expiresAt: DateTime.max(session.expiresAt, expiry(policy, session.createdAt, now)),
          elevatedUntil: DateTime.addDuration(now, policy.elevationLifetime)
        })
      })

      /**
       * Every elevation is made here. `prove` judges what the holder gives, within the limits on guesses. Fails with
       * `PreconditionFailed` if the factor can't be used any more.
       */
      const elevateBy = Effect.fnUntraced(function*<E extends { readonly _tag: string }>(
        _: ElevationMethod,
        request: ElevationRequest,
        prove: Effect.Effect<Proof, E>
      ): Effect.fn.Return<StartedSession, E | PreconditionFailed | SessionRequired | StoreUnavailable> {
        const { authentication, ...used } = yield* prove
        const session = yield* elevated(request, authentication)
        const event = { action: "session.elevated", accountId: session.accountId, sessionId: session.id } as const
        const commit = { ...(yield* trail.commit(event)), ...used }
        const saved = yield* store.insertSession({ session, replaces: request.session.id, commit }).pipe(
          Effect.catchTags({ RequestInProgress: Effect.die, SuccessesUsedUp: Effect.die })
        )
        if (Option.isNone(saved)) return yield* new SessionRequired()
        return yield* signed(session, request.account, yield* deviceFor(request.device, session))
      }, (elevation, method) => recordElevation(method)(elevation))

      const byPassword = Effect.fn("Elevations.byPassword")((request: ElevationRequest, password: Password) =>
        elevateBy(
          "password",
          request,
          Effect.as(passwords.confirm(request.account, password), { authentication: BY_PASSWORD })
        ).pipe(Effect.catchTag("PreconditionFailed", Effect.die))
      )

      const requireElevated = Effect.fnUntraced(function*(session: Session) {
        if (isElevated(session, yield* DateTime.now)) return
        return yield* new ReauthenticationRequired({ lifetime: policy.elevationLifetime })
      })

      return Elevations.of({ byPassword, requireElevated })
    })
  )
}
