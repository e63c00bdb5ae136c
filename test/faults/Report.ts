/** A line for each fault, and the table of the page. */
import { availableParallelism, cpus } from "node:os"
import { goalTable, spell } from "../bench/suite/Report.ts"
import { none } from "./Fault.ts"
import type { Fault, Figure } from "./Fault.ts"
import type { Plan } from "./Plan.ts"

export interface Result {
  readonly fault: Pick<Fault, "id" | "title">
  readonly seconds: number
  readonly figures: ReadonlyArray<Figure>
  /** Why there is no figure. */
  readonly skipped?: string
  readonly broken?: string
}

export const isMet = ({ broken, figures }: Result): boolean => broken === undefined && figures.every(({ met }) => met)

export const lineOf = (result: Result): string => {
  const { broken, fault, figures, seconds, skipped } = result
  const word = skipped === undefined ? isMet(result) ? "ok" : "MISSED" : "skipped"
  const rest = skipped ?? broken ?? figures.map(figureText).join("; ")
  return `${fault.id.padEnd(3)} ${word.padEnd(7)} ${fault.title} (${seconds.toFixed(0)} s): ${rest}`
}

const figureText = ({ bound, figure, met, relation, sentence, unit }: Figure): string =>
  `${met ? "" : "MISSED "}${sentence} ${spell(figure)} ${relation} ${spell(bound)} ${unit}`.trimEnd()

export const jsonOf = (result: Result): string =>
  JSON.stringify({
    ...result,
    fault: result.fault.id,
    title: result.fault.title,
    met: result.skipped === undefined && isMet(result)
  })

/** The faults of which a page has figures, or says why not, with the lines about each. */
const linesByFault = (page: string): ReadonlyMap<string, ReadonlyArray<string>> =>
  Map.groupBy(
    page.split("\n").filter((line) => /^(?:\| |\*\*)F\d+ /.test(line)),
    (line) => /F\d+/.exec(line)?.[0] ?? ""
  )

const number = (id: string): number => Number(id.slice(1))

/** What is found, in the place of what `before` says of the same faults. Of others it stays. */
export const pageOf = (results: ReadonlyArray<Result>, { seed }: Pick<Plan, "seed">, before: string): string => {
  const found = `${new Date().toISOString().slice(0, 10)}, seed ${seed}`
  const lines = new Map(linesByFault(before))
  for (const { broken, fault, figures, skipped } of results) {
    const reason = broken ?? skipped
    const sentenceOf = ({ sentence }: Figure, index: number) =>
      index === 0 ? `**${fault.title}** (${found}): ${sentence}` : sentence
    const rows = goalTable(figures.map((figure, index) => {
      const { bound, figure: measured, met, relation, unit } = figure
      return { goal: fault.id, sentence: sentenceOf(figure, index), figure: measured, bound, unit, relation, met }
    }))
    const said = reason === undefined ? rows.join("\n") : `**${fault.id} ${fault.title}** (${found}): ${reason}`
    lines.set(fault.id, [...(linesByFault(said).get(fault.id) ?? [])])
  }
  const sorted = [...lines].toSorted(([one], [other]) => number(one) - number(other)).flatMap(([, each]) => each)
  const rows = sorted.filter((line) => line.startsWith("|"))
  const [heading = ""] = goalTable([{ ...none("", 0), goal: "" }])
  return [
    `Found by \`npm run test:faults -- --full --write\` on ${cpus()[0]?.model.trim()} × ${availableParallelism()}, ` +
    `Node ${process.version}. Each fault has the day and the seed of its run.`,
    ...sorted.filter((line) => !line.startsWith("|")),
    [...heading.split("\n").slice(0, 2), ...rows].join("\n")
  ].join("\n\n") + "\n"
}
