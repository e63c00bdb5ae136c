/**
 * Counts attempts against the budgets of a plan while they are judged.
 *
 * An attempt is counted before it is judged, so parallel guesses can't outrun the count. It stays counted if its answer
 * revealed something to the caller. An attempt that was not judged (overload, outage, interruption) revealed nothing
 * and is given back.
 */
import { DateTime, Effect, Exit, Metric } from "effect"
import { GuessBudgets } from "../../ports/GuessBudgets.ts"
import type { AttemptReservation, PassedAttempt, SuccessesUsedUp } from "../../ports/GuessBudgets.ts"
import type { StoreUnavailable, TooManyAttempts } from "../model/IdentityErrors.ts"
import { attemptsLimited } from "../telemetry/IdentityMetrics.ts"
import type { AttemptPlan } from "./AttemptPlans.ts"
import { refusal, reveals } from "./AttemptRefusals.ts"
import type { NamedBudget } from "./NamedBudgets.ts"

/** An attempt that was admitted and is being judged. */
export interface Attempt {
  /** Whether it uses up a budget, so that no further attempt is admitted for a while if this one fails. */
  readonly isLast: boolean
  /** Passed to the mutation that saves the success. Undefined while limits are off. */
  readonly passed: PassedAttempt | undefined
  /** Passes the attempt in a step of its own. */
  readonly pass: Effect.Effect<void, StoreUnavailable | TooManyAttempts>
  /** Counts the success and forgets no attempt. More has to be proved, and guesses at that count with these. */
  readonly countSuccess: Effect.Effect<void, StoreUnavailable | TooManyAttempts>
  /** Refuses an attempt with the right password when too many right passwords were given. */
  readonly refuse: (usedUp: SuccessesUsedUp) => Effect.Effect<never, TooManyAttempts>
  readonly giveBack: Effect.Effect<void>
}

export type Judge<A, E> = (attempt: Attempt) => Effect.Effect<A, E>

/** What is judged while limits are off. It isn't counted. */
export const unlimited: Attempt = {
  isLast: false,
  passed: undefined,
  pass: Effect.void,
  countSuccess: Effect.void,
  refuse: Effect.die,
  giveBack: Effect.void
}

export const makeCountedAttempts = Effect.gen(function*() {
  const guessBudgets = yield* GuessBudgets

  const reserve = Effect.fnUntraced(function*(
    plan: AttemptPlan,
    now: DateTime.Utc,
    reserving: GuessBudgets["Service"]["reserve"] = guessBudgets.reserve
  ) {
    const { budgets, shared } = plan
    const admission = yield* reserving({ now, budgets, shared })
    const asked = shared === undefined ? budgets : [...budgets, shared.open, shared.kept]
    const count = (outcome: "used-up" | "refused", { name }: NamedBudget) =>
      Metric.update(attemptsLimited(plan.action, name, outcome), 1)
    if (admission._tag === "Refused") {
      const budget = asked.find(({ key }) => key === admission.budget)
      if (budget !== undefined) yield* count("refused", budget)
      return yield* refusal(plan, budget, now, admission.retryAt)
    }
    const usedUp = asked.filter(({ key }) => admission.usedUp.includes(key))
    yield* Effect.forEach(usedUp, (budget) => count("used-up", budget), { discard: true })
    return admission
  })

  // An attempt that can't be given back now is forgotten in time.
  const giveBack = (reservation: AttemptReservation) =>
    Effect.ignore(Effect.flatMap(DateTime.now, (now) => guessBudgets.giveBack({ reservation, now })))

  const countThenRun = Effect.fnUntraced(function*<A, E>(
    plan: AttemptPlan,
    judge: Judge<A, E>,
    reserving?: GuessBudgets["Service"]["reserve"]
  ): Effect.fn.Return<A, E | TooManyAttempts | StoreUnavailable> {
    const now = yield* DateTime.now
    return yield* Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(reserve(plan, now, reserving), ({ reservation, usedUp }) => {
        const passed = { reservation, now, successes: plan.successes }
        const refuse = ({ retryAt }: SuccessesUsedUp) => Effect.fail(refusal(plan, plan.successes, now, retryAt))
        const attempt: Attempt = {
          isLast: usedUp.length > 0,
          passed,
          pass: Effect.catchTag(guessBudgets.pass(passed), "SuccessesUsedUp", refuse),
          countSuccess: Effect.catchTag(
            guessBudgets.pass({ ...passed, reservation: keeping(reservation) }),
            "SuccessesUsedUp",
            refuse
          ),
          refuse,
          giveBack: giveBack(reservation)
        }
        return Effect.onExit(
          restore(judge(attempt)),
          (exit) => Exit.isFailure(exit) && !reveals(plan.action, exit.cause) ? attempt.giveBack : Effect.void
        )
      })
    )
  })

  return { reserve, countThenRun }
})

const keeping = ({ forgetsAll, forgetsOne, keeps }: AttemptReservation): AttemptReservation => ({
  forgetsAll: [],
  forgetsOne: [],
  keeps: [...forgetsAll, ...forgetsOne, ...keeps]
})
