/** Reads members of other systems' records, which are texts in CSV and anything in JSON. */
import { DateTime, Option } from "effect"
import { asRecord, parseJson } from "./Records.ts"
import type { SourceRecord } from "./Records.ts"

/** The first of these members that is a text or a number, and not empty. */
export const textOf = (record: SourceRecord, ...names: ReadonlyArray<string>): string | undefined =>
  names.flatMap((name) => {
    const value = Array.isArray(record[name]) ? record[name][0] : record[name]
    const text = typeof value === "number" ? String(value) : value
    return typeof text === "string" && text.trim() !== "" ? [text.trim()] : []
  })[0]

/** Databases write truth in many ways. */
export const flagOf = (record: SourceRecord, ...names: ReadonlyArray<string>): boolean | undefined => {
  for (const name of names) {
    const value = record[name]
    if (typeof value === "boolean") return value
    if (/^(?:true|t|yes|1)$/i.test(String(value))) return true
    if (/^(?:false|f|no|0)$/i.test(String(value))) return false
  }
  return undefined
}

/** RFC 3339, from seconds or milliseconds since 1970, RFC 3339, or what SQL writes (UTC without a zone). */
export const instantOf = (record: SourceRecord, ...names: ReadonlyArray<string>): string | undefined => {
  for (const name of names) {
    const text = textOf(
      recordIn(record[name]) ?? record,
      ...(recordIn(record[name]) === undefined ? [name] : ["$date"])
    )
    if (text === undefined) continue
    const number = /^\d{9,13}$/.test(text) ? Number(text) * (text.length < 12 ? 1000 : 1) : undefined
    const written = /^\d{4}-\d\d-\d\d \d/.test(text) ? text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00") : text
    const instant = DateTime.make(number ?? (/(?:[zZ]|[+-]\d\d:?\d\d)$/.test(written) ? written : `${written}Z`))
    if (Option.isSome(instant)) return DateTime.formatIso(DateTime.toUtc(instant.value))
  }
  return undefined
}

/** A member that is an object, or a text of JSON with one. */
export const recordOf = (record: SourceRecord, name: string): SourceRecord | undefined => recordIn(record[name])

export const listOf = (record: SourceRecord, name: string): ReadonlyArray<SourceRecord> => {
  const value = record[name]
  return Array.isArray(value) ? value.map((item: unknown) => recordIn(item)).filter((it) => it !== undefined) : []
}

const recordIn = (value: unknown): SourceRecord | undefined =>
  asRecord(typeof value === "string" && value.startsWith("{") ? parseJson(value) : value)
