/**
 * What `JSON.parse` does not tell about a text it accepts.
 */

/**
 * Whether an object in the text has two members of the same name. Parsers disagree on which of them counts, so a
 * request with such an object means different things to different parties (ASVS 15.3.7).
 *
 * The text must be valid JSON. One pass, without recursion: depth is only bounded by the length of the text.
 */
export const hasDuplicateMembers = (text: string): boolean => {
  /** The names seen in each object that is open, innermost last. An array has none. */
  const open: Array<Set<string> | undefined> = []
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === "{") open.push(new Set())
    else if (character === "[") open.push(undefined)
    else if (character === "}" || character === "]") open.pop()
    else if (character === "\"") {
      const end = endOfString(text, index)
      const names = open.at(-1)
      if (names !== undefined && isFollowedByColon(text, end)) {
        const name = JSON.parse(text.slice(index, end))
        if (names.has(name)) return true
        names.add(name)
      }
      index = end - 1
    }
  }
  return false
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
