/**
 * What holders do with their second factors: enrol, confirm, rename and remove them. `Elevations` decides whether their
 * session is enough for that.
 */
import { Context, Effect, Layer, Metric, Option } from "effect"
import { FactorStore } from "../../ports/FactorStore.ts"
import type { FactorRemoval } from "../../ports/FactorStore.ts"
import type { SessionWithAccount } from "../../ports/SessionStore.ts"
import { makeConfirmation } from "../accounts/Confirmation.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { SecondFactorPolicy } from "../factors/SecondFactorPolicy.ts"
import { Notices } from "../mail/Notices.ts"
import type { Account, AccountId, DisplayName } from "../model/Account.ts"
import type { Factor, FactorId, FactorType } from "../model/Factor.ts"
import { FactorNotFound, TurnedOff } from "../model/IdentityErrors.ts"
import type {
  AccountNotFound,
  ChallengeOver,
  InvalidCode,
  LastFactor,
  PreconditionFailed,
  ReauthenticationRequired,
  SessionRequired,
  StoreUnavailable,
  TooManyAttempts,
  TooManyFactors
} from "../model/IdentityErrors.ts"
import { Elevations } from "../sessions/Elevations.ts"
import { factorsRemovedBy } from "../telemetry/IdentityMetrics.ts"
import { makeConfirm } from "./FactorConfirmations.ts"
import type { FactorConfirmation } from "./FactorConfirmations.ts"
import { makeEnrolments } from "./FactorEnrolments.ts"
import type { EnrolledFactor } from "./FactorEnrolments.ts"

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
      const trail = yield* AuditTrail
      const notices = yield* Notices
      const policy = yield* SecondFactorPolicy
      const { requireElevated } = yield* Elevations
      const { whileElevated } = yield* makeConfirmation
      const confirm = yield* makeConfirm
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
        const notice = yield* notices.of({ purpose: "factor-removed", account })
        const removed = yield* store.remove({ accountId: account.id, ...removal, commit: { ...commit, ...notice } })
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
