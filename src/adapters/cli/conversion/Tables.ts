/**
 * Reads tables of people: CSV with a header, a line of JSON for each record, or a JSON document with a list of them.
 * They are told apart by how they begin.
 */
import { Predicate } from "effect"
import { JsonList } from "./JsonList.ts"
import { asRecord, byLine, parseJson, readJsonLines } from "./Records.ts"
import type { Located, RecordReader } from "./Records.ts"

export const readTables = (): RecordReader => {
  let reader: RecordReader | undefined
  return {
    read: (piece) => {
      if (reader !== undefined) return reader.read(piece)
      const text = piece.trimStart()
      if (text === "") return []
      reader = text.startsWith("[") ? readList() : text.startsWith("{") ? readObject() : readCsv()
      return reader.read(text)
    },
    end: () => reader?.end() ?? []
  }
}

/** A document that is the list, or has it as its member `users`. */
const readList = (): RecordReader => {
  const list = new JsonList("users")
  let count = 0
  const locate = (element: string): Located => ({
    place: `Record ${++count}`,
    record: asRecord(parseJson(element))
  })
  return {
    read: (piece) => list.read(piece).map(locate),
    end: () => list.isClosed() ? [] : [{ place: "The end of the file", record: undefined }]
  }
}

/**
 * Lines, if the first one is an object by itself. Otherwise a document, which is kept until its list begins. One
 * without `users` is kept whole.
 */
const readObject = (): RecordReader => {
  const list = new JsonList("users")
  let kept: Array<string> = []
  let reader: RecordReader | undefined
  let [isLong, isDecided] = [false, false]

  const go = (next: RecordReader): ReadonlyArray<Located> => {
    reader = next
    const text = kept.join("")
    kept = []
    return next.read(text)
  }

  return {
    read: (piece) => {
      if (reader !== undefined) return reader.read(piece)
      kept.push(piece)
      list.read(piece)
      if (list.isFound()) return go(readList())
      isLong ||= piece.includes("\n")
      if (isDecided || !isLong) return []
      const text = kept.join("")
      const first = text.indexOf("\n")
      isDecided = text.slice(first).trim() !== ""
      return isDecided && asRecord(parseJson(text.slice(0, first))) !== undefined ? go(readJsonLines()) : []
    },
    end: () => {
      if (reader !== undefined) return reader.end()
      const whole = parseJson(kept.join(""))
      if (whole !== undefined) return recordsIn(whole)
      const lines = readJsonLines()
      return [...go(lines), ...lines.end()]
    }
  }
}

/** A record, or the first list of records in an object. */
const recordsIn = (whole: unknown): ReadonlyArray<Located> => {
  const members = isAlone(whole) || !Predicate.isObject(whole) ? [] : Object.values(whole)
  const list = members.find((member): member is ReadonlyArray<unknown> =>
    Array.isArray(member) && asRecord(member[0]) !== undefined
  )
  return (list ?? [whole]).map((item, index) => ({ place: `Record ${index + 1}`, record: asRecord(item) }))
}

/** Whether an object is one record, and not an object that contains the list of them. */
const isAlone = (json: unknown): boolean =>
  Predicate.isObject(json) && ["email", "traits", "user_email", "Email"].some((name) => name in json)

/** RFC 4180: cells may be quoted, and quoted ones contain anything. An empty cell without quotes has no value. */
const readCsv = (): RecordReader => {
  let header: Cells | undefined
  let begun: Array<string> = []
  let isQuoted = false
  let started = 1

  const complete = (row: string): ReadonlyArray<Located> => {
    const cells = cellsOf(row)
    if (cells?.every((cell) => cell === undefined) === true) return []
    if (header !== undefined) return [{ place: `Line ${started}`, record: recordOf(header, cells) }]
    header = cells ?? []
    return []
  }

  return byLine((line, number) => {
    if (begun.length === 0) started = number
    begun.push(line)
    if (line.split("\"").length % 2 === 0) isQuoted = !isQuoted
    if (isQuoted) return []
    const row = begun.join("\n")
    begun = []
    return complete(row)
  }, () => begun.length === 0 ? [] : [{ place: `Line ${started}`, record: undefined }])
}

type Cells = ReadonlyArray<string | undefined>

const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/y

/** Undefined if the row is none. */
const cellsOf = (row: string): Cells | undefined => {
  const cells: Array<string | undefined> = []
  CELL.lastIndex = 0
  for (let isLast = false; !isLast;) {
    const cell = CELL.exec(row)
    if (cell === null) return undefined
    cells.push(cell[1]?.replaceAll("\"\"", "\"") ?? (cell[2] || undefined))
    isLast = cell[3] === ""
  }
  return cells
}

const recordOf = (header: Cells, cells: Cells | undefined) =>
  cells === undefined || cells.length > header.length ? undefined : Object.fromEntries(
    header.flatMap((name, column) => name === undefined ? [] : [[name, cells[column]]])
  )
