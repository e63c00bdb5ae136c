/**
 * Writes each event as one line: JSON for machines, or text for people at a terminal.
 *
 * Nothing in an event can break out of its line: control characters, including C1 with its terminal commands, and line
 * separators are escaped (ASVS 16.4.1). Values under secret names and `Redacted` values never show. Effect's own
 * formats do neither.
 */
import { Array, Predicate, References } from "effect"
import type { Logger, LogLevel } from "effect"
import { millisText } from "../../kernel/InstantText.ts"
import { exceptionFields, exceptionType } from "./Exceptions.ts"
import { plainLine, spanFields } from "./PlainLines.ts"
import { isSecretName, REDACTED, withoutPersonalData, withoutValues } from "./Redaction.ts"

type Fields = Record<string, unknown>

/** The fields of an event, flat: time, level, message, annotations, trace ids and exception. */
const eventFields = (event: Logger.Options<unknown>, millis: number, more: Fields): Fields => {
  const fields: Fields = {
    time: millisText(millis),
    level: event.logLevel.toLowerCase(),
    message: Array.ensure(event.message).map(messagePart).join(" ")
  }
  const annotations = event.fiber.getRef(References.CurrentLogAnnotations)
  for (const name in annotations) {
    if (!Object.hasOwn(fields, name)) fields[name] = fieldValue(name, annotations[name])
  }
  return Object.assign(fields, spanFields(event), exceptionFields(event.cause), more)
}

const messagePart = (part: unknown): string => {
  if (typeof part === "string") return part
  return part instanceof Error ? `${exceptionType(part)}: ${withoutValues(part.message)}` : toJson(part)
}

/**
 * A value without secrets. Personal data is removed from each text before it becomes JSON. In a finished line, a match
 * could cut through an escape (`\\tada@…`) or span two fields, and the line would no longer be JSON.
 */
const fieldValue = (name: string, value: unknown): unknown => {
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value
  if (isSecretName(name)) return REDACTED
  if (typeof value === "string") return withoutPersonalData(value)
  if (typeof value === "bigint") return String(value)
  return Predicate.isObject(value) && !Array.isArray(value) && Object.keys(value).some(mayBePersonal)
    ? Object.fromEntries(Object.entries(value).map(([key, it]) => [withoutPersonalData(key), it]))
    : value
}

const mayBePersonal = (name: string): boolean => withoutPersonalData(name) !== name

const unsafeCharacters = /[\u007f-\u009f\u2028\u2029]/g

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** JSON without secrets. Never throws, even for a circular value or one whose `toJSON` throws. */
const toJson = (value: unknown): string => {
  try {
    return JSON.stringify(value, fieldValue) ?? UNSERIALISABLE
  } catch {
    return UNSERIALISABLE
  }
}

const UNSERIALISABLE = "\"<unserialisable>\""

const fieldsToJson = (fields: Fields): string => {
  const json = toJson(fields)
  if (json !== UNSERIALISABLE) return json
  return `{${Object.entries(fields).map(([name, value]) => `${toJson(name)}:${toJson(value)}`).join(",")}}`
}

const onOneLine = (json: string): string => json.replace(unsafeCharacters, escaped)

/**
 * Writes an event as one line, without its line break. `millis` is when it happened, `more` are fields of the log
 * itself.
 */
export type LineFormat = (event: Logger.Options<unknown>, millis: number, more: Fields) => string

export const jsonLine: LineFormat = (event, millis, more) =>
  plainLine(event, millis, more) ?? onOneLine(fieldsToJson(eventFields(event, millis, more)))

const levelColours: Partial<Record<LogLevel.LogLevel, number>> = { Fatal: 31, Error: 31, Warn: 33, Info: 32 }

/**
 * Time of day, level, message and fields on one line. On a terminal with `columns()`, fields that have no room go on in
 * the next. The stack trace of an exception is indented below.
 */
export const prettyLine = (colours: boolean, columns: () => number): LineFormat => (event, millis, more) => {
  const { time, level, message, "exception.stacktrace": stackTrace, ...rest } = eventFields(event, millis, more)
  const label = String(level).toUpperCase().padEnd(5)
  const colour = levelColours[event.logLevel] ?? 90
  const said = new Set(String(message).split(" "))
  // People read the message first.
  const details = Object.entries(rest).filter(([, value]) => value !== undefined && !said.has(String(value)))
    .map(([name, value]) =>
      `${unquoted(name)}=${typeof value === "string" && /^[\w.:/+-]+$/.test(value) ? value : toJson(value)}`
    )
  const start = `${String(time).slice(11, 23)} ${label} `
  const lines = filled([start + unquoted(String(message)), ...details].map(onOneLine), columns()).slice(start.length)
  const head = (colours ? start.replace(label, `\u001b[${colour}m${label}\u001b[0m`) : start) + lines
  return stackTrace === undefined
    ? head
    : [head, ...String(stackTrace).split("\n").map((line) => onOneLine(withoutPersonalData(line)))].join("\n  ")
}

/** Puts as many parts as fit into each line. */
const filled = (parts: ReadonlyArray<string>, columns: number): string =>
  parts.reduce((text, part) => {
    const used = text.length - (text.lastIndexOf("\n") + 1)
    return text + (used + 1 + part.length > columns ? "\n  " : " ") + part
  })

const unquoted = (text: string): string => toJson(text).slice(1, -1)
