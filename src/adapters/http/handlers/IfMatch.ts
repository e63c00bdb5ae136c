import { Effect } from "effect"
import { PreconditionRequired } from "../api/Problems.ts"
import { refuse } from "../Refusals.ts"

/** No account has this version, so a change that expects it conflicts. */
const NO_VERSION = 0

/**
 * The version an `If-Match` header expects (RFC 9110 §13.1.1): `*` expects whatever there is, a list of tags expects any
 * of them, and a weak tag never matches. Without the header there is no telling whose change would be overwritten.
 */
export const expectedVersion = (
  header: string | undefined,
  current: number
): Effect.Effect<number | "any", PreconditionRequired> => {
  if (header === undefined) return refuse(PreconditionRequired)
  const tags = header.split(",").map((tag) => tag.trim())
  if (tags.includes("*")) return Effect.succeed("any")
  return Effect.succeed(tags.includes(`"${current}"`) ? current : NO_VERSION)
}
