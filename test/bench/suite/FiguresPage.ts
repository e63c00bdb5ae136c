/** Pages for readers of the project: their prose stays, the figures between two marks are replaced. */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const BEGIN = /<!-- figures begin: `npm run .*` replaces what follows -->/
const END = "<!-- figures end -->"

/** `page` is a name in `docs`. */
export const writeFigures = (page: string, markdown: string): void => {
  const file = fileURLToPath(new URL(`../../../docs/${page}`, import.meta.url))
  const text = readFileSync(file, "utf8")
  const [begin] = BEGIN.exec(text) ?? []
  const end = text.indexOf(END)
  if (begin === undefined || end < 0) throw new Error(`${file} has lost the marks around its figures`)
  writeFileSync(file, `${text.slice(0, text.indexOf(begin))}${begin}\n\n${markdown}\n${text.slice(end)}`)
}
