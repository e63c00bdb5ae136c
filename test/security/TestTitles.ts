/**
 * Reads the titles of all tests from their sources, without running anything: which tests exist does not depend on the
 * machine, and a title that is built at run time can't claim to prove a rule.
 */
import { readdirSync, readFileSync } from "node:fs"
import { posix } from "node:path"
import { endOfBrackets, maskedCode } from "../architecture/SourceText.ts"

export interface TestTitle {
  /** Its path from the root of the project. */
  readonly path: string
  /** The groups it is in, outermost first. */
  readonly groups: ReadonlyArray<string>
  /** As written, without the ids. */
  readonly title: string
  /** `ASVS 7.4.1`, `N3.2.2`, `P4`: what it proves, by its own title or that of a group it is in. */
  readonly ids: ReadonlyArray<string>
}

export interface ReadTitles {
  readonly titles: ReadonlyArray<TestTitle>
  /** Literals that carry an id and are no title of a test, as `path:line`. */
  readonly strays: ReadonlyArray<string>
}

const IDS = /\[((?:ASVS \d|[NPF]\d)[^\]]*)\]\s*/g

/** A title that begins with a bracket means to name a rule, even if it does not succeed. */
const STRAY = /["'`]\[(?:ASVS|NIST|[NPF]\d|\d+\.\d)/g

/** One bracket may hold several of a family, which is named once: ASVS 7.2.4, 7.4.3. */
const idsOf = (text: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(IDS), (match) => match[1] ?? "").flatMap((list) => {
    const family = list.startsWith("ASVS ") ? "ASVS " : ""
    return list.slice(family.length).split(",").map((id) => `${/^\s*\d/.test(id) ? family : ""}${id.trim()}`)
  })

interface Literal {
  /** The bracket before it. */
  readonly open: number
  readonly start: number
  readonly end: number
}

/** Literals keep their quotes in masked code; a template keeps what it puts in, too. */
const endOfLiteral = (code: string, start: number): number => {
  const quote = code.charAt(start)
  for (let at = start + 1; at < code.length; at++) {
    if (code.charAt(at) === quote) return at + 1
    if (code.startsWith("${", at)) at = endOfBrackets(code, at + 1) - 1
  }
  return code.length
}

/** The literals that are first arguments. */
const firstArguments = (code: string): ReadonlyArray<Literal> =>
  Array.from(code.matchAll(/\(\s*(["'`])/g), (match) => {
    const start = match.index + match[0].length - 1
    return { open: match.index, start, end: endOfLiteral(code, start) }
  })

const startOfBrackets = (code: string, close: number): number => {
  let depth = 0
  for (let at = close; at >= 0; at--) {
    const char = code.charAt(at)
    if (")]}".includes(char)) depth++
    else if ("([{".includes(char) && --depth === 0) return at
  }
  return 0
}

/** The expression that is called at an opening bracket, without its arguments: `it.effect.each`, `layer`. */
const calleeAt = (code: string, open: number): string => {
  let at = open
  let callee = ""
  while (at > 0) {
    const before = code.slice(0, at).trimEnd()
    const name = /\.?\w+$/.exec(before)?.[0]
    if (name !== undefined) {
      callee = name + callee
      at = before.length - name.length
      if (!name.startsWith(".")) return callee
    } else if (before.endsWith(")")) at = startOfBrackets(code, before.length - 1)
    else return callee
  }
  return callee
}

const TEST = /^(?:it|test)(?:\.\w+)*$/
const GROUP = /^(?:describe(?:\.\w+)*|layer|it\.layer)$/

interface Call extends Literal {
  readonly callee: string
  readonly title: string
  readonly close: number
}

const callsOf = (text: string, code: string): ReadonlyArray<Call> =>
  firstArguments(code).flatMap((literal) => {
    const callee = calleeAt(code, literal.open)
    if (!TEST.test(callee) && !GROUP.test(callee)) return []
    const title = text.slice(literal.start + 1, literal.end - 1)
    return [{ ...literal, callee, title, close: endOfBrackets(code, literal.open) }]
  })

const plain = (text: string): string => text.replaceAll(IDS, "").replaceAll("\\\"", "\"").trim()

const lineAt = (text: string, position: number): number => text.slice(0, position).split("\n").length

/** The titles in one file. */
export const titlesIn = (path: string, text: string): ReadTitles => {
  const code = maskedCode(text)
  const calls = callsOf(text, code)
  const titles = calls.filter(({ callee }) => TEST.test(callee)).map((call) => {
    const groups = calls.filter((outer) => outer.end < call.start && call.close < outer.close)
    const own = [...groups, call]
    return {
      path,
      groups: groups.map((outer) => plain(outer.title)),
      title: plain(call.title),
      ids: [...new Set(own.flatMap(({ title }) => idsOf(title)))]
    }
  })
  const named = new Set(calls.filter(({ title }) => idsOf(title).length > 0).map(({ start }) => start))
  const strays = Array.from(text.matchAll(STRAY)).filter(({ index }) => !named.has(index)).map(({ index }) =>
    `${path}:${lineAt(text, index)}`
  )
  return { titles, strays }
}

/** Full of made-up titles. */
const OWN_TEST = "TestTitles.test.ts"

/** The titles below a folder of the project. */
export const readTitles = (root: string, folder: string): ReadTitles => {
  const paths = readdirSync(posix.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && posix.basename(path) !== OWN_TEST && !path.includes("node_modules/"))
    .map((path) => posix.join(folder, path))
    .toSorted()
  const files = paths.map((path) => titlesIn(path, readFileSync(posix.join(root, path), "utf8")))
  return { titles: files.flatMap(({ titles }) => titles), strays: files.flatMap(({ strays }) => strays) }
}
