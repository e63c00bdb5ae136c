/**
 * Keeps guessing within the limits of `AttemptPolicy`.
 *
 * An attempt is counted before it is judged and stays counted if its answer told the caller something, so parallel
 * guesses can't outrun the count. An attempt that was not judged (overload, outage, interruption) is given back: it told
 * nobody anything. What is counted, and how its refusal looks, depends on what the caller sent and never on whether
 * there is such an account: emails without one have the same budgets.
 *
 * Networks that an owner has signed in from count apart from all others. An attacker can use up what strangers have, of
 * one account or of the whole service, and the owner still gets in from where he always does (ASVS 6.3.1).
 */
import { Cause, Context, DateTime, Duration, Effect, Exit, Layer, Metric, Option, Predicate, Random } from "effect"
import { AttemptThrottle } from "../../ports/AttemptThrottle.ts"
import type { AttemptBudget, AttemptReservation, PassedAttempt } from "../../ports/AttemptThrottle.ts"
import type { AccountId } from "../model/Account.ts"
import { clientNetwork } from "../model/ClientNetwork.ts"
import { emailKey } from "../model/Email.ts"
import type { Email } from "../model/Email.ts"
import { TooManyAttempts } from "../model/IdentityErrors.ts"
import type { AttemptAction, AttemptScope, StoreUnavailable } from "../model/IdentityErrors.ts"
import { AttemptPolicy } from "./AttemptPolicy.ts"
import type { AttemptLimit, AttemptLimits } from "./AttemptPolicy.ts"
import { AuditContext } from "./AuditContext.ts"
import { AuditTrail } from "./AuditTrail.ts"
import { attemptsLimited } from "./IdentityMetrics.ts"

/** An attempt that was admitted and is being judged. */
export interface Attempt {
  /** Whether a budget admits nothing more for a while should this attempt fail. */
  readonly usesUp: boolean
  /** For whoever saves the success of the attempt. There is none while limits are off. */
  readonly passed: PassedAttempt | undefined
  /** Passes the attempt by itself. */
  readonly pass: Effect.Effect<void, StoreUnavailable>
  readonly giveBack: Effect.Effect<void>
}

type Judge<A, E> = (attempt: Attempt) => Effect.Effect<A, E>

type Limited<A, E> = Effect.Effect<A, E | TooManyAttempts | StoreUnavailable>

/** Every counter of the whole service would be one row that all requests wait for, so it is spread over some. */
const SHARDS = 16

export class Attempts extends Context.Service<Attempts, {
  /** An attempt to sign in. A judge that succeeds has passed it or given it back. */
  readonly signIn: <A, E>(email: Email, judge: Judge<A, E>) => Limited<A, E>

  /** An attempt at the current password of an account whose session the caller holds. Success passes it. */
  readonly confirm: <A, E>(accountId: AccountId, judge: Judge<A, E>) => Limited<A, E>

  /** An attempt to sign up, unless the caller is exempt from limits. */
  readonly signUp: <A, E>(email: Email, effect: Effect.Effect<A, E>) => Limited<A, E>
}>()("identity/domain/services/Attempts") {
  static readonly layer = Layer.effect(
    Attempts,
    Effect.gen(function*() {
      const throttle = yield* AttemptThrottle
      const trail = yield* AuditTrail
      const policy = yield* AttemptPolicy

      const reserve = Effect.fnUntraced(function*(plan: Plan, now: DateTime.Utc) {
        const admission = yield* throttle.reserve({ now, ...plan })
        const budgets = [plan.origin, ...plan.known, ...plan.unknown]
        const named = (key: string) => budgets.find((budget) => budget.key === key) ?? plan.origin
        const count = (outcome: "used-up" | "refused", budget: NamedBudget) =>
          Metric.update(attemptsLimited(plan.action, budget.name, outcome), 1)
        if (admission._tag === "Refused") {
          const budget = named(admission.budget)
          yield* count("refused", budget)
          return yield* new TooManyAttempts({
            action: plan.action,
            ...budget.shown,
            retryAfter: DateTime.distance(now, admission.retryAt)
          })
        }
        yield* Effect.forEach(admission.usedUp, (key) => count("used-up", named(key)), { discard: true })
        return admission
      })

      // What can't be given back now is forgotten in time.
      const giveBack = (reservation: AttemptReservation) =>
        Effect.ignore(Effect.flatMap(DateTime.now, (now) => throttle.giveBack({ reservation, now })))

      const judged = Effect.fnUntraced(function*<A, E>(plan: Plan, judge: Judge<A, E>): Effect.fn.Return<
        A,
        E | TooManyAttempts | StoreUnavailable
      > {
        const now = yield* DateTime.now
        return yield* Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(reserve(plan, now), ({ reservation, usedUp }) => {
            const passed = { reservation, now, knownUntil: DateTime.addDuration(now, plan.knownFor) }
            const attempt: Attempt = {
              usesUp: usedUp.length > 0,
              passed,
              pass: throttle.pass(passed),
              giveBack: giveBack(reservation)
            }
            return Effect.onExit(
              restore(judge(attempt)),
              (exit) => Exit.isFailure(exit) && !tells(plan.action, exit.cause) ? attempt.giveBack : Effect.void
            )
          })
        )
      })

      const signIn = Effect.fnUntraced(function*<A, E>(email: Email, judge: Judge<A, E>): Effect.fn.Return<
        A,
        E | TooManyAttempts | StoreUnavailable
      > {
        if (policy === "unlimited") return yield* judge(unlimited)
        return yield* judged(yield* planSignIn(policy, email), judge)
      })

      const confirm = Effect.fnUntraced(function*<A, E>(accountId: AccountId, judge: Judge<A, E>): Effect.fn.Return<
        A,
        E | TooManyAttempts | StoreUnavailable
      > {
        if (policy === "unlimited") return yield* judge(unlimited)
        const plan = planConfirmation(policy, accountId)
        return yield* judged(plan, (attempt) => Effect.tap(judge(attempt), () => Effect.ignore(attempt.pass)))
      })

      const signUp = Effect.fnUntraced(function*<A, E>(email: Email, effect: Effect.Effect<A, E>): Effect.fn.Return<
        A,
        E | TooManyAttempts | StoreUnavailable
      > {
        const { limits } = yield* AuditContext
        if (policy === "unlimited" || limits === "exempt") return yield* effect
        const warn = Effect.ignore(trail.record({ action: "sign-up.limited" }))
        return yield* judged(
          yield* planSignUp(policy, email),
          (attempt) => Effect.ensuring(effect, attempt.usesUp ? warn : Effect.void)
        )
      })

      return Attempts.of({ signIn, confirm, signUp })
    })
  )
}

const unlimited: Attempt = { usesUp: false, passed: undefined, pass: Effect.void, giveBack: Effect.void }

interface NamedBudget extends AttemptBudget {
  /** What metrics call it. */
  readonly name: LimitName
  /** What its refusal shows. */
  readonly shown: ReturnType<typeof shownLimit>
}

interface Plan {
  readonly action: AttemptAction
  readonly origin: NamedBudget
  readonly known: ReadonlyArray<NamedBudget>
  readonly unknown: ReadonlyArray<NamedBudget>
  readonly knownFor: Duration.Duration
}

const planSignIn = Effect.fnUntraced(function*(limits: AttemptLimits, email: Email) {
  const [key, network] = [emailKey(email), yield* currentNetwork]
  const from = network === undefined ? [] : [network]
  return plan("sign-in", limits.knownFor, {
    origin: budget(limits, "accountFromNetwork", key, ...from),
    known: network === undefined ? [] : [budget(limits, "knownNetwork", network)],
    unknown: [
      budget(limits, "account", key),
      ...from.map((network) => budget(limits, "network", network)),
      yield* shard(limits, "everywhere")
    ]
  })
})

const planConfirmation = (limits: AttemptLimits, accountId: AccountId) =>
  plan("confirm-password", Duration.zero, { origin: budget(limits, "confirmation", accountId), known: [], unknown: [] })

const planSignUp = Effect.fnUntraced(function*(limits: AttemptLimits, email: Email) {
  const network = yield* currentNetwork
  const others = [
    ...(network === undefined ? [] : [budget(limits, "signUpNetwork", network)]),
    yield* shard(limits, "signUpEverywhere")
  ]
  return plan("sign-up", Duration.zero, {
    origin: budget(limits, "signUpEmail", emailKey(email)),
    known: others,
    unknown: others
  })
})

const plan = (
  action: AttemptAction,
  knownFor: Duration.Duration,
  budgets: Pick<Plan, "known" | "origin" | "unknown">
): Plan => ({ action, ...budgets, knownFor })

type LimitName = Exclude<keyof AttemptLimits, "knownFor">

const scopes: Record<LimitName, AttemptScope> = {
  accountFromNetwork: "email-network",
  account: "email",
  network: "network",
  knownNetwork: "network",
  everywhere: "service",
  confirmation: "account",
  signUpEmail: "email",
  signUpNetwork: "network",
  signUpEverywhere: "service"
}

/** A network is shown with the limit for strangers, also to the known: a refusal must not tell who signs in where. */
const shownLimit = (limits: AttemptLimits, name: LimitName) => {
  const { burst, recovery } = limits[name === "knownNetwork" ? "network" : name]
  return { scope: scopes[name], limit: burst, window: Duration.times(recovery, burst) }
}

const budget = (limits: AttemptLimits, name: LimitName, ...subject: ReadonlyArray<string>): NamedBudget => ({
  ...limits[name],
  name,
  key: JSON.stringify([name, ...subject]),
  shown: shownLimit(limits, name)
})

/** One of the counters that share a limit. Each has its part of the burst and recovers as much more slowly. */
const shard = Effect.fnUntraced(function*(limits: AttemptLimits, name: "everywhere" | "signUpEverywhere") {
  const whole: AttemptLimit = limits[name]
  const shards = Math.min(SHARDS, whole.burst)
  const index = yield* Random.nextIntBetween(0, shards, { halfOpen: true })
  return {
    ...budget(limits, name, String(index)),
    burst: Math.floor(whole.burst / shards) + (index < whole.burst % shards ? 1 : 0),
    recovery: Duration.times(whole.recovery, shards)
  }
})

const currentNetwork = Effect.map(
  AuditContext,
  ({ clientAddress }) => clientAddress === undefined ? undefined : Option.getOrUndefined(clientNetwork(clientAddress))
)

/** Whether a failure tells the caller something about the password, or about who has an account. */
const tells = (action: AttemptAction, cause: Cause.Cause<unknown>): boolean =>
  cause.reasons.some((reason) =>
    Cause.isFailReason(reason) && telling[action].some((tag) => Predicate.isTagged(reason.error, tag))
  )

const telling: Record<AttemptAction, ReadonlyArray<string>> = {
  // A reused idempotency key compares the password with that of an earlier request.
  "sign-in": ["InvalidCredentials", "IdempotencyKeyReused"],
  "confirm-password": ["InvalidCredentials"],
  "sign-up": ["EmailAlreadyExists", "IdempotencyKeyReused"]
}
