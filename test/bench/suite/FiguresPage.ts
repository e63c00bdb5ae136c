/** Pages for readers of the project: their prose stays, the figures between two marks are replaced. */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const BEGIN = /<!-- figures begin: `npm run .*` replaces what follows -->/
const END = "<!-- figures end -->"

/** The page, in three parts: what stands before the figures, them, and what comes after. `page` is a name in `docs`. */
const partsOf = (page: string): readonly [string, string, string] => {
  const text = readFileSync(fileOf(page), "utf8")
  const [begin] = BEGIN.exec(text) ?? []
  const end = text.indexOf(END)
  if (begin === undefined || end < 0) throw new Error(`docs/${page} has lost the marks around its figures`)
  const start = text.indexOf(begin) + begin.length
  return [text.slice(0, start), text.slice(start, end), text.slice(end)]
}

const fileOf = (page: string): string => fileURLToPath(new URL(`../../../docs/${page}`, import.meta.url))

export const figuresOf = (page: string): string => partsOf(page)[1]

export const writeFigures = (page: string, markdown: string): void => {
  const [before, , after] = partsOf(page)
  writeFileSync(fileOf(page), `${before}\n\n${markdown}\n${after}`)
}
