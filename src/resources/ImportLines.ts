/** Splits the bytes of an import into lines, with bounded memory, and reads each. */
import { Option, Result, Stream } from "effect"
import type { ExternalId, ReadRow } from "../domain/model/ImportRow.ts"
import { externalIdIn, NOT_JSON, readImportRow } from "./ImportRows.ts"

/** The most bytes of a line, as of any body. A longer one is refused without being kept. */
const LINE_BYTES_MAX = 64 * 1024

export interface ImportLine {
  /** From 1. Blank lines count, and have no row. */
  readonly line: number
  readonly row: ReadRow
  readonly externalId: ExternalId | undefined
}

/** The rows in each piece of the input that ends some. So rows of a slow client don't wait for others. */
export const importLines = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) =>
  bytes.pipe(
    Stream.map((chunk): Uint8Array | undefined => chunk),
    Stream.concat(Stream.succeed(undefined)),
    Stream.mapAccum(makeSplitter, (splitter, chunk) => [splitter, [splitter(chunk)]] as const),
    Stream.filter((lines) => lines.length > 0)
  )

type Splitter = (chunk: Uint8Array | undefined) => ReadonlyArray<ImportLine>

const LINE_BREAK = 10

const decoder = new TextDecoder("utf-8", { fatal: true })

const decodeUtf8 = Option.liftThrowable((bytes: Uint8Array) => decoder.decode(bytes))

/** Returns the lines that end in a chunk. Without a chunk, the input has ended. */
const makeSplitter = (): Splitter => {
  let begun: Array<Uint8Array> = []
  let begunLength = 0
  let number = 0

  const end = (rest: Uint8Array): ReadonlyArray<ImportLine> => {
    number += 1
    const length = begunLength + rest.length
    const bytes = begunLength === 0 ? rest : Buffer.concat([...begun, rest])
    begun = []
    begunLength = 0
    if (length > LINE_BYTES_MAX) return [{ line: number, row: TOO_LONG, externalId: undefined }]
    const decoded = decodeUtf8(bytes)
    if (Option.isNone(decoded)) return [{ line: number, row: Result.fail([NOT_JSON]), externalId: undefined }]
    const text = decoded.value
    if (text.trim() === "") return []
    const row = readImportRow(text)
    return [{ line: number, row, externalId: Result.isSuccess(row) ? row.success.externalId : externalIdIn(text) }]
  }

  return (chunk) => {
    if (chunk === undefined) return begunLength === 0 ? [] : end(new Uint8Array())
    const lines: Array<ImportLine> = []
    let start = 0
    for (let at = chunk.indexOf(LINE_BREAK); at !== -1; at = chunk.indexOf(LINE_BREAK, start)) {
      lines.push(...end(chunk.subarray(start, at)))
      start = at + 1
    }
    const rest = chunk.subarray(start)
    begunLength += rest.length
    if (begunLength <= LINE_BYTES_MAX) begun.push(rest)
    return lines
  }
}

const TOO_LONG: ReadRow = Result.fail([{ pointer: "", detail: `must be at most ${LINE_BYTES_MAX} bytes long` }])
