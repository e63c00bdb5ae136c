/** A line for each fault, and the table of the page. */
import { availableParallelism, cpus } from "node:os"
import { goalTable, spell } from "../bench/suite/Report.ts"
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
  JSON.stringify({ ...result, fault: result.fault.id, title: result.fault.title, met: isMet(result) })

export const pageOf = (results: ReadonlyArray<Result>, { seed }: Plan): string =>
  [
    `Found on ${new Date().toISOString().slice(0, 10)} by \`npm run test:faults -- --full --seed ${seed}\` on ${
      cpus()[0]?.model.trim()
    } × ${availableParallelism()}, Node ${process.version}.`,
    ...results.flatMap(({ broken, fault, skipped }) =>
      (broken ?? skipped) === undefined ? [] : [`**${fault.id} ${fault.title}:** ${broken ?? skipped}`]
    ),
    ...goalTable(
      results.flatMap(({ fault, figures }) =>
        figures.map((figure, index) => ({
          ...figure,
          goal: fault.id,
          sentence: index === 0 ? `**${fault.title}:** ${figure.sentence}` : figure.sentence
        }))
      )
    )
  ].join("\n\n") + "\n"
