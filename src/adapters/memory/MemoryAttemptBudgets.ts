import { DateTime, Duration, Effect } from "effect"
import { AttemptThrottle } from "../../ports/AttemptThrottle.ts"
import type { AttemptAdmission, AttemptBudget, AttemptReservation, PassedAttempt } from "../../ports/AttemptThrottle.ts"
import type { MemoryState } from "./MemoryState.ts"

export const attemptOperations = (state: MemoryState): AttemptThrottle["Service"] =>
  AttemptThrottle.of({
    reserve: ({ known, now: at, origin, unknown }) =>
      Effect.sync((): AttemptAdmission => {
        const now = DateTime.toEpochMillis(at)
        const others = (state.budgets.get(origin.key)?.knownUntil ?? 0) > now ? known : unknown
        const budgets = [origin, ...others].map((budget) => count(state, budget, now))
        const closed = budgets.filter(({ openAt }) => openAt > now).toSorted((self, that) => that.openAt - self.openAt)
        const last = closed[0]
        if (last !== undefined) {
          return { _tag: "Refused", budget: last.key, retryAt: DateTime.makeUnsafe(last.openAt) }
        }
        for (const { counted, key } of budgets) state.budgets.set(key, counted)
        return {
          _tag: "Admitted",
          reservation: { origin: origin.key, others: others.map(({ key }) => key) },
          usedUp: budgets.filter(({ usesUp }) => usesUp).map(({ key }) => key)
        }
      }),

    pass: (attempt) => Effect.sync(() => passAttempt(state, attempt)),

    giveBack: ({ now, reservation }) =>
      Effect.sync(() => uncount(state, [reservation.origin, ...reservation.others], DateTime.toEpochMillis(now))),

    prune: ({ limit, now }) =>
      Effect.sync(() => {
        const over = [...state.budgets]
          .filter(([, { debtUntil, knownUntil }]) => Math.max(debtUntil, knownUntil) <= DateTime.toEpochMillis(now))
          .slice(0, limit)
        for (const [key] of over) state.budgets.delete(key)
        return over.length
      })
  })

export const passAttempt = (state: MemoryState, { knownUntil, now: at, reservation }: PassedAttempt): void => {
  const now = DateTime.toEpochMillis(at)
  const origin = state.budgets.get(reservation.origin)
  if (origin !== undefined) {
    state.budgets.set(reservation.origin, {
      ...origin,
      debtUntil: now,
      closedUntil: now,
      knownUntil: DateTime.toEpochMillis(knownUntil)
    })
  }
  uncount(state, reservation.others, now)
}

/** A budget as one more attempt would leave it, and from when on it admits that attempt. */
const count = (state: MemoryState, budget: AttemptBudget, now: number) => {
  const recoveryMs = Duration.toMillis(budget.recovery)
  const known = state.budgets.get(budget.key)
  const debt = Math.max(known?.debtUntil ?? now, now)
  const isUsedUp = debt - now > (budget.burst - 1) * recoveryMs
  const excess = Math.ceil((debt + recoveryMs - now) / recoveryMs) - budget.burst
  const wait = Math.min(Duration.toMillis(budget.delay) * 2 ** Math.max(excess, 0), recoveryMs)
  return {
    key: budget.key,
    openAt: isUsedUp ? known?.closedUntil ?? now : now,
    usesUp: excess >= 0,
    counted: { debtUntil: debt + recoveryMs, closedUntil: now + wait, knownUntil: known?.knownUntil ?? 0, recoveryMs }
  }
}

const uncount = (state: MemoryState, keys: AttemptReservation["others"], now: number): void => {
  for (const key of keys) {
    const known = state.budgets.get(key)
    if (known === undefined) continue
    state.budgets.set(key, { ...known, debtUntil: known.debtUntil - known.recoveryMs, closedUntil: now })
  }
}
