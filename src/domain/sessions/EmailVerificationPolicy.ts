import { Context } from "effect"
import type { Account } from "../model/Account.ts"

/**
 * What an unverified email keeps from its account. `off`: nothing, and holders can't verify theirs. `optional`:
 * nothing. `required`: every session, so people sign up by mail.
 */
export const EmailVerificationPolicy = Context.Reference<"off" | "optional" | "required">(
  "identityd/domain/sessions/EmailVerificationPolicy",
  { defaultValue: () => "optional" }
)

/** Whether an account gets no session before its email is verified. */
export const lacksVerification = (
  policy: "off" | "optional" | "required",
  { emailVerified }: Pick<Account, "emailVerified">
): boolean => policy === "required" && !emailVerified
