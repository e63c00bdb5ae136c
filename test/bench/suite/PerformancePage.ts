/** The page for readers of the project: its prose stays, the figures between two marks are replaced. */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const PAGE = fileURLToPath(new URL("../../../docs/performance.md", import.meta.url))
const BEGIN = "<!-- figures begin: `npm run bench -- --write` replaces what follows -->"
const END = "<!-- figures end -->"

export const writeFigures = (markdown: string): void => {
  const page = readFileSync(PAGE, "utf8")
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`${PAGE} has lost the marks around its figures`)
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${markdown}\n${END}${after}`)
}
