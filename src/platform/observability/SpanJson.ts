/**
 * A finished span as the JSON of OTLP. What the log hides is hidden in it, too: spans hold the whole message of an
 * exception, and the query of a URL, which may contain anything.
 */
import { Cause, Formatter, Option } from "effect"
import type { Exit, Tracer } from "effect"
import { remember } from "../../kernel/Memo.ts"
import { isPlain, isSecretName, REDACTED, withoutPersonalData, withoutValues } from "./Redaction.ts"

export interface FinishedSpan extends Pick<Tracer.Span, "kind" | "links" | "name" | "parent" | "spanId" | "traceId"> {
  /** Names and values in turn. */
  readonly fields: ReadonlyArray<unknown>
  readonly events: ReadonlyArray<SpanEvent>
  readonly startTime: bigint
  readonly endTime: bigint
  readonly exit: Exit.Exit<unknown, unknown>
}

export interface SpanEvent {
  readonly name: string
  readonly time: bigint
  readonly attributes: Readonly<Record<string, unknown>>
}

export const spanJson = (span: FinishedSpan): string => {
  const parent = Option.getOrUndefined(span.parent)
  const { attributes, events, status } = outcomeOf(span)
  const flags = parent?._tag === "ExternalSpan" ? SAMPLED_BELOW_REMOTE : SAMPLED
  return `{"traceId":"${span.traceId}","spanId":"${span.spanId}",` +
    (parent === undefined ? "" : `"parentSpanId":"${parent.spanId}",`) +
    `"name":${nameJson(span.name)},"kind":${kinds[span.kind]},"startTimeUnixNano":"${span.startTime}",` +
    `"endTimeUnixNano":"${span.endTime}","attributes":[${fieldsJson(span.fields)}${attributes}],` +
    `"events":[${[...span.events, ...events].map(eventJson).join()}],` +
    `"links":[${span.links.map(linkJson).join()}],"status":${status},"flags":${flags}}`
}

/** Attributes as OTLP's JSON. */
export const attributesJson = (attributes: Readonly<Record<string, unknown>>): string =>
  fieldsJson(Object.entries(attributes).flat())

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 }

/** The W3C flag, and that it is known whether the parent is remote. */
const SAMPLED = 0x101
const SAMPLED_BELOW_REMOTE = 0x301

const nameJson = remember(1000, (name: string): string => JSON.stringify(withoutPersonalData(name)))

/** What the end of a span adds to it. */
const outcomeOf = ({ endTime, exit, fields }: FinishedSpan) => {
  if (exit._tag === "Success") return succeeded
  if (Cause.hasInterruptsOnly(exit.cause)) {
    const comma = fields.length === 0 ? "" : ","
    return { attributes: comma + attributeJson("effect.fiber.interrupted", true), events: [], status: "{\"code\":0}" }
  }
  const errors = Cause.prettyErrors(exit.cause, { includeCauseInStack: true })
  const [first] = errors
  if (first === undefined) return succeeded
  return {
    attributes: "",
    events: errors.map((error): SpanEvent => ({
      name: "exception",
      time: endTime,
      attributes: {
        "exception.type": error.name,
        "exception.message": error.message,
        "exception.stacktrace": error.stack ?? ""
      }
    })),
    status: `{"code":2,"message":${JSON.stringify(withoutValues(first.message))}}`
  }
}

const succeeded = { attributes: "", events: [], status: "{\"code\":1}" }

const eventJson = ({ attributes, name, time }: SpanEvent): string =>
  `{"name":${JSON.stringify(withoutValues(name))},"timeUnixNano":"${time}","attributes":[${
    attributesJson(attributes)
  }]}`

const linkJson = ({ attributes, span }: Tracer.SpanLink): string =>
  `{"traceId":"${span.traceId}","spanId":"${span.spanId}","attributes":[${attributesJson(attributes)}]}`

const fieldsJson = (fields: ReadonlyArray<unknown>): string => {
  let json = ""
  for (let index = 0; index < fields.length; index += 2) {
    json += (index === 0 ? "" : ",") + attributeJson(String(fields[index]), fields[index + 1])
  }
  return json
}

const attributeJson = (name: string, value: unknown): string => {
  const label = labelOf(name)
  return typeof value === "string" && label.isPlain && isPlain(value)
    ? `${label.json}{"stringValue":"${value}"}}`
    : `${label.json}${valueJson(name, value)}}`
}

/** The beginning of an attribute, and whether plain text under this name may be shown as it is. */
const labelOf = remember(1000, (name: string) => ({
  json: `{"key":${JSON.stringify(name)},"value":`,
  isPlain: !isSecretName(name) && !examined.has(name)
}))

const examined = new Set(["exception.message", "exception.stacktrace", "url.full", "url.query"])

const valueJson = (name: string, value: unknown): string => {
  if (typeof value === "boolean") return `{"boolValue":${value}}`
  if (typeof value === "number" && Number.isSafeInteger(value)) return `{"intValue":${value}}`
  if (typeof value === "number" && Number.isFinite(value)) return `{"doubleValue":${value}}`
  const text = typeof value === "string" ? value : Formatter.format(value)
  return `{"stringValue":${JSON.stringify(harmless(name, text))}}`
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
