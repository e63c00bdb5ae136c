/**
 * What the kinds of factors differ in. A kind is one file beside this one, and an entry in `SecondFactors`.
 */
import type { DateTime, Effect, Option, Redacted } from "effect"
import type { FactorUse } from "../../ports/Commit.ts"
import type { StoredFactor } from "../../ports/FactorStore.ts"
import type { AuthenticationMethod } from "../model/Authentication.ts"
import type { FactorType } from "../model/Factor.ts"
import type { PasskeyAssertion } from "../model/PasskeyAnswers.ts"

/** What somebody presents as their second factor. */
export type PresentedFactor =
  | { readonly type: "totp"; readonly code: Redacted.Redacted<string> }
  | { readonly type: "recovery_codes"; readonly code: Redacted.Redacted<string> }
  | { readonly type: "passkey"; readonly assertion: PasskeyAssertion }

export type Presented<T extends FactorType> = Extract<PresentedFactor, { readonly type: T }>

export interface JudgedFactor {
  readonly stored: StoredFactor
  readonly by: FactorUse["by"]
  readonly methods: ReadonlyArray<AuthenticationMethod>
}

/**
 * Finds the factor that somebody has shown to have, among those of its type; `None` if it is none of them. The use of
 * it decides whether it was used before.
 */
export type JudgeFactor<T extends PresentedFactor["type"]> = (
  factors: ReadonlyArray<StoredFactor>,
  presented: Presented<T>,
  now: DateTime.Utc
) => Effect.Effect<Option.Option<JudgedFactor>>
