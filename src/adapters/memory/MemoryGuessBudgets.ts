import { DateTime, Duration, Effect, Result } from "effect"
import { GuessBudgets, SuccessesUsedUp } from "../../ports/GuessBudgets.ts"
import type {
  AttemptAdmission,
  AttemptRequest,
  GuessBudget,
  PassedAttempt,
  SharedBudget
} from "../../ports/GuessBudgets.ts"
import type { BudgetRecord, MemoryState } from "./MemoryState.ts"

export const make = (state: MemoryState): GuessBudgets["Service"] =>
  GuessBudgets.of({
    reserve: (request) => Effect.sync(() => reserve(state, request)),

    pass: (attempt) => Effect.suspend(() => Effect.fromResult(passAttempt(state, attempt))),

    giveBack: ({ now, reservation: { forgetsAll, forgetsOne, keeps } }) =>
      Effect.sync(() => forgetOne(state, [...forgetsAll, ...forgetsOne, ...keeps], DateTime.toEpochMillis(now)))
  })

export const reserve = (state: MemoryState, { budgets, now: at, shared }: AttemptRequest): AttemptAdmission => {
  const now = DateTime.toEpochMillis(at)
  const asked = shared === undefined ? budgets : [...budgets, applyingPart(state, shared, now)]
  const counts = asked.map((budget) => count(state, budget, now))
  const closed = counts.filter(({ openAt }) => openAt > now).toSorted((self, that) => that.openAt - self.openAt)
  const last = closed[0]
  if (last !== undefined) {
    return { _tag: "Refused", budget: last.budget.key, retryAt: DateTime.makeUnsafe(last.openAt) }
  }
  for (const { budget, counted } of counts) state.budgets.set(budget.key, counted)
  const keysOf = (onPass: GuessBudget["onPass"]) =>
    asked.filter((budget) => budget.onPass === onPass).map(({ key }) => key)
  return {
    _tag: "Admitted",
    reservation: {
      forgetsAll: keysOf("forget-all"),
      forgetsOne: keysOf("forget-one"),
      keeps: [...keysOf("keep"), ...noteAttempt(state, shared, now)]
    },
    usedUp: counts.filter(({ isLast }) => isLast).map(({ budget }) => budget.key)
  }
}

/** Settles an attempt that passed. Changes nothing if its successes are used up. */
export const passAttempt = (
  state: MemoryState,
  { now: at, reservation, successes }: PassedAttempt
): Result.Result<void, SuccessesUsedUp> => {
  const now = DateTime.toEpochMillis(at)
  if (successes !== undefined) {
    const { counted, openAt } = count(state, successes, now)
    if (openAt > now) return Result.fail(new SuccessesUsedUp({ retryAt: DateTime.makeUnsafe(openAt) }))
    state.budgets.set(successes.key, counted)
  }
  update(state, reservation.forgetsAll, () => ({ debtUntil: now, closedUntil: now }))
  forgetOne(state, reservation.forgetsOne, now)
  return Result.void
}

/** The budget after one more attempt, and the instant from which it admits that attempt. */
const count = (state: MemoryState, budget: GuessBudget, now: number) => {
  const recoveryMs = Duration.toMillis(budget.recovery)
  const known = state.budgets.get(budget.key)
  const debt = Math.max(known?.debtUntil ?? now, now)
  const isUsedUp = debt - now > (budget.burst - 1) * recoveryMs
  const excess = Math.ceil((debt + recoveryMs - now) / recoveryMs) - budget.burst
  const wait = Math.min(Duration.toMillis(budget.delay) * 2 ** Math.max(excess, 0), recoveryMs)
  return {
    budget,
    openAt: isUsedUp ? known?.closedUntil ?? now : now,
    isLast: excess >= 0,
    counted: { debtUntil: debt + recoveryMs, closedUntil: now + wait, recoveryMs }
  }
}

const isNewcomer = (state: MemoryState, from: SharedBudget["from"], now: number): boolean =>
  from !== undefined && (state.budgets.get(from.key)?.debtUntil ?? now) <= now

const applyingPart = (state: MemoryState, { from, kept, open }: SharedBudget, now: number): GuessBudget =>
  count(state, open, now).openAt > now && isNewcomer(state, from, now) ? kept : open

/**
 * Notes where an attempt comes from. If it was a newcomer's, returns the key, so that giving the attempt back makes
 * them a newcomer again.
 */
const noteAttempt = (
  state: MemoryState,
  shared: SharedBudget | undefined,
  now: number
): ReadonlyArray<string> => {
  const from = shared?.from
  if (from === undefined) return []
  const wasNew = isNewcomer(state, from, now)
  const recoveryMs = Duration.toMillis(from.quiet)
  const debtUntil = Math.max(state.budgets.get(from.key)?.debtUntil ?? now, now + recoveryMs)
  state.budgets.set(from.key, { debtUntil, closedUntil: debtUntil, recoveryMs })
  return wasNew ? [from.key] : []
}

const forgetOne = (state: MemoryState, keys: ReadonlyArray<string>, now: number): void =>
  update(state, keys, (known) => ({ debtUntil: known.debtUntil - known.recoveryMs, closedUntil: now }))

const update = (
  state: MemoryState,
  keys: ReadonlyArray<string>,
  change: (known: BudgetRecord) => Omit<BudgetRecord, "recoveryMs">
): void => {
  for (const key of keys) {
    const known = state.budgets.get(key)
    if (known !== undefined) state.budgets.set(key, { ...change(known), recoveryMs: known.recoveryMs })
  }
}
