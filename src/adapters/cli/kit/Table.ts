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
  /** Headings of columns that must not be cut. */
  readonly whole: ReadonlyArray<string>
  /** Headings of columns for whose sake others are left out, such as who it was. */
  readonly prior?: ReadonlyArray<string>
  /** Headings of columns with ids, which are cut in the middle, and before anything else. */
  readonly ids?: ReadonlyArray<string>
  /** Headings of columns that go on in the next line instead of being cut. */
  readonly wrapped?: ReadonlyArray<string>
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

/** `acct_…` with enough digits to tell most ids apart. */
const ID_WIDTH_MIN = 13

/** Nothing is left out for the sake of a longer cell. */
const PRIOR_WIDTH_MAX = 40

const GAP = 2

/**
 * Rows under headings; nothing without rows. On a terminal that is too narrow, the widest columns are cut and spare
 * columns left out, and a last line says so. On a terminal, instants are relative to now.
 */
export const table =
  (headings: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<Cell>>, fit: Fit) => (view: View): string => {
    if (rows.length === 0) return ""
    const columns = headings.map((heading, index): Column => {
      const cells = rows.map((row) => cellText(row[index] ?? "", view))
      return { heading, cells, width: Math.max(...[heading, ...cells].map((cell) => CliOutput.displayWidth(cell))) }
    })
    const shown = Option.match(view.columns, {
      onNone: () => columns,
      onSome: (available) => fitColumns(columns, fit, available)
    })
    const lines = [
      layOut(shown, shown.map(({ heading }) => [heading])),
      ...rows.map((_, row) =>
        layOut(shown, shown.map(({ cells, heading, width }) => piecesOf(cells[row] ?? "", width, heading, fit)))
      )
    ]
    return [...lines, ...hintOn(columns, shown, fit, view)].join("\n")
  }

/** One row, whose cells may take several lines. */
const layOut = (columns: ReadonlyArray<Column>, row: ReadonlyArray<ReadonlyArray<string>>): string =>
  Array.from(
    { length: Math.max(...row.map((pieces) => pieces.length)) },
    (_, line) =>
      row.map((pieces, column) => pad(pieces[line] ?? "", columns[column]?.width ?? 0)).join(" ".repeat(GAP)).trimEnd()
  ).join("\n")

const piecesOf = (cell: string, width: number, heading: string, fit: Fit): ReadonlyArray<string> =>
  fit.wrapped?.includes(heading) === true
    ? broken(cell, width)
    : [fit.ids?.includes(heading) === true ? cutInside(cell, width) : cut(cell, width)]

/** Says what is missing. Nobody would look for a column that they have never seen. */
const hintOn = (
  columns: ReadonlyArray<Column>,
  shown: ReadonlyArray<Column>,
  { wrapped = [] }: Fit,
  view: View
): ReadonlyArray<string> => {
  const missing = columns.filter(({ heading }) => !shown.some((one) => one.heading === heading))
  const isCut = shown.some(({ heading, width }) =>
    !wrapped.includes(heading) && width < (columns.find((one) => one.heading === heading)?.width ?? 0)
  )
  const sentences = [
    ...(missing.length === 0 ? [] : [`Without ${missing.map(({ heading }) => heading).join(", ")}.`]),
    ...(isCut ? ["Shortened at …"] : [])
  ]
  const hint = `${sentences.join(" ")} A wider terminal or --json shows everything.`
  return sentences.length === 0
    ? []
    : wrapText(hint, Option.getOrElse(view.columns, () => Number.POSITIVE_INFINITY), "")
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

/** `5m ago`, `in 3d`, rounded to what is nearer when it is to come; a date when that is more than a month away. */
export const fromNow = (instant: DateTime.Utc, now: DateTime.Utc): string => {
  const away = DateTime.toEpochMillis(instant) - DateTime.toEpochMillis(now)
  const count = (unit: Duration.Input) => {
    const units = Math.abs(away) / Duration.toMillis(unit)
    return away < 0 ? Math.floor(units) : Math.round(units)
  }
  const [days, hours, minutes] = [count("1 day"), count("1 hour"), count("1 minute")]
  if (days > 30) return DateTime.formatIsoDateUtc(instant)
  if (minutes === 0) return "just now"
  const amount = minutes < 60 ? `${minutes}m` : hours < 24 ? `${hours}h` : `${days}d`
  return away < 0 ? `${amount} ago` : `in ${amount}`
}

const totalWidth = (columns: ReadonlyArray<Column>): number =>
  columns.reduce((sum, { width }) => sum + width, GAP * (columns.length - 1))

const fitColumns = (columns: ReadonlyArray<Column>, fit: Fit, available: number): ReadonlyArray<Column> => {
  const { ids = [], prior = [], spare: [spared, ...rest], whole } = fit
  const leastOf = ({ heading, width }: Column) =>
    whole.includes(heading)
      ? width
      : Math.min(width, ids.includes(heading) ? ID_WIDTH_MIN : Math.max(heading.length, WIDTH_MIN))
  const wanted = columns.map((column) =>
    withWidth(column, prior.includes(column.heading) ? Math.min(column.width, PRIOR_WIDTH_MAX) : leastOf(column))
  )
  if (totalWidth(wanted) <= available) return widened(wanted, columns, ids, available)
  if (spared !== undefined) {
    return fitColumns(columns.filter(({ heading }) => heading !== spared), { ...fit, spare: rest }, available)
  }
  const least = columns.map((column) => withWidth(column, leastOf(column)))
  const excess = Math.max(0, totalWidth(least) - available)
  const narrowed = least.map((column) =>
    whole.includes(column.heading) ? column : withWidth(column, Math.max(1, column.width - excess))
  )
  return widened(narrowed, columns, ids, available)
}

const withWidth = ({ cells, heading }: Column, width: number): Column => ({ heading, cells, width })

/** Distributes the available width, one cell at a time, to the column that lacks most, to ids at last. */
const widened = (
  narrowed: ReadonlyArray<Column>,
  natural: ReadonlyArray<Column>,
  ids: ReadonlyArray<string>,
  available: number
): ReadonlyArray<Column> => {
  const widths = narrowed.map(({ width }) => width)
  const lacking = (index: number) => (natural[index]?.width ?? 0) - (widths[index] ?? 0)
  const isId = (index: number) => ids.includes(natural[index]?.heading ?? "")
  const neediness = (index: number) => isId(index) ? Math.min(lacking(index), 0.5) : lacking(index)
  for (let left = available - totalWidth(narrowed); left > 0; left--) {
    const neediest = widths.reduce((most, _, index) => neediness(index) > neediness(most) ? index : most, 0)
    if (lacking(neediest) <= 0) break
    widths[neediest] = (widths[neediest] ?? 0) + 1
  }
  return narrowed.map((column, index) => withWidth(column, widths[index] ?? 0))
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

/** Keeps both ends of an id. The first says what it is of, and the last digits differ most. */
const cutInside = (text: string, width: number): string => {
  if (text.length <= width) return text
  const head = Math.ceil((width - 1) / 2)
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`
}

const broken = (text: string, width: number): ReadonlyArray<string> => {
  const pieces = [""]
  for (const { segment } of graphemes.segment(text)) {
    const last = pieces.at(-1) ?? ""
    if (CliOutput.displayWidth(last + segment) > width) pieces.push(segment)
    else pieces[pieces.length - 1] = last + segment
  }
  return pieces
}

const pad = (cell: string, width: number): string =>
  cell + " ".repeat(Math.max(0, width - CliOutput.displayWidth(cell)))
