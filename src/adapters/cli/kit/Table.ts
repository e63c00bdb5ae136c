/** Results for people: a table, or one line for each property. They are fitted to a terminal. */
import { DateTime, Duration, Option } from "effect"
import { CliOutput } from "effect/cli"
import { instantText } from "../../../kernel/InstantText.ts"
import { harmlessLine } from "./HarmlessText.ts"
import { wrapText } from "./Lines.ts"

/** Where text is shown. It is fitted only to terminals; programs get everything, whole and exact. */
export interface View {
  /** The terminal's columns. `None` without a terminal. */
  readonly columns: Option.Option<number>
  readonly now: DateTime.Utc
}

type Cell = string | DateTime.Utc

export interface Fit {
  /** Headings of columns that must not be cut, such as ids. */
  readonly whole: ReadonlyArray<string>
  /** Headings of columns that may be left out, the least important first. */
  readonly spare: ReadonlyArray<string>
}

interface Column {
  readonly heading: string
  readonly cells: ReadonlyArray<string>
  readonly width: number
}

/** The least width of a column that is cut. */
const WIDTH_MIN = 8

const GAP = 2

/**
 * Rows under headings. On a terminal that is too narrow, the widest columns are cut and spare columns left out. On a
 * terminal, instants are relative to now.
 */
export const table =
  (headings: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<Cell>>, fit: Fit) => (view: View): string => {
    const columns = headings.map((heading, index): Column => {
      const cells = rows.map((row) => cellText(row[index] ?? "", view))
      return { heading, cells, width: Math.max(...[heading, ...cells].map((cell) => CliOutput.displayWidth(cell))) }
    })
    const shown = Option.match(view.columns, {
      onNone: () => columns,
      onSome: (available) => fitColumns(columns, fit, available)
    })
    const lines = [
      shown.map(({ heading }) => heading),
      ...rows.map((_, row) => shown.map(({ cells }) => cells[row] ?? ""))
    ]
    return lines
      .map((line) => line.map((cell, column) => pad(cell, shown[column]?.width ?? 0)).join(" ".repeat(GAP)).trimEnd())
      .join("\n")
  }

/** The least width of prose beside other columns. */
const PROSE_WIDTH_MIN = 40

/**
 * Rows whose last cell is prose. On a terminal it is wrapped beside the other cells or, with little room, below them.
 */
export const proseTable =
  (headings: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>) => ({ columns }: View): string => {
    const cells = [headings, ...rows.map((row) => row.map(harmlessLine))]
    const widths = headings.slice(0, -1).map((_, column) =>
      Math.max(...cells.map((row) => CliOutput.displayWidth(row[column] ?? "")))
    )
    const indent = widths.reduce((sum, width) => sum + width + GAP, 0)
    const available = Option.getOrElse(columns, () => Number.POSITIVE_INFINITY)
    const isBeside = available - indent >= PROSE_WIDTH_MIN
    return cells.map((row) => {
      const before = widths.map((width, column) => pad(row[column] ?? "", width) + " ".repeat(GAP)).join("")
      const prose = wrapText(row.at(-1) ?? "", available, " ".repeat(isBeside ? indent : GAP)).join("\n")
      return isBeside ? before + prose.trimStart() : `${before.trimEnd()}\n${prose}`
    }).join("\n")
  }

/** One line for each property. */
export const properties = (entries: ReadonlyArray<readonly [name: string, value: Cell]>) => (view: View): string => {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => {
    const exact = `${name.padEnd(width)}  ${typeof value === "string" ? harmlessLine(value) : instantText(value)}`
      .trimEnd()
    const full = typeof value === "string" ? exact : `${exact} (${fromNow(value, view.now)})`
    return Option.exists(view.columns, (columns) => full.length <= columns) ? full : exact
  }).join("\n")
}

const cellText = (cell: Cell, { columns, now }: View): string => {
  if (typeof cell === "string") return harmlessLine(cell)
  return Option.isNone(columns) ? instantText(cell) : fromNow(cell, now)
}

/** `5m ago`, `in 3d`; a date when that is more than a month away. */
export const fromNow = (instant: DateTime.Utc, now: DateTime.Utc): string => {
  const away = DateTime.toEpochMillis(instant) - DateTime.toEpochMillis(now)
  const { days, hours, minutes } = Duration.parts(Duration.millis(Math.abs(away)))
  if (days > 30) return DateTime.formatIsoDateUtc(instant)
  const [amount, unit] = days > 0 ? [days, "d"] : hours > 0 ? [hours, "h"] : [minutes, "m"]
  if (amount === 0) return "now"
  return away < 0 ? `${amount}${unit} ago` : `in ${amount}${unit}`
}

const totalWidth = (columns: ReadonlyArray<Column>): number =>
  columns.reduce((sum, { width }) => sum + width, GAP * (columns.length - 1))

const fitColumns = (columns: ReadonlyArray<Column>, fit: Fit, available: number): ReadonlyArray<Column> => {
  const narrowedBy = (excess: number) =>
    columns.map(({ cells, heading, width }): Column => {
      const least = Math.max(1, Math.min(width, Math.max(heading.length, WIDTH_MIN)) - excess)
      return { cells, heading, width: fit.whole.includes(heading) ? width : least }
    })
  const excess = Math.max(0, totalWidth(narrowedBy(0)) - available)
  const [spared, ...rest] = fit.spare
  if (excess > 0 && spared !== undefined) {
    return fitColumns(columns.filter(({ heading }) => heading !== spared), { ...fit, spare: rest }, available)
  }
  return widened(narrowedBy(excess), columns, available).map(({ cells, heading, width }) => ({
    heading: cut(heading, width),
    width,
    cells: cells.map((cell) => cut(cell, width))
  }))
}

/** Distributes the available width, one cell at a time, to the column that lacks most. */
const widened = (
  narrowed: ReadonlyArray<Column>,
  natural: ReadonlyArray<Column>,
  available: number
): ReadonlyArray<Column> => {
  const widths = narrowed.map(({ width }) => width)
  const lacking = (index: number) => (natural[index]?.width ?? 0) - (widths[index] ?? 0)
  for (let left = available - totalWidth(narrowed); left > 0; left--) {
    const neediest = widths.reduce((most, _, index) => lacking(index) > lacking(most) ? index : most, 0)
    if (lacking(neediest) <= 0) break
    widths[neediest] = (widths[neediest] ?? 0) + 1
  }
  return narrowed.map((column, index) => ({ ...column, width: widths[index] ?? 0 }))
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

const cut = (text: string, width: number): string => {
  if (CliOutput.displayWidth(text) <= width) return text
  let kept = ""
  for (const { segment } of graphemes.segment(text)) {
    if (CliOutput.displayWidth(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept}…`
}

const pad = (cell: string, width: number): string =>
  cell + " ".repeat(Math.max(0, width - CliOutput.displayWidth(cell)))
