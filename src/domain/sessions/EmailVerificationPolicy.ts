import { Context } from "effect"

/**
 * What an unverified email keeps from its account. `off`: nothing, and holders can't verify theirs. `optional`:
 * nothing. `required`: every session, so people sign up by mail.
 */
export const EmailVerificationPolicy = Context.Reference<"off" | "optional" | "required">(
  "identityd/domain/sessions/EmailVerificationPolicy",
  { defaultValue: () => "optional" }
)
