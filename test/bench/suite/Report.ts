/** Writes the findings as a page. */
import type { Findings, Picture, Verdict } from "./Verdict.ts"

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
    origin(report),
    ...report.skipped.map(({ broken, message }) => `**${broken ? "Broken" : "Not measured"}:** ${message}`),
    ...goalTable(verdictsOf(report)),
    ...report.findings.flatMap(section)
  ].join("\n\n") + "\n"

/** When, how and on what something was measured. */
export const origin = ({ command, date, machine }: Pick<Report, "command" | "date" | "machine">): string =>
  `Measured on ${date} by \`${command}\`: ${
    Object.entries(machine).map(([name, value]) => `${name} ${value}`).join(", ")
  }.`

/** Paragraphs: a table with a title above, pictures and remarks below. */
export const section = (
  { columns, notes = [], pictures = [], rows, title }: Omit<Findings, "pictures" | "verdicts"> & {
    readonly pictures?: ReadonlyArray<Omit<Picture, "svg">>
  }
): ReadonlyArray<string> => [
  `### ${title}`,
  table(columns, rows.map((cells) => cells.map((cell) => typeof cell === "number" ? spell(cell) : cell))),
  ...pictures.map(({ alt, name }) => `![${alt}](pictures/${name}.svg)`),
  ...notes
]

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
