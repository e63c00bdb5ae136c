import { Context } from "effect"
import type { PasswordRefusal } from "../model/IdentityErrors.ts"
import { PASSWORD_LENGTH_MIN, passwordLength } from "../model/Password.ts"
import type { Password } from "../model/Password.ts"

/** What a chosen password has to be. There are no composition rules and no rotation (ASVS 6.2.5, 6.2.10). */
export interface PasswordRules {
  /** Shortest accepted length in code points, at least 8. */
  readonly lengthMin: number
}

export const PasswordPolicy = Context.Reference<PasswordRules>("identity/domain/services/PasswordPolicy", {
  defaultValue: () => ({ lengthMin: PASSWORD_LENGTH_MIN })
})

/** Every reason for which the rules refuse a chosen password; none if it is accepted. */
export const passwordRefusals = (rules: PasswordRules, password: Password): ReadonlyArray<PasswordRefusal> =>
  passwordLength(password) < rules.lengthMin ? [{ reason: "too-short", lengthMin: rules.lengthMin }] : []
