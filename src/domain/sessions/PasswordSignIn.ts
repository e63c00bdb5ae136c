/**
 * How a password, and an `Idempotency-Key` if there is one, begin a session. Each is one attempt, which the limits on
 * guesses count.
 */
import { Effect, Metric, Option, Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { SecondFactors } from "../factors/SecondFactors.ts"
import { Account } from "../model/Account.ts"
import type { AccountId } from "../model/Account.ts"
import { BY_PASSWORD } from "../model/Authentication.ts"
import type { IdempotencyKey } from "../model/Idempotency.ts"
import { InvalidCredentials, VerificationRequired } from "../model/IdentityErrors.ts"
import { Session } from "../model/Session.ts"
import type { Client } from "../model/Session.ts"
import { PasswordAuthentication } from "../passwords/PasswordAuthentication.ts"
import type { AuthenticatedAccount, Credentials, SignInAttempt } from "../passwords/PasswordAuthentication.ts"
import { Idempotency } from "../requests/Idempotency.ts"
import type { Complete } from "../requests/Idempotency.ts"
import { recordOutcome, signInOutcome } from "../telemetry/IdentityMetrics.ts"
import { EmailVerificationPolicy, lacksVerification } from "./EmailVerificationPolicy.ts"
import { makeOpening } from "./SessionOpening.ts"
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

/** `Sessions.signIn` without the end of the session that the new one replaces. */
export const makePasswordSignIn = Effect.gen(function*() {
  const passwords = yield* PasswordAuthentication
  const accounts = yield* AccountStore
  const ids = yield* IdGenerator
  const trail = yield* AuditTrail
  const idempotency = yield* Idempotency
  const secondFactors = yield* SecondFactors
  const verification = yield* EmailVerificationPolicy
  const { insert, signed } = yield* makeOpening

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

  return (input: SignIn) =>
    // A reused key compares the password with an earlier one, so using a key is an attempt, too.
    passwords.attempt(input, (attempt) =>
      idempotency.once(
        {
          operation: "create-session",
          key: input.idempotencyKey,
          content: () => JSON.stringify([input.email, Redacted.value(input.password), input.transport])
        },
        (complete) => attemptSignIn(input, attempt, complete),
        (answer) => replay(answer, attempt)
      )).pipe(Effect.tapErrorTag("TooManyAttempts", () => Metric.update(signInOutcome("limited"), 1)))
})
