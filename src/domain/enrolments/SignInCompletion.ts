/**
 * Completes sign-ins that have proved one factor by the second one.
 *
 * Wrong codes count against the same budgets as wrong passwords: that of the device, or those of account, network and
 * service. So the waits grow, and nobody is locked out (ASVS 6.3.1). Besides, five tries end the sign-in.
 */
import { Context, DateTime, Effect, Layer, Metric, Option } from "effect"
import { AccountStore } from "../../ports/AccountStore.ts"
import type { AccountWithPassword } from "../../ports/AccountStore.ts"
import { ChallengeStore } from "../../ports/ChallengeStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { PresentedFactor } from "../factors/FactorKind.ts"
import { SecondFactors } from "../factors/SecondFactors.ts"
import type { ProvenFactor } from "../factors/SecondFactors.ts"
import type { Attempt } from "../limits/CountedAttempts.ts"
import { makeCurrentDevice } from "../limits/CurrentDevice.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import { Notices } from "../mail/Notices.ts"
import { BY_EMAIL, BY_PASSWORD, combined } from "../model/Authentication.ts"
import { onBehalfOf } from "../model/Caller.ts"
import type { Challenge, ChallengeId } from "../model/Challenge.ts"
import { isDeviceOf } from "../model/Device.ts"
import type { Device } from "../model/Device.ts"
import { ChallengeOver, InvalidCode, isPreconditionFailed, PreconditionFailed } from "../model/IdentityErrors.ts"
import type { StoreUnavailable, TooManyAttempts } from "../model/IdentityErrors.ts"
import type { PasswordHash } from "../model/Password.ts"
import { makeOpening } from "../sessions/SessionOpening.ts"
import type { SignInClient, StartedSession } from "../sessions/SessionOpening.ts"
import { Sessions } from "../sessions/Sessions.ts"
import { recordOutcome, secondFactors as presentedFactors, sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"

export interface Completion extends SignInClient {
  readonly id: ChallengeId
  readonly presented: PresentedFactor
}

type Refusal = ChallengeOver | InvalidCode | StoreUnavailable | TooManyAttempts

/** A sign-in that waits, with its current account. */
interface Waiting {
  readonly challenge: Challenge
  readonly owner: AccountWithPassword
}

export class SignInCompletion extends Context.Service<SignInCompletion, {
  /**
   * Starts the session that a sign-in or a recovery has asked for. The factor is used up in the same step. The new
   * password of a recovery takes effect with it.
   */
  readonly complete: (completion: Completion) => Effect.Effect<StartedSession, Refusal>
}>()("identityd/domain/enrolments/SignInCompletion") {
  static readonly layer = Layer.effect(
    SignInCompletion,
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const challenges = yield* ChallengeStore
      const secondFactors = yield* SecondFactors
      const limits = yield* GuessLimits
      const notices = yield* Notices
      const sessions = yield* Sessions
      const trail = yield* AuditTrail
      const currentDevice = yield* makeCurrentDevice
      const { insert } = yield* makeOpening

      const findWaiting = Effect.fnUntraced(function*(id: ChallengeId) {
        const challenge = Option.getOrUndefined(yield* challenges.find({ id, now: yield* DateTime.now }))
        if (challenge?.purpose !== "second-factor" || challenge.accountId === undefined) {
          return yield* new ChallengeOver()
        }
        const owner = Option.getOrUndefined(yield* accounts.findAccountWithPassword(challenge.accountId))
        if (owner?.account.status !== "active" || owner.account.credentialEpoch !== challenge.credentialEpoch) {
          return yield* new ChallengeOver()
        }
        return { challenge, owner }
      })

      const refuse = Effect.fnUntraced(function*({ owner }: Waiting, isLast: boolean) {
        const action = isLast ? "second-factor.limited" : "second-factor.refused"
        yield* trail.record({ action, accountId: owner.account.id })
        return yield* new InvalidCode()
      })

      const judge = Effect.fnUntraced(function*(waiting: Waiting, { id, presented }: Completion, attempt: Attempt) {
        const counted = yield* challenges.attempt({ id, purpose: "second-factor", now: yield* DateTime.now })
        if (Option.isNone(counted)) return yield* new ChallengeOver()
        const isLast = attempt.isLast || counted.value.isLast
        return yield* Effect.catchTag(
          secondFactors.judge(waiting.owner.account, presented, { kind: "second-factor", subject: id }),
          "InvalidCode",
          () => refuse(waiting, isLast)
        )
      })

      const startSession = Effect.fnUntraced(function*(
        { challenge, owner: { account } }: Waiting,
        proven: ProvenFactor,
        { client }: Completion,
        attempt: Attempt & { readonly device: Effect.Effect<Option.Option<Device>> }
      ) {
        const authentication = combined(firstOf(challenge), proven.authentication)
        const answers = { challenge, now: proven.uses.now }
        const opened = yield* insert(
          { account, client, authentication },
          () => ({ answers, uses: proven.uses }),
          attempt
        ).pipe(Effect.catchTags({
          RequestInProgress: Effect.die,
          SuccessesUsedUp: (usedUp) =>
            Effect.andThen(trail.record({ action: "sign-in.limited", accountId: account.id }), attempt.refuse(usedUp))
        }))
        // All sessions were ended meanwhile, so that the account has to be read anew.
        return Option.isSome(opened) ? opened.value : yield* new PreconditionFailed()
      })

      const recover = Effect.fnUntraced(function*(
        { challenge, owner: { account } }: Waiting,
        passwordHash: PasswordHash,
        proven: ProvenFactor,
        { client, device }: Completion
      ) {
        const event = { action: "recovery.completed", accountId: account.id, changed: ["password"] } as const
        const commit = yield* trail.commit(event)
        const notice = yield* notices.of({ purpose: "recovery-used", account, userAgent: client.userAgent })
        const authentication = combined(firstOf(challenge), proven.authentication)
        const { now } = proven.uses
        const change = {
          id: account.id,
          precondition: { _tag: "Credentials", credentialEpoch: account.credentialEpoch },
          updatedAt: now,
          passwordHash,
          emailVerified: true,
          endSessions: true,
          commit: { ...commit, ...notice, answers: { challenge, now }, uses: proven.uses }
        } as const
        return yield* sessions.startFor(
          { account, client, authentication },
          device,
          Effect.fnUntraced(function*(startSession) {
            const updated = yield* accounts.updateAccount({ ...change, startSession })
            yield* Metric.update(sessionsEndedBy("password-recovered"), updated.sessionsEnded)
            return updated.account
          })
        ).pipe(Effect.catchTags({ AccountNotFound: () => new PreconditionFailed(), EmailAlreadyExists: Effect.die }))
      })

      /** Either the sign-in is over, or somebody else has used the code. */
      const explain = (waiting: Waiting) =>
        Effect.andThen(findWaiting(waiting.challenge.id), Effect.suspend(() => refuse(waiting, false)))

      const finish = Effect.fnUntraced(
        function*(waiting: Waiting, completion: Completion, attempt: Parameters<typeof startSession>[3]) {
          const proven = yield* judge(waiting, completion, attempt)
          const { passwordHash } = waiting.challenge
          if (passwordHash === undefined) return yield* startSession(waiting, proven, completion, attempt)
          const started = yield* recover(waiting, passwordHash, proven, completion)
          yield* Effect.ignore(attempt.pass)
          return started
        },
        (finishing, waiting) => Effect.catchIf(finishing, isPreconditionFailed, () => explain(waiting)),
        (finishing, _, { presented }) =>
          Effect.tap(finishing, () => Metric.update(presentedFactors(presented.type, "succeeded"), 1)),
        recordOutcome
      )

      const complete = Effect.fn("SignInCompletion.complete")(function*(completion: Completion) {
        const waiting = yield* findWaiting(completion.id)
        const { account } = waiting.owner
        const device = yield* currentDevice(completion.device)
        const own = Option.filter(device, (known) => isDeviceOf(known, waiting.owner))
        const claim = { email: account.email, device, isOwnDevice: Effect.succeed(Option.isSome(own)) }
        const started = yield* onBehalfOf(account.id)(
          limits.signIn(claim, (attempt) => finish(waiting, completion, { ...attempt, device: Effect.succeed(own) }))
        )
        if (completion.replaces !== undefined) yield* sessions.endReplaced(completion.replaces, started)
        return started
      })

      return SignInCompletion.of({ complete })
    })
  )
}

const firstOf = ({ firstFactor }: Challenge) => firstFactor === "email" ? BY_EMAIL : BY_PASSWORD
