/**
 * Reads the records of another system's export: JSON (a list, or an object with a list), a line of JSON for each
 * record, CSV with a header, LDIF, or lines of htpasswd. CSV and JSON are told apart by how they begin.
 */
import { Predicate } from "effect"

export type SourceRecord = Readonly<Record<string, unknown>>

/** A record and where it is: its line, or its place in a list. */
export interface Located {
  readonly place: string
  /** Undefined if it can't be read. */
  readonly record: SourceRecord | undefined
}

/** Records of JSON or CSV. */
export const readTables = (text: string): ReadonlyArray<Located> => {
  const trimmed = text.replace(/^\ufeff/, "").trimStart()
  if (trimmed.startsWith("[")) return readList(parse(trimmed))
  if (!trimmed.startsWith("{")) return readCsv(trimmed)
  const whole = parse(trimmed)
  if (whole === undefined) return readJsonLines(trimmed)
  const list = Predicate.isObject(whole) ? Object.values(whole).find((member) => Array.isArray(member)) : undefined
  return list === undefined || isAlone(whole) ? readList([whole]) : readList(list)
}

/** Whether an object is one record, and not an object that contains the list of them. */
const isAlone = (json: unknown): boolean =>
  Predicate.isObject(json) && ["email", "traits", "user_email", "Email"].some((name) => name in json)

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const asRecord = (json: unknown): SourceRecord | undefined =>
  Predicate.isObject(json) && !Array.isArray(json) ? Object.fromEntries(Object.entries(json)) : undefined

const readList = (json: unknown): ReadonlyArray<Located> =>
  Array.isArray(json)
    ? json.map((item: unknown, index) => ({ place: `Record ${index + 1}`, record: asRecord(item) }))
    : [{ place: "The file", record: undefined }]

const readJsonLines = (text: string): ReadonlyArray<Located> =>
  text.split("\n").flatMap((line, index) =>
    line.trim() === "" ? [] : [{ place: `Line ${index + 1}`, record: asRecord(parse(line)) }]
  )

/** RFC 4180: cells may be quoted, and quoted ones contain anything. An empty cell without quotes is absent. */
const readCsv = (text: string): ReadonlyArray<Located> => {
  const [header, ...rows] = csvRows(text)
  if (header === undefined) return []
  return rows.map(({ cells, line }) => ({
    place: `Line ${line}`,
    record: cells.length > header.cells.length ? undefined : Object.fromEntries(
      cells.flatMap((cell, column) => {
        const name = header.cells[column]
        return cell === undefined || name === undefined ? [] : [[name, cell]]
      })
    )
  }))
}

interface CsvRow {
  readonly line: number
  readonly cells: ReadonlyArray<string | undefined>
}

const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y

const csvRows = (text: string): ReadonlyArray<CsvRow> => {
  const rows: Array<CsvRow> = []
  let cells: Array<string | undefined> = []
  let [line, started] = [1, 1]
  CELL.lastIndex = 0
  while (CELL.lastIndex < text.length) {
    const at = CELL.lastIndex
    const cell = CELL.exec(text)
    if (cell === null) return [...rows, { line, cells: Array.from({ length: 1000 }, () => undefined) }]
    cells.push(cell[1]?.replaceAll("\"\"", "\"") ?? (cell[2] || undefined))
    line += text.slice(at, CELL.lastIndex).split("\n").length - 1
    if (cell[3] === ",") continue
    if (cells.some((it) => it !== undefined)) rows.push({ line: started, cells })
    cells = []
    started = line
  }
  return rows
}

/** LDIF (RFC 2849): folded lines, `::` for base64. Attributes are in lower case, each with all of its values. */
export const readLdif = (text: string): ReadonlyArray<Located> =>
  text.replace(/\r?\n /g, "").split(/\r?\n(?:\s*\r?\n)+/).flatMap((entry, index) => {
    const lines = entry.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"))
    const attributes = new Map<string, Array<string>>()
    for (const line of lines) {
      const [, name = "", isBase64, value = ""] = /^([^:;]+)(?:;[^:]*)?:(:?)\s*(.*)$/.exec(line) ?? []
      const read = isBase64 === ":" ? Buffer.from(value, "base64").toString() : value
      attributes.set(name.toLowerCase(), [...(attributes.get(name.toLowerCase()) ?? []), read])
    }
    if (!attributes.has("dn")) return []
    return [{ place: attributes.get("dn")?.[0] ?? `Entry ${index + 1}`, record: Object.fromEntries(attributes) }]
  })

/** Lines of a name, a colon and a hash. */
export const readHtpasswd = (text: string): ReadonlyArray<Located> =>
  text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "" || line.startsWith("#")) return []
    const [, name, hash] = /^([^:]+):([^:]+)/.exec(line) ?? []
    return [{ place: `Line ${index + 1}`, record: name === undefined ? undefined : { name, hash } }]
  })
