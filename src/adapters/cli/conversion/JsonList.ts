const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44]
const OPENING: ReadonlySet<number> = new Set([91, 123])
const CLOSING: ReadonlySet<number> = new Set([93, 125])
const LIST = 91

/**
 * Finds the list of records in a JSON document that comes piece by piece: the document itself, or a member of it. Each
 * element comes as its text. It looks at brackets and quotes alone, so `JSON.parse` has to judge the elements.
 */
export class JsonList {
  readonly #name: string
  #depth = 0
  #isText = false
  #isEscaped = false
  /** The last text of the outermost object since a comma, which is the name of a member when a list begins. */
  #text = ""
  /** How deep the elements are, once the list was found. */
  #inside: number | undefined
  #isClosed = false
  /** What earlier pieces have of the element that isn't complete. */
  #begun: Array<string> = []

  /** `name` is that of the member. */
  constructor(name: string) {
    this.#name = name
  }

  readonly isFound = (): boolean => this.#inside !== undefined

  readonly isClosed = (): boolean => this.#isClosed

  /** The texts of the elements that are complete with a piece. */
  readonly read = (piece: string): ReadonlyArray<string> => {
    const elements: Array<string> = []
    let start = 0
    const complete = (end: number) => {
      const element = [...this.#begun, piece.slice(start, end)].join("")
      this.#begun = []
      start = end + 1
      if (element.trim() !== "") elements.push(element)
    }
    for (let at = 0; at < piece.length && !this.#isClosed; at++) {
      const character = piece.charCodeAt(at)
      if (this.#isText) this.#continueText(character, piece, at)
      else if (character === QUOTE) this.#beginText()
      else if (OPENING.has(character)) {
        this.#depth += 1
        if (character === LIST && this.#isWanted()) [this.#inside, start] = [this.#depth, at + 1]
      } else if (CLOSING.has(character)) {
        if (this.#depth === this.#inside) {
          complete(at)
          this.#isClosed = true
        }
        this.#depth -= 1
      } else if (character === COMMA) {
        if (this.#depth === this.#inside) complete(at)
        if (this.#depth === 1) this.#text = ""
      }
    }
    if (this.isFound() && !this.#isClosed) this.#begun.push(piece.slice(start))
    return elements
  }

  readonly #isWanted = (): boolean =>
    this.#inside === undefined && (this.#depth === 1 || (this.#depth === 2 && this.#text === this.#name))

  readonly #beginText = (): void => {
    this.#isText = true
    if (this.#depth === 1) this.#text = ""
  }

  readonly #continueText = (character: number, piece: string, at: number): void => {
    if (this.#isEscaped) this.#isEscaped = false
    else if (character === BACKSLASH) this.#isEscaped = true
    else if (character === QUOTE) {
      this.#isText = false
      return
    }
    if (this.#depth === 1 && this.#inside === undefined && this.#text.length < this.#name.length + 1) {
      this.#text += piece[at]
    }
  }
}
