import { Array, Schema } from "effect"

/** What was proved, by the names of RFC 8176. `email` isn't one of them; it means that a mail was answered. */
export const AuthenticationMethod = Schema.Literals(["pwd", "email", "otp", "hwk", "swk", "user", "pop", "mfa"])
export type AuthenticationMethod = typeof AuthenticationMethod.Type

/** How many factors were proved: 2 for a second one beside the first, or for a passkey that asked for its user. */
export const AssuranceLevel = Schema.Literals([1, 2])
export type AssuranceLevel = typeof AssuranceLevel.Type

/** How the holder of a session proved who they are. */
export interface Authentication {
  /** Each method once, in the order in which they were given. At least one. */
  readonly amr: ReadonlyArray<AuthenticationMethod>
  readonly aal: AssuranceLevel
}

export const BY_PASSWORD: Authentication = { amr: ["pwd"], aal: 1 }

export const BY_EMAIL: Authentication = { amr: ["email"], aal: 1 }

/** What both prove together. */
export const combined = (self: Authentication, that: Authentication): Authentication => ({
  amr: Array.union(self.amr, that.amr),
  aal: self.aal > that.aal ? self.aal : that.aal
})
