/**
 * Faults of JSON texts that `JSON.parse` accepts.
 */

/** The most members of one object. No object of the API has half as many. */
const MEMBERS_MAX = 64

/** The deepest nesting of objects and arrays. */
const DEPTH_MAX = 32

/** The most values in the whole text, roughly: commas and opening brackets are counted. */
const VALUES_MAX = 1024

/** Two members with the same name, or more structure than any request to the API has. */
export type JsonFault = "duplicate-members" | "too-many-members" | "too-many-values" | "too-deep"

/**
 * The first fault of a text that is valid JSON, if it has any.
 *
 * Parsers disagree on which of two members with the same name counts, so such an object means different things to
 * different parties (ASVS 15.3.7). The bounds limit the work of later steps: 64 KiB have room for 8,000 members, and
 * validation would write a sentence about each (ASVS 15.2.2).
 *
 * One pass, without recursion, that ends at the first fault.
 */
export const jsonFault = (text: string): JsonFault | undefined => {
  /** The names seen in each open object, innermost last. An array has none. */
  const open: Array<Set<string> | undefined> = []
  let values = 0
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : undefined)
      if (open.length > DEPTH_MAX) return "too-deep"
      values += 1
    } else if (character === "}" || character === "]") open.pop()
    else if (character === ",") values += 1
    else if (character === "\"") {
      const end = endOfString(text, index)
      const fault = isFollowedByColon(text, end) ? addName(open.at(-1), text.slice(index, end)) : undefined
      if (fault !== undefined) return fault
      index = end - 1
    }
    if (values > VALUES_MAX) return "too-many-values"
  }
  return undefined
}

const addName = (names: Set<string> | undefined, literal: string): JsonFault | undefined => {
  if (names === undefined) return undefined
  const name = literal.includes("\\") ? JSON.parse(literal) : literal.slice(1, -1)
  if (names.has(name)) return "duplicate-members"
  names.add(name)
  return names.size > MEMBERS_MAX ? "too-many-members" : undefined
}

const endOfString = (text: string, start: number): number => {
  let index = start + 1
  while (text[index] !== "\"") index += text[index] === "\\" ? 2 : 1
  return index + 1
}

const isFollowedByColon = (text: string, end: number): boolean => {
  let index = end
  while (text[index] === " " || text[index] === "\t" || text[index] === "\n" || text[index] === "\r") index++
  return text[index] === ":"
}
