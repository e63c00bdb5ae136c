/** Finds what a Prometheus expression refers to. */

export interface Asked {
  readonly expr: string
  readonly series: ReadonlyArray<string>
  readonly labels: ReadonlyArray<string>
}

const WORDS = new Set(["and", "bool", "offset", "or", "unless", "vector"])

const all = (text: string, form: RegExp): ReadonlyArray<string> =>
  Array.from(text.matchAll(form), ([, found = ""]) => found)

/** The series of an expression, and the labels that it selects or groups by. */
export const askedBy = (expr: string): Asked => {
  const plain = expr.replaceAll(/"(?:[^"\\]|\\.)*"/g, `""`).replaceAll(/\[[^\]]*\]/g, "")
  const selectors = all(plain, /\{([^}]*)\}/g).flatMap((matchers) => all(matchers, /(\w+)\s*(?:=|!=|=~|!~)/g))
  const groupings = all(plain, /\b(?:by|on|ignoring|without)\s*\(([^)]*)\)/g).flatMap((labels) =>
    labels.split(",").map((label) => label.trim())
  )
  const rest = plain.replaceAll(/\{[^}]*\}/g, "").replaceAll(/\b(?:by|on|ignoring|without)\s*\([^)]*\)/g, "")
  const names = all(rest, /(?<![\w.$])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])/g).filter((name) => !WORDS.has(name))
  return { expr, series: names, labels: [...selectors, ...groupings] }
}
