/** Attributes as the JSON of OTLP. What the log hides is hidden in those of spans, too. */
import { Inspectable } from "effect"
import { remember } from "../../kernel/Memo.ts"
import { isPlain, isSecretName, REDACTED, withoutPersonalData, withoutValues } from "./Redaction.ts"

/**
 * The fields of a message that are about its attributes. `fields` are names and values in turn. The first `countMax`
 * attributes are kept. Texts are cut after `lengthMax` UTF-16 code units.
 */
export const attributeFields = (fields: ReadonlyArray<unknown>, countMax: number, lengthMax: number): string => {
  const end = Math.min(fields.length, 2 * countMax)
  let json = "\"attributes\":["
  for (let index = 0; index < end; index += 2) {
    json += (index === 0 ? "" : ",") + attributeJson(String(fields[index]), fields[index + 1], lengthMax)
  }
  return end === fields.length ? `${json}]` : `${json}],"droppedAttributesCount":${(fields.length - end) / 2}`
}

/** The operator's own words, whole and in the clear. */
export const resourceJson = (attributes: Readonly<Record<string, unknown>>): string => {
  const pairs = Object.entries(attributes).map(([name, value]) =>
    `{"key":${JSON.stringify(name)},"value":${valueJson(value, JSON.stringify)}}`
  )
  return `{"attributes":[${pairs.join()}]}`
}

const attributeJson = (name: string, value: unknown, lengthMax: number): string => {
  const label = labelOf(name)
  if (typeof value === "string" && label.isPlain && value.length <= lengthMax && isPlain(value)) {
    return `${label.json}{"stringValue":"${value}"}}`
  }
  if (typeof value === "number") return `${label.json}${numberJson(value)}}`
  return `${label.json}${valueJson(value, (text) => JSON.stringify(cut(harmless(name, text), lengthMax)))}}`
}

/** The beginning of an attribute, and whether plain text under this name may be shown unchanged. */
const labelOf = remember(1000, (name: string) => ({
  json: `{"key":${JSON.stringify(name)},"value":`,
  isPlain: !isSecretName(name) && !examined.has(name)
}))

const examined = new Set(["exception.message", "exception.stacktrace", "url.full", "url.query"])

/** Half a surrogate pair would make some receivers refuse the whole request. */
const cut = (text: string, lengthMax: number): string =>
  text.length <= lengthMax ? text : text.slice(0, lengthMax).toWellFormed()

const valueJson = (value: unknown, textJson: (text: string) => string): string => {
  if (typeof value === "boolean") return `{"boolValue":${value}}`
  if (typeof value === "number") return numberJson(value)
  if (typeof value === "bigint") return `{"stringValue":"${value}"}`
  if (Array.isArray(value) && isHomogeneous(value)) {
    return `{"arrayValue":{"values":[${value.map((item) => valueJson(item, textJson)).join()}]}}`
  }
  return `{"stringValue":${textJson(Inspectable.toStringUnknown(value))}}`
}

const numberJson = (value: number): string => {
  if (Number.isSafeInteger(value)) return `{"intValue":${value}}`
  return `{"doubleValue":${Number.isFinite(value) ? value : `"${value}"`}}`
}

/** OpenTelemetry allows arrays of one primitive type. */
const isHomogeneous = (values: ReadonlyArray<unknown>): boolean => {
  const type = typeof values[0]
  return values.length === 0 ||
    ((type === "string" || type === "number" || type === "boolean") && values.every((value) => typeof value === type))
}

const harmless = (name: string, value: string): string => {
  if (isSecretName(name) || name === "url.query") return REDACTED
  if (name === "exception.message") return withoutValues(value)
  if (name === "exception.stacktrace") return framesOf(value)
  return withoutPersonalData(name === "url.full" ? value.replace(/\?.*$/s, "") : value)
}

/** A stack frame ends in a position. A line of a message doesn't. */
const frame = /^\s+at .*:\d+:\d+\)?$/

const framesOf = (stackTrace: string): string => stackTrace.split("\n").filter((line) => frame.test(line)).join("\n")
