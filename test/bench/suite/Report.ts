/** Writes the findings as a page. */
import type { Findings, Verdict } from "./Verdict.ts"

export interface Report {
  readonly date: string
  readonly command: string
  /** The machine, as names and values. */
  readonly machine: Readonly<Record<string, string>>
  readonly findings: ReadonlyArray<Findings>
  /** What could not be measured, and why. */
  readonly skipped: ReadonlyArray<{ readonly message: string; readonly broken: boolean }>
}

export const verdictsOf = (report: Report): ReadonlyArray<Verdict> =>
  report.findings.flatMap(({ verdicts }) => verdicts)

export const toMarkdown = (report: Report): string =>
  [
    `Measured on ${report.date} by \`${report.command}\`: ${
      Object.entries(report.machine).map(([name, value]) => `${name} ${value}`).join(", ")
    }.`,
    ...report.skipped.map(({ broken, message }) => `**${broken ? "Broken" : "Not measured"}:** ${message}`),
    ...goalTable(verdictsOf(report)),
    ...report.findings.flatMap(({ columns, notes = [], rows, title }) => [
      `### ${title}`,
      table(columns, rows.map((cells) => cells.map((cell) => typeof cell === "number" ? spell(cell) : cell))),
      ...notes
    ])
  ].join("\n\n") + "\n"

/** Goals that are met come first. */
export const goalTable = (verdicts: ReadonlyArray<Verdict>): ReadonlyArray<string> =>
  verdicts.length === 0 ? [] : [table(
    ["Goal", "", "Asked", "Measured", ""],
    [...verdicts.filter(({ met }) => met), ...verdicts.filter(({ met }) => !met)].map((verdict) => [
      verdict.goal,
      verdict.sentence,
      `${verdict.relation} ${spell(verdict.bound)} ${verdict.unit}`.trim(),
      `${spell(verdict.figure)} ${verdict.unit}`.trim(),
      verdict.met ? "met" : ["**missed**", ...(verdict.whyMissed === undefined ? [] : [verdict.whyMissed])].join(": ")
    ])
  )]

const table = (columns: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [columns, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

/** Three significant digits. */
export const spell = (value: number): string =>
  Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(3)))
