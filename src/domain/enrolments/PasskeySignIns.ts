/**
 * Signs people in by a passkey alone. It is two factors in one: the key that only its authenticator has, and the PIN or
 * the body by which the authenticator knows its user. So nobody is asked for a name, a password or a second factor.
 */
import { Context, DateTime, Effect, Layer, Option } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import { FactorStore } from "../../ports/FactorStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { passkeyMethods, Passkeys, SIGN_IN } from "../factors/Passkeys.ts"
import type { Attempt } from "../limits/CountedAttempts.ts"
import { makeCurrentDevice } from "../limits/CurrentDevice.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import type { AccountId } from "../model/Account.ts"
import type { Authentication } from "../model/Authentication.ts"
import { InvalidCredentials, isPreconditionFailed, VerificationRequired } from "../model/IdentityErrors.ts"
import type { StoreUnavailable, TooManyAttempts } from "../model/IdentityErrors.ts"
import type { PasskeyAssertion } from "../model/PasskeyAnswers.ts"
import type { PasskeyRequestOptions } from "../model/PasskeyOptions.ts"
import { EmailVerificationPolicy, lacksVerification } from "../sessions/EmailVerificationPolicy.ts"
import { makeOpening } from "../sessions/SessionOpening.ts"
import type { SignInClient, StartedSession } from "../sessions/SessionOpening.ts"
import { Sessions } from "../sessions/Sessions.ts"
import { recordOutcome } from "../telemetry/IdentityMetrics.ts"

export interface PasskeySignIn extends SignInClient {
  readonly assertion: PasskeyAssertion
}

type Refusal = InvalidCredentials | StoreUnavailable | TooManyAttempts | VerificationRequired

export class PasskeySignIns extends Context.Service<PasskeySignIns, {
  /** What a browser is asked. Costs next to nothing and reveals nothing, so that nobody needs to be kept from it. */
  readonly options: Effect.Effect<PasskeyRequestOptions>

  /** Signs in the holder of the passkey. Each answer signs in once. */
  readonly signIn: (signIn: PasskeySignIn) => Effect.Effect<StartedSession, Refusal>
}>()("identityd/domain/enrolments/PasskeySignIns") {
  static readonly layer = Layer.effect(
    PasskeySignIns,
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const factors = yield* FactorStore
      const passkeys = yield* Passkeys
      const limits = yield* GuessLimits
      const sessions = yield* Sessions
      const trail = yield* AuditTrail
      const verification = yield* EmailVerificationPolicy
      const currentDevice = yield* makeCurrentDevice
      const { insert } = yield* makeOpening

      const refuse = Effect.fnUntraced(function*({ isLast }: Attempt, accountId?: AccountId) {
        const action = isLast ? "sign-in.limited" : "sign-in.refused"
        yield* trail.record({ action, accountId })
        return yield* new InvalidCredentials()
      })

      const judge = Effect.fnUntraced(function*({ assertion }: PasskeySignIn, attempt: Attempt) {
        const found = Option.getOrUndefined(yield* factors.findPasskey(assertion.id))
        const account = found && Option.getOrUndefined(yield* accounts.findAccount(found.factor.accountId))
        if (found === undefined || account?.status !== "active") return yield* refuse(attempt, account?.id)
        const judged = yield* passkeys.judgeAssertion(SIGN_IN, assertion, account, [found])
        if (Option.isNone(judged)) return yield* refuse(attempt, account.id)
        return { account, factor: found.factor, by: judged.value.by }
      })

      const open = Effect.fnUntraced(
        function*(input: PasskeySignIn, attempt: Attempt) {
          const { account, by, factor } = yield* judge(input, attempt)
          if (lacksVerification(verification, account)) {
            yield* attempt.pass
            return yield* new VerificationRequired()
          }
          const device = Effect.map(
            currentDevice(input.device),
            Option.filter((known) => known.accountId === account.id)
          )
          const uses = { accountId: account.id, id: factor.id, now: yield* DateTime.now, by }
          const authentication: Authentication = { amr: [...passkeyMethods(by.passkey), "mfa"], aal: 2 }
          const opened = yield* insert(
            { account, client: input.client, authentication },
            () => ({ uses }),
            { ...attempt, device }
          ).pipe(
            Effect.catchIf(isPreconditionFailed, () => Effect.succeedNone),
            Effect.catchTags({ RequestInProgress: Effect.die, SuccessesUsedUp: Effect.die })
          )
          // The answer was used before, or all sessions were ended meanwhile.
          return Option.isSome(opened) ? opened.value : yield* refuse(attempt, account.id)
        },
        recordOutcome
      )

      const signIn = Effect.fn("PasskeySignIns.signIn")(function*(input: PasskeySignIn) {
        const started = yield* limits.signInByPasskey((attempt) => open(input, attempt))
        if (input.replaces !== undefined) yield* sessions.endReplaced(input.replaces, started)
        return started
      })

      return PasskeySignIns.of({ options: passkeys.signInOptions, signIn })
    })
  )
}
