/**
 * What a holder confirms beside their session: the change of an email or a password and the deletion of the account, so
 * that a stolen session can't take the account over (ASVS 7.5.1, 7.5.3).
 *
 * They confirm it by their current password or by an elevated session. The change then depends on just that: on the
 * password that was checked, or on sessions that have not been ended.
 */
import { DateTime, Effect, Option } from "effect"
import type { AccountPrecondition } from "../../ports/AccountStore.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { SecondFactors } from "../factors/SecondFactors.ts"
import type { Account } from "../model/Account.ts"
import { BY_PASSWORD, combined } from "../model/Authentication.ts"
import type { Authentication } from "../model/Authentication.ts"
import { InvalidCredentials, isPreconditionFailed, SessionRequired } from "../model/IdentityErrors.ts"
import type {
  HashingOverloaded,
  PreconditionFailed,
  ReauthenticationRequired,
  StoreUnavailable,
  TooManyAttempts
} from "../model/IdentityErrors.ts"
import type { Password } from "../model/Password.ts"
import { isLive } from "../model/Session.ts"
import { PasswordAuthentication } from "../passwords/PasswordAuthentication.ts"
import { Elevations } from "../sessions/Elevations.ts"

/** Why a change isn't confirmed. */
export type Unconfirmed =
  | HashingOverloaded
  | InvalidCredentials
  | ReauthenticationRequired
  | SessionRequired
  | TooManyAttempts

export interface Confirmed {
  /** The current account. */
  readonly account: Account
  /** What the holder has proved with this session and their confirmation. */
  readonly authentication: Authentication
  /** That what confirmed the change still holds, and, if a version is given, that the account has it. */
  readonly precondition: (version?: number) => AccountPrecondition
}

export const makeConfirmation = Effect.gen(function*() {
  const store = yield* SessionStore
  const passwords = yield* PasswordAuthentication
  const elevations = yield* Elevations
  const secondFactors = yield* SecondFactors
  const trail = yield* AuditTrail

  /**
   * A sign-in may renew the hash between check and change. Then the password is confirmed once more; that is enough,
   * because a hash that was just renewed needs no renewal.
   */
  const byPassword = <A, E>(
    { account, session }: SessionWithAccount,
    password: Password,
    use: (confirmed: Confirmed) => Effect.Effect<A, E | PreconditionFailed>
  ) =>
    passwords.confirm(account, password).pipe(
      Effect.flatMap(({ account, passwordHash }) =>
        use({
          account,
          authentication: combined(session, BY_PASSWORD),
          precondition: (version) => ({ _tag: "Confirmed", passwordHash, version })
        })
      ),
      Effect.retry({ while: isPreconditionFailed, times: 1 }),
      Effect.catchIf(isPreconditionFailed, () =>
        Effect.andThen(
          trail.record({ action: "password.refused", accountId: account.id }),
          new InvalidCredentials()
        ))
    )

  const findLive = Effect.fnUntraced(function*({ session }: SessionWithAccount) {
    const found = Option.getOrUndefined(yield* store.findSession(session.id))
    const isStillLive = found !== undefined && isLive(found.session, found.account, yield* DateTime.now)
    return isStillLive ? found : yield* new SessionRequired()
  })

  /** A change that keeps the session may come between. Then the session is looked up once more. */
  const whileLive = <A, E>(
    caller: SessionWithAccount,
    use: (current: SessionWithAccount, precondition: Confirmed["precondition"]) => Effect.Effect<A, E>
  ) =>
    findLive(caller).pipe(
      Effect.flatMap((current) =>
        use(current, (version) => ({ _tag: "Sessions", sessionEpoch: current.session.epoch, version }))
      ),
      Effect.retry({ while: isPreconditionFailed, times: 1 })
    )

  const whileElevated = <A, E>(
    caller: SessionWithAccount,
    use: (confirmed: Confirmed) => Effect.Effect<A, E | PreconditionFailed>
  ) =>
    elevations.requireElevated(caller.session).pipe(
      Effect.andThen(whileLive(caller, ({ account, session }, precondition) =>
        Effect.andThen(
          elevations.requireElevated(session),
          use({ account, authentication: session, precondition })
        ))),
      Effect.catchIf(isPreconditionFailed, () => new SessionRequired())
    )

  const whileConfirmed = <A, E>(
    caller: SessionWithAccount,
    password: Password | undefined,
    use: (confirmed: Confirmed) => Effect.Effect<A, E | PreconditionFailed>
  ): Effect.Effect<A, Exclude<E | PreconditionFailed, PreconditionFailed> | StoreUnavailable | Unconfirmed> =>
    password === undefined ? whileElevated(caller, use) : byPassword(caller, password, use)

  /** A password is one factor, so where there is a second one it confirms nothing alone. */
  const whileFullyConfirmed: typeof whileConfirmed = (caller, password, use) =>
    Effect.flatMap(
      secondFactors.isNeeded(caller.account),
      (isNeeded) => isNeeded ? elevations.requireElevated(caller.session) : Effect.void
    ).pipe(Effect.andThen(whileConfirmed(caller, password, use)))

  return {
    /** Runs a change that depends on its confirmation. A password that is given has to be right. */
    whileConfirmed,
    /** The same for what leads to the account later: holders of a second factor need an elevated session. */
    whileFullyConfirmed,
    /** Runs a change that an elevated session alone confirms. */
    whileElevated,
    /** Runs a change that needs the session to be live, and nothing else of it. It may still fail its precondition. */
    whileLive
  }
})
