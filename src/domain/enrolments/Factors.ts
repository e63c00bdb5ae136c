/**
 * What holders do with their second factors: enrol, confirm, rename and remove them. `Elevations` decides whether their
 * session is enough for that.
 */
import { Context, DateTime, Effect, Layer, Metric, Option, Redacted } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import { FactorStore } from "../../ports/FactorStore.ts"
import type { FactorRemoval, StoredFactor } from "../../ports/FactorStore.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { makeConfirmation } from "../accounts/Confirmation.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { JudgedFactor } from "../factors/FactorKind.ts"
import { passkeyMethods, Passkeys } from "../factors/Passkeys.ts"
import { SecondFactorPolicy } from "../factors/SecondFactorPolicy.ts"
import { makeTotp } from "../factors/Totp.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import { Notices } from "../mail/Notices.ts"
import type { Account, AccountId, DisplayName } from "../model/Account.ts"
import { combined } from "../model/Authentication.ts"
import type { Authentication } from "../model/Authentication.ts"
import { CONFIRMATION_LIFETIME, Factor } from "../model/Factor.ts"
import type { FactorId, FactorType } from "../model/Factor.ts"
import { ChallengeOver, FactorNotFound, InvalidCode, isPreconditionFailed, TurnedOff } from "../model/IdentityErrors.ts"
import type {
  AccountNotFound,
  LastFactor,
  PreconditionFailed,
  ReauthenticationRequired,
  SessionRequired,
  StoreUnavailable,
  TooManyAttempts,
  TooManyFactors
} from "../model/IdentityErrors.ts"
import type { PasskeyRegistration } from "../model/PasskeyAnswers.ts"
import type { Client } from "../model/Session.ts"
import { Elevations } from "../sessions/Elevations.ts"
import { factorsRemovedBy, secondFactors, sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"
import { makeEnrolments, registrationOf } from "./FactorEnrolments.ts"
import type { EnrolledFactor } from "./FactorEnrolments.ts"

export interface FactorConfirmation {
  readonly id: FactorId
  /** A code of an authenticator application, or the passkey that a browser has made. */
  readonly proof: PasskeyRegistration | Redacted.Redacted<string>
  readonly endsOtherSessions: boolean
  readonly client: Client
}

type EnrolmentRefusal =
  | AccountNotFound
  | ReauthenticationRequired
  | SessionRequired
  | StoreUnavailable
  | TooManyFactors
  | TurnedOff

export class Factors extends Context.Service<Factors, {
  /** All factors of an account, unconfirmed ones included, oldest first. */
  readonly list: (accountId: AccountId) => Effect.Effect<ReadonlyArray<Factor>, StoreUnavailable>

  /**
   * Enrols a factor. An authenticator application or a passkey counts once it is confirmed; recovery codes are good at
   * once, in place of earlier ones. Needs an elevated session.
   */
  readonly enrol: (
    caller: SessionWithAccount,
    type: FactorType,
    name: DisplayName
  ) => Effect.Effect<EnrolledFactor, EnrolmentRefusal>

  /**
   * Confirms a factor by the first code of it, which is used up, or by the passkey that was made. The session then has
   * both factors, and every other one of the account ends, if that is wanted. Fails with `SessionRequired` if the
   * session was ended meanwhile.
   */
  readonly confirm: (
    caller: SessionWithAccount,
    confirmation: FactorConfirmation
  ) => Effect.Effect<
    Factor,
    | AccountNotFound
    | ChallengeOver
    | FactorNotFound
    | InvalidCode
    | SessionRequired
    | StoreUnavailable
    | TooManyAttempts
  >

  /** Needs an elevated session. */
  readonly rename: (
    caller: SessionWithAccount,
    id: FactorId,
    name: DisplayName
  ) => Effect.Effect<Factor, FactorNotFound | ReauthenticationRequired | StoreUnavailable>

  /** Needs an elevated session. Fails with `LastFactor` where everybody needs a second factor. */
  readonly remove: (
    caller: SessionWithAccount,
    id: FactorId
  ) => Effect.Effect<void, FactorNotFound | LastFactor | ReauthenticationRequired | SessionRequired | StoreUnavailable>

  /** Removes one factor of any account, or all of them, for administrators. Returns what was removed. */
  readonly removeAny: (
    account: Account,
    id: FactorId | "all"
  ) => Effect.Effect<ReadonlyArray<Factor>, StoreUnavailable>
}>()("identityd/domain/enrolments/Factors") {
  static readonly layer = Layer.effect(
    Factors,
    Effect.gen(function*() {
      const store = yield* FactorStore
      const accounts = yield* AccountStore
      const sessions = yield* SessionStore
      const trail = yield* AuditTrail
      const limits = yield* GuessLimits
      const notices = yield* Notices
      const policy = yield* SecondFactorPolicy
      const { requireElevated } = yield* Elevations
      const { whileElevated, whileLive } = yield* makeConfirmation
      const passkeys = yield* Passkeys
      const totp = yield* makeTotp

      const enrolments = yield* makeEnrolments

      const list = Effect.fn("Factors.list")((accountId: AccountId) =>
        Effect.map(store.list(accountId), (all) => all.map(({ factor }) => factor))
      )

      const enrol = Effect.fn("Factors.enrol")((caller: SessionWithAccount, type: FactorType, name: DisplayName) =>
        whileElevated(
          caller,
          (confirmed): Effect.Effect<EnrolledFactor, EnrolmentRefusal | PreconditionFailed> =>
            policy === "off" ? new TurnedOff() : enrolments[type](confirmed, name)
        )
      )

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

      const confirm = Effect.fn("Factors.confirm")((caller: SessionWithAccount, confirmation: FactorConfirmation) =>
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
                const told = yield* notices.of({ purpose: "factor-added", account, userAgent })
                const updated = yield* accounts.updateAccount({
                  id: account.id,
                  precondition: precondition(),
                  updatedAt: proven.now,
                  endSessions: confirmation.endsOtherSessions,
                  keepSession: session.id,
                  commit: {
                    ...commit,
                    ...told,
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

      const rename = Effect.fn("Factors.rename")(function*(
        { account, session }: SessionWithAccount,
        id: FactorId,
        name: DisplayName
      ) {
        yield* requireElevated(session)
        const commit = yield* trail.commit({ action: "factor.renamed", accountId: account.id })
        const renamed = yield* store.rename({ accountId: account.id, id, name, commit })
        return Option.isSome(renamed) ? renamed.value : yield* new FactorNotFound()
      })

      const removeWith = Effect.fnUntraced(function*(
        account: Account,
        removal: Pick<FactorRemoval, "id" | "keepsLast" | "precondition">,
        by: "administrator" | "holder"
      ) {
        const commit = yield* trail.commit({ action: "factor.removed", accountId: account.id })
        const told = yield* notices.of({ purpose: "factor-removed", account })
        const removed = yield* store.remove({ accountId: account.id, ...removal, commit: { ...commit, ...told } })
        yield* Metric.update(factorsRemovedBy(by), removed.length)
        return removed
      })

      const remove = Effect.fn("Factors.remove")(function*(caller: SessionWithAccount, id: FactorId) {
        const removed = yield* whileElevated(
          caller,
          ({ account, precondition }) =>
            removeWith(account, { id, keepsLast: policy === "required", precondition: precondition() }, "holder")
        )
        if (removed.length === 0) return yield* new FactorNotFound()
      })

      const removeAny = Effect.fn("Factors.removeAny")((account: Account, id: FactorId | "all") =>
        removeWith(account, { id, keepsLast: false, precondition: { _tag: "Exists" } }, "administrator").pipe(
          Effect.catchTags({ LastFactor: Effect.die, PreconditionFailed: Effect.die })
        )
      )

      return Factors.of({ list, enrol, confirm, rename, remove, removeAny })
    })
  )
}
