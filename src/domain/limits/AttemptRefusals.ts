/** What a refused attempt says, and which failures reveal something to a guesser. */
import { Cause, DateTime, Predicate } from "effect"
import { TooManyAttempts } from "../model/IdentityErrors.ts"
import type { AttemptAction } from "../model/IdentityErrors.ts"
import type { AttemptPlan } from "./AttemptPlans.ts"
import type { NamedBudget } from "./NamedBudgets.ts"

export const refusal = (
  { action, budgets: [first] }: AttemptPlan,
  budget: NamedBudget | undefined,
  now: DateTime.Utc,
  retryAt: DateTime.Utc
): TooManyAttempts =>
  new TooManyAttempts({ action, ...(budget ?? first).shown, retryAfter: DateTime.distance(now, retryAt) })

/** Whether a failure reveals something about the password, or about which accounts exist. */
export const reveals = (action: AttemptAction, cause: Cause.Cause<unknown>): boolean =>
  cause.reasons.some((reason) =>
    Cause.isFailReason(reason) && revealing[action].some((tag) => Predicate.isTagged(reason.error, tag))
  )

const revealing: Record<AttemptAction, ReadonlyArray<string>> = {
  // A reused idempotency key compares the password with that of an earlier request. One right password too many counts
  // like a wrong one. Otherwise it would be hashed without limit.
  "sign-in": ["InvalidCode", "InvalidCredentials", "IdempotencyKeyReused", "TooManyAttempts"],
  "confirm-password": ["InvalidCode", "InvalidCredentials"],
  "sign-up": ["EmailAlreadyExists", "IdempotencyKeyReused"],
  "change-email": ["EmailAlreadyExists"],
  "request-mail": [],
  "api-key": ["ApiKeyRequired"]
}
