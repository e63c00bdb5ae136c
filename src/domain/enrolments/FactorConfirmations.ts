/** Confirms factors by the first thing that they prove. `Factors.confirm` says what that does to the session. */
import { DateTime, Effect, Metric, Option, Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import { FactorStore } from "../../ports/FactorStore.ts"
import type { StoredFactor } from "../../ports/FactorStore.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { makeConfirmation } from "../accounts/Confirmation.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { JudgedFactor } from "../factors/FactorKind.ts"
import { passkeyMethods, Passkeys } from "../factors/Passkeys.ts"
import { makeTotp } from "../factors/Totp.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import { Notices } from "../mail/Notices.ts"
import type { AccountId } from "../model/Account.ts"
import { combined } from "../model/Authentication.ts"
import type { Authentication } from "../model/Authentication.ts"
import { CONFIRMATION_LIFETIME, Factor } from "../model/Factor.ts"
import type { FactorId } from "../model/Factor.ts"
import { ChallengeOver, FactorNotFound, InvalidCode, isPreconditionFailed } from "../model/IdentityErrors.ts"
import type { PasskeyRegistration } from "../model/PasskeyAnswers.ts"
import type { Client } from "../model/Session.ts"
import { secondFactors, sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
import { registrationOf } from "./FactorEnrolments.ts"

export interface FactorConfirmation {
  readonly id: FactorId
  /** A code of an authenticator application, or the passkey that a browser has made. */
  readonly proof: PasskeyRegistration | Redacted.Redacted<string>
  readonly endsOtherSessions: boolean
  readonly client: Client
}

export const makeConfirm = Effect.gen(function*() {
  const store = yield* FactorStore
  const accounts = yield* AccountStore
  const sessions = yield* SessionStore
  const trail = yield* AuditTrail
  const limits = yield* GuessLimits
  const notices = yield* Notices
  const { whileLive } = yield* makeConfirmation
  const passkeys = yield* Passkeys
  const totp = yield* makeTotp

  const findUnconfirmed = Effect.fnUntraced(function*(accountId: AccountId, id: FactorId) {
    const stored = (yield* store.list(accountId)).find(({ factor }) => factor.id === id)
    if (stored === undefined) return yield* new FactorNotFound()
    const { confirmedAt, createdAt } = stored.factor
    const over = DateTime.addDuration(createdAt, CONFIRMATION_LIFETIME)
    const isOver = confirmedAt !== undefined || !DateTime.isLessThan(yield* DateTime.now, over)
    return isOver ? yield* new ChallengeOver() : stored
  })

  const prove = Effect.fnUntraced(function*(
    stored: StoredFactor,
    proof: FactorConfirmation["proof"],
    now: DateTime.Utc
  ): Effect.fn.Return<Option.Option<Omit<JudgedFactor, "stored">>> {
    if (Redacted.isRedacted(proof)) {
      const step = yield* totp.stepOf(stored, proof, now)
      return Option.map(step, (found) => ({
        by: { _tag: "Step", step: found },
        methods: ["otp"]
      }))
    }
    const made = stored.factor.type === "passkey"
      ? yield* passkeys.judgeRegistration(registrationOf(stored.factor), proof)
      : Option.none()
    return Option.map(made, (by) => ({ by, methods: passkeyMethods(by.passkey) }))
  })

  const judge = Effect.fnUntraced(function*(stored: StoredFactor, { proof }: FactorConfirmation, isLast: boolean) {
    const now = yield* DateTime.now
    const proven = yield* prove(stored, proof, now)
    if (Option.isSome(proven)) {
      const { by, methods } = proven.value
      const authentication: Authentication = { amr: [...methods, "mfa"], aal: 2 }
      return { now, by, authentication }
    }
    const action = isLast ? "factor.limited" : "factor.refused"
    yield* trail.record({ action, accountId: stored.factor.accountId })
    yield* Metric.update(secondFactors(stored.factor.type, "refused"), 1)
    return yield* new InvalidCode()
  })

  return Effect.fn("Factors.confirm")((caller: SessionWithAccount, confirmation: FactorConfirmation) =>
    limits.confirm(
      caller.account.id,
      ({ isLast }) =>
        whileLive(
          caller,
          Effect.fnUntraced(function*({ account, session }, precondition) {
            const stored = yield* findUnconfirmed(account.id, confirmation.id)
            const proven = yield* judge(stored, confirmation, isLast)
            const confirms = { createdAfter: DateTime.subtractDuration(proven.now, CONFIRMATION_LIFETIME) }
            const commit = yield* trail.commit({ action: "factor.confirmed", accountId: account.id })
            const { userAgent } = confirmation.client
            const notice = yield* notices.of({ purpose: "factor-added", account, userAgent })
            const updated = yield* accounts.updateAccount({
              id: account.id,
              precondition: precondition(),
              updatedAt: proven.now,
              endSessions: confirmation.endsOtherSessions,
              keepSession: session.id,
              commit: {
                ...commit,
                ...notice,
                uses: { accountId: account.id, id: confirmation.id, now: proven.now, by: proven.by, confirms }
              }
            }).pipe(Effect.catchTags({ EmailAlreadyExists: Effect.die }))
            yield* Metric.update(sessionsEndedBy("factor-added"), updated.sessionsEnded)
            yield* Metric.update(secondFactors(stored.factor.type, "succeeded"), 1)
            yield* sessions.strengthen({ id: session.id, ...combined(session, proven.authentication) })
            return Factor.make({
              ...stored.factor,
              confirmedAt: proven.now,
              lastUsedAt: proven.now,
              ...(proven.by._tag === "Passkey" && { passkey: proven.by.passkey })
            })
          })
        ).pipe(Effect.catchIf(isPreconditionFailed, () => new ChallengeOver()))
    )
  )
})
