import { Context } from "effect"
import type { Authentication } from "../model/Authentication.ts"

/**
 * Whether people use second factors. `optional`: those who want to. `required`: everybody; a session without one may
 * only enrol one. `off`: nobody can enrol one, and those who have one are still asked for it.
 */
export const SecondFactorPolicy = Context.Reference<"off" | "optional" | "required">(
  "identityd/domain/factors/SecondFactorPolicy",
  { defaultValue: () => "optional" }
)

/** Whether a session is good for nothing but enrolling a second factor. */
export const lacksFactor = (policy: "off" | "optional" | "required", { aal }: Pick<Authentication, "aal">): boolean =>
  policy === "required" && aal < 2
