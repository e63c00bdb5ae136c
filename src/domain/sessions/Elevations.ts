/**
 * Lets the holder of a session prove anew who they are, for what needs more than a session (ASVS 7.5.3).
 *
 * A stolen session can't do that, so it can't take the account over. Those who can get another session in the place of
 * theirs, elevated for a few minutes, and the token that might have been stolen is dead (ASVS 7.2.4).
 */
import { Context, DateTime, Effect, Layer, Option } from "effect"
import type { Redacted } from "effect"
import type { Commit } from "../../ports/Commit.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { Presented } from "../factors/FactorKind.ts"
import { Passkeys } from "../factors/Passkeys.ts"
import type { Ceremony } from "../factors/Passkeys.ts"
import { SecondFactors } from "../factors/SecondFactors.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import { BY_PASSWORD, combined } from "../model/Authentication.ts"
import type { Authentication } from "../model/Authentication.ts"
import { InvalidCode, ReauthenticationRequired, SecondFactorNeeded, SessionRequired } from "../model/IdentityErrors.ts"
import type {
  HashingOverloaded,
  InvalidCredentials,
  PreconditionFailed,
  StoreUnavailable,
  TooManyAttempts
} from "../model/IdentityErrors.ts"
import type { PasskeyRequestOptions } from "../model/PasskeyOptions.ts"
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

/** Recovery codes are for those who have lost everything else, and elevate nothing. */
export type ElevatingFactor = Presented<"passkey" | "totp">

/** What a holder has proved, and the factor that it uses up. */
interface Proof extends Pick<Commit, "uses"> {
  readonly authentication: Authentication
}

export class Elevations extends Context.Service<Elevations, {
  /** Elevates the session of somebody who gives their password. Those with a second factor have to give that. */
  readonly byPassword: (
    request: ElevationRequest,
    password: Password
  ) => Effect.Effect<
    StartedSession,
    | HashingOverloaded
    | InvalidCredentials
    | SecondFactorNeeded
    | SessionRequired
    | StoreUnavailable
    | TooManyAttempts
  >

  /** Elevates the session of somebody who gives a second factor, which is used up. */
  readonly byFactor: (
    request: ElevationRequest,
    presented: ElevatingFactor
  ) => Effect.Effect<StartedSession, InvalidCode | SessionRequired | StoreUnavailable | TooManyAttempts>

  /** What a browser is asked, so that a passkey elevates the session; `None` if the account has none. */
  readonly passkeyOptions: (
    caller: SessionWithAccount
  ) => Effect.Effect<Option.Option<PasskeyRequestOptions>, StoreUnavailable>

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
      const passkeys = yield* Passkeys
      const secondFactors = yield* SecondFactors
      const limits = yield* GuessLimits
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
        const { authentication, uses } = yield* prove
        const session = yield* elevated(request, authentication)
        const { accountId, id: sessionId } = session
        const event = { action: "session.elevated", accountId, sessionId, amr: authentication.amr } as const
        const commit = { ...(yield* trail.commit(event)), ...(uses && { uses }) }
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
          Effect.gen(function*() {
            if (yield* secondFactors.isNeeded(request.account)) return yield* new SecondFactorNeeded()
            yield* passwords.confirm(request.account, password)
            return { authentication: BY_PASSWORD }
          })
        ).pipe(Effect.catchTag("PreconditionFailed", Effect.die))
      )

      const byFactor = Effect.fn("Elevations.byFactor")((request: ElevationRequest, presented: ElevatingFactor) =>
        elevateBy(
          presented.type,
          request,
          limits.confirm(request.account.id, ({ isLast }) =>
            Effect.tapErrorTag(
              secondFactors.judge(request.account, presented, askedOf(request)),
              "InvalidCode",
              () =>
                trail.record({
                  action: isLast ? "second-factor.limited" : "second-factor.refused",
                  accountId: request.account.id
                })
            ))
        ).pipe(Effect.catchTag("PreconditionFailed", () => new InvalidCode()))
      )

      const passkeyOptions = (caller: SessionWithAccount) => passkeys.requestOptions(caller.account, askedOf(caller))

      const requireElevated = Effect.fnUntraced(function*(session: Session) {
        if (isElevated(session, yield* DateTime.now)) return
        return yield* new ReauthenticationRequired({ lifetime: policy.elevationLifetime })
      })

      return Elevations.of({ byPassword, byFactor, passkeyOptions, requireElevated })
    })
  )
}

/** A challenge for one session elevates no other, and that one once, because it ends. */
const askedOf = ({ session }: SessionWithAccount): Ceremony => ({ kind: "elevation", subject: session.id })
