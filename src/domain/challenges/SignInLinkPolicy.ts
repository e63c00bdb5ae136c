import { Context } from "effect"

/** Whether people may sign in by a mail instead of their password. */
export const SignInLinkPolicy = Context.Reference<"off" | "on">("identityd/domain/challenges/SignInLinkPolicy", {
  defaultValue: () => "off"
})
