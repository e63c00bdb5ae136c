/**
 * Reads TypeScript as far as the rules need it: which characters are code, which are words in a comment or a literal.
 *
 * `maskedCode` keeps every position and line of the text. Comments become spaces and the inside of literals becomes
 * underscores, so a rule can search code with a plain expression and cut the original text at the same place.
 */

const REGEX_MAY_FOLLOW = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|yield|await|else) ?)$/

const blank = (text: string, filler: string): string => text.replace(/[^\n]/g, filler)

const endOfComment = (text: string, start: number): number => {
  const close = text.startsWith("/*", start) ? "*/" : "\n"
  const found = text.indexOf(close, start + 2)
  if (found === -1) return text.length
  return close === "\n" ? found : found + 2
}

/** The end of a quoted literal or regular expression, with its escapes and character classes respected. */
const endOfLiteral = (text: string, start: number): number => {
  const close = text.charAt(start)
  let inClass = false
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === "\\") at++
    else if (close === "/" && (char === "[" || char === "]")) inClass = char === "["
    else if (char === "\n") return at
    else if (char === close && !inClass) return at + 1
  }
  return text.length
}

class Masker {
  private readonly text: string
  private readonly pieces: Array<string> = []
  private at = 0
  /** What stands before the current position, short: enough to tell a division from a regular expression. */
  private before = ""

  constructor(text: string) {
    this.text = text
  }

  run(): string {
    if (this.text.startsWith("#!")) this.skip(endOfComment(this.text, 0), " ")
    while (this.at < this.text.length) this.code()
    return this.pieces.join("")
  }

  /** Code up to the end of the text, or up to the brace that closes a template's `${`. */
  private code(): void {
    let open = 0
    while (this.at < this.text.length) {
      const char = this.text.charAt(this.at)
      if (this.text.startsWith("//", this.at) || this.text.startsWith("/*", this.at)) {
        this.skip(endOfComment(this.text, this.at), " ")
      } else if (char === "\"" || char === "'" || (char === "/" && REGEX_MAY_FOLLOW.test(this.before))) {
        this.literal(endOfLiteral(this.text, this.at))
      } else if (char === "`") {
        this.template()
      } else {
        this.keep(1)
        if (char === "{") open++
        if (char === "}" && --open < 0) return
      }
    }
  }

  private template(): void {
    this.keep(1)
    while (this.at < this.text.length && this.text.charAt(this.at) !== "`") {
      if (this.text.startsWith("${", this.at)) {
        this.keep(2)
        this.code()
      } else {
        this.skip(this.at + (this.text.charAt(this.at) === "\\" ? 2 : 1), "_")
      }
    }
    this.keep(1)
  }

  private literal(end: number): void {
    this.keep(1)
    this.skip(Math.max(this.at, end - 1), "_")
    this.keep(end - this.at)
  }

  private keep(length: number): void {
    const piece = this.text.slice(this.at, this.at + length)
    this.pieces.push(piece)
    if (piece.trim() !== "") this.before = (this.before + piece.trim()).slice(-12)
    else if (/\w$/.test(this.before)) this.before += " "
    this.at += length
  }

  private skip(end: number, filler: string): void {
    this.pieces.push(blank(this.text.slice(this.at, end), filler))
    this.at = end
  }
}

export const maskedCode = (text: string): string => new Masker(text).run()

/** The position behind the bracket that closes the one at `open`. */
export const endOfBrackets = (code: string, open: number): number => {
  let depth = 0
  for (let at = open; at < code.length; at++) {
    const char = code.charAt(at)
    if ("([{".includes(char)) depth++
    else if (")]}".includes(char) && --depth === 0) return at + 1
  }
  return code.length
}

export interface Range {
  readonly start: number
  readonly end: number
}

const NO_FUNCTION = /\b(?:if|for|while|switch|catch|with|await)\s*$/

/** The bodies in braces of all functions and methods, outer ones before the inner. */
export const functionBodies = (code: string): ReadonlyArray<Range> => {
  const bodies: Array<Range> = []
  for (const arrow of code.matchAll(/=>\s*\{/g)) {
    const start = arrow.index + arrow[0].length - 1
    bodies.push({ start, end: endOfBrackets(code, start) })
  }
  for (const parameters of code.matchAll(/\(/g)) {
    if (NO_FUNCTION.test(code.slice(Math.max(0, parameters.index - 12), parameters.index))) continue
    const behind = endOfBrackets(code, parameters.index)
    const brace = /^\s*(?::[^={};()]*)?\{/.exec(code.slice(behind, behind + 300))
    if (brace === null) continue
    const start = behind + brace[0].length - 1
    bodies.push({ start, end: endOfBrackets(code, start) })
  }
  return bodies.toSorted((a, b) => a.start - b.start)
}

const lineOf = (code: string, position: number): number => code.slice(0, position).split("\n").length

/** The lines of code a function has for itself: no blanks, no comments, nothing of the functions it contains. */
export const ownLines = (code: string, body: Range, all: ReadonlyArray<Range>): number => {
  const nested = new Set<number>()
  for (const inner of all) {
    if (inner.start <= body.start || inner.end >= body.end) continue
    for (let line = lineOf(code, inner.start) + 1; line <= lineOf(code, inner.end); line++) nested.add(line)
  }
  const first = lineOf(code, body.start)
  return code.slice(body.start, body.end).split("\n").filter((line, index) =>
    line.trim() !== "" && !nested.has(first + index)
  ).length
}
