/**
 * The figures of docs/performance.md. The last measurement of each table is kept beside the suite with when and how it
 * was made, so a run of some goals replaces theirs and leaves the others.
 */
import { Schema } from "effect"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { writeFigures } from "./FiguresPage.ts"
import { goalTable, origin, section } from "./Report.ts"
import type { Report } from "./Report.ts"
import type { Findings, Picture } from "./Verdict.ts"

const Kept = Schema.Struct({
  date: Schema.String,
  command: Schema.String,
  machine: Schema.Record(Schema.String, Schema.String),
  findings: Schema.Struct({
    title: Schema.String,
    columns: Schema.Array(Schema.String),
    rows: Schema.Array(Schema.Array(Schema.Union([Schema.String, Schema.Finite]))),
    verdicts: Schema.Array(Schema.Struct({
      goal: Schema.String,
      sentence: Schema.String,
      figure: Schema.Finite,
      relation: Schema.Literals(["≥", "≤"]),
      bound: Schema.Finite,
      unit: Schema.String,
      met: Schema.Boolean,
      whyMissed: Schema.optionalKey(Schema.String)
    })),
    notes: Schema.optionalKey(Schema.Array(Schema.String)),
    pictures: Schema.optionalKey(Schema.Array(Schema.Struct({ name: Schema.String, alt: Schema.String })))
  })
})
type Kept = typeof Kept.Type

const file = fileURLToPath(new URL("../figures.json", import.meta.url))

const AllKept = Schema.fromJsonString(Schema.Array(Kept))

/** What there is no number for is empty, and pictures have files of their own. */
const toKept = ({ command, date, machine }: Report, { pictures, ...findings }: Findings): Kept => ({
  date,
  command,
  machine,
  findings: {
    ...findings,
    rows: findings.rows.map((cells) => cells.map((cell) => Number.isNaN(cell) ? "" : cell)),
    ...(pictures && { pictures: pictures.map(({ alt, name }) => ({ alt, name })) })
  }
})

/** Puts what was measured into the page, and its pictures beside it. */
export const keepFigures = (report: Report): void => {
  const kept = existsSync(file) ? Schema.decodeSync(AllKept)(readFileSync(file, "utf8")) : []
  const measured = report.findings.map((findings) => toKept(report, findings))
  const isSame = (one: Kept) => (that: Kept) => one.findings.title === that.findings.title
  const all = [
    ...kept.map((one) => measured.find(isSame(one)) ?? one),
    ...measured.filter((one) => !kept.some(isSame(one)))
  ]
  // A line for each table shows in a difference what was measured anew.
  writeFileSync(file, `[\n${all.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`)
  writeFigures("performance.md", toPage(all))
  writePictures(fileURLToPath(new URL("../../../docs", import.meta.url)), report)
}

const toPage = (all: ReadonlyArray<Kept>): string =>
  [
    ...goalTable(all.flatMap(({ findings }) => findings.verdicts)),
    ...all.flatMap((one) => [...section(one.findings), `*${origin(one)}*`])
  ].join("\n\n") + "\n"

/** Where a report in this directory looks for them. */
export const writePictures = (directory: string, { findings }: Report): void => {
  mkdirSync(`${directory}/pictures`, { recursive: true })
  const pictures: ReadonlyArray<Picture> = findings.flatMap(({ pictures = [] }) => pictures)
  for (const { name, svg } of pictures) writeFileSync(`${directory}/pictures/${name}.svg`, svg)
}
