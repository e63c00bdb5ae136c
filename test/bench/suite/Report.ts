/** The findings as a page for people. */
import type { Findings, Verdict } from "./Verdict.ts"

export interface Report {
  readonly date: string
  readonly command: string
  /** What it ran on, name and value. */
  readonly machine: Readonly<Record<string, string>>
  readonly findings: ReadonlyArray<Findings>
  /** Whoever could not be measured, and why. */
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
    ...goals(verdictsOf(report)),
    ...report.findings.flatMap(({ columns, notes = [], rows, title }) => [
      `### ${title}`,
      table(columns, rows.map((cells) => cells.map((cell) => typeof cell === "number" ? spell(cell) : cell))),
      ...notes
    ])
  ].join("\n\n") + "\n"

const goals = (verdicts: ReadonlyArray<Verdict>): ReadonlyArray<string> =>
  verdicts.length === 0 ? [] : [table(
    ["Goal", "", "Asked", "Measured", ""],
    verdicts.map((verdict) => [
      verdict.goal,
      verdict.sentence,
      `${verdict.relation} ${spell(verdict.bound)} ${verdict.unit}`.trim(),
      `${spell(verdict.figure)} ${verdict.unit}`.trim(),
      verdict.met ? "met" : "**missed**"
    ])
  )]

const table = (columns: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [columns, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

/** Three figures that count. */
const spell = (value: number): string =>
  Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(3)))
