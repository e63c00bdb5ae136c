/**
 * Reads the records of another system's export piece by piece. So an export may be larger than the memory, as long as
 * each record of it isn't.
 */
import { Predicate, Result } from "effect"

export type SourceRecord = Readonly<Record<string, unknown>>

/** A record and where it is: its line, or its place in a list. */
export interface Located {
  readonly place: string
  /** Undefined if it can't be read. */
  readonly record: SourceRecord | undefined
}

export interface RecordReader {
  /** The records that are complete with this piece of the text. */
  readonly read: (piece: string) => ReadonlyArray<Located>
  /** The records that the end of the text completes. */
  readonly end: () => ReadonlyArray<Located>
}

export const parseJson = (text: string): unknown => Result.getOrUndefined(Result.try((): unknown => JSON.parse(text)))

export const asRecord = (json: unknown): SourceRecord | undefined => Predicate.isObject(json) ? json : undefined

/** Reads lines, whose numbers begin with 1. `end` says what is left of earlier lines. */
export const byLine = (
  ofLine: (line: string, number: number) => ReadonlyArray<Located>,
  end: () => ReadonlyArray<Located> = () => []
): RecordReader => {
  let begun: Array<string> = []
  let number = 0
  const complete = (rest: string) => {
    const line = [...begun, rest].join("")
    begun = []
    return ofLine(line.endsWith("\r") ? line.slice(0, -1) : line, ++number)
  }
  return {
    read: (piece) => {
      const lines = piece.split("\n")
      const last = lines.pop() ?? ""
      const records = lines.flatMap(complete)
      if (last !== "") begun.push(last)
      return records
    },
    end: () => [...(begun.length === 0 ? [] : complete("")), ...end()]
  }
}

/** A line of JSON for each record. */
export const readJsonLines = (): RecordReader =>
  byLine((line, number) => line.trim() === "" ? [] : [{ place: `Line ${number}`, record: asRecord(parseJson(line)) }])

/** Lines of a name, a colon and a hash. */
export const readHtpasswd = (): RecordReader =>
  byLine((line, number) => {
    if (line.trim() === "" || line.startsWith("#")) return []
    const [, name, hash] = /^([^:\s,;"{]+):([^:]+)/.exec(line) ?? []
    return [{ place: `Line ${number}`, record: name === undefined ? undefined : { name, hash } }]
  })

/** LDIF (RFC 2849): folded lines, `::` for base64. Attributes are in lower case, each with all of its values. */
export const readLdif = (): RecordReader => {
  let lines: Array<string> = []
  const complete = (): ReadonlyArray<Located> => {
    const attributes = new Map<string, Array<string>>()
    for (const line of lines) {
      const [, name = "", isBase64, value = ""] = /^([^:;#][^:;]*)(?:;[^:]*)?:(:?)([^]*)$/.exec(line) ?? []
      const read = isBase64 === ":" ? Buffer.from(value, "base64").toString() : value.trimStart()
      attributes.set(name.toLowerCase(), [...(attributes.get(name.toLowerCase()) ?? []), read])
    }
    lines = []
    const [dn] = attributes.get("dn") ?? []
    return dn === undefined ? [] : [{ place: dn, record: Object.fromEntries(attributes) }]
  }
  return byLine((line) => {
    if (line.startsWith(" ")) lines.push(`${lines.pop() ?? ""}${line.slice(1)}`)
    else if (line === "") return complete()
    else lines.push(line)
    return []
  }, complete)
}
