/**
 * Describes what is wrong with an input, member by member, in words for people.
 *
 * It never quotes the input, which may be a password in the wrong place.
 */
import { Array, SchemaIssue } from "effect"
import type { Schema } from "effect"

/** A member and what is wrong with it. `pointer` is that of RFC 6901. */
export interface InvalidMember {
  readonly pointer: string
  readonly detail: string
}

/** What is wrong with a member that no schema has. */
export const UNKNOWN = "is not a known member"

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    if (issue._tag === "MissingKey") return "is required"
    if (issue._tag === "UnexpectedKey") return UNKNOWN
    return SchemaIssue.defaultLeafHook(issue)
  }
})

/** The framework's names of types, with their articles. */
const TYPES = new Map(
  ["a string", "a boolean", "a number", "an array", "an object"].map((it) => [it.split(" ")[1], it])
)

/** The framework's own messages, in the words of ours. */
const wording = (message: string): string => {
  if (!message.startsWith("Expected ")) return message
  const types = message.slice("Expected ".length).split(" | ")
  return `must be ${types.map((type) => TYPES.get(type) ?? type).join(" or ")}`
}

export const invalidMembers = (error: Schema.SchemaError): Array.NonEmptyReadonlyArray<InvalidMember> => {
  const members = format(error.issue).issues.map(({ message, path = [] }) => ({
    pointer: path.map(segmentOf).join(""),
    // For the top level, the framework would show the name of the schema.
    detail: path.length === 0 ? "must be an object" : wording(message)
  }))
  if (!Array.isReadonlyArrayNonEmpty(members)) return [{ pointer: "", detail: "is not valid" }]
  const [first, ...others] = members
  const more = members.length - MEMBERS_MAX
  return more <= 0
    ? members
    : [first, ...others.slice(0, MEMBERS_MAX - 1), { pointer: "", detail: `and ${more} more` }]
}

/** The most members that are named. The rest are counted, so that the answer is always short. */
const MEMBERS_MAX = 32

const NAME_LENGTH_MAX = 64

/** One step of a JSON pointer (RFC 6901). The name of an unknown member is the caller's text, so it is cut. */
export const segmentOf = (step: PropertyKey | { readonly key: PropertyKey }): string => {
  const name = String(typeof step === "object" ? step.key : step)
  const shown = name.length > NAME_LENGTH_MAX ? `${name.slice(0, NAME_LENGTH_MAX).toWellFormed()}…` : name
  return `/${shown.replaceAll("~", "~0").replaceAll("/", "~1")}`
}
