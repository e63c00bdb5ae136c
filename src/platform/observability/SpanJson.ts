/**
 * A finished span as the JSON of OTLP. What the log hides is hidden in it, too: spans hold the whole message of an
 * exception, and the query of a URL, which may contain anything.
 */
import { Cause, Option, Record } from "effect"
import type { Exit, Tracer } from "effect"
import { remember } from "../../kernel/Memo.ts"
import { attributeFields } from "./AttributeJson.ts"
import { withoutPersonalData, withoutValues } from "./Redaction.ts"
import type { SpanLimits } from "./SpanLimits.ts"

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

export const spanJson = (span: FinishedSpan, limits: SpanLimits): string => {
  const parent = Option.getOrUndefined(span.parent)
  const { events, fields, status } = outcomeOf(span)
  return `{"traceId":"${span.traceId}","spanId":"${span.spanId}",` +
    (parent === undefined ? "" : `"parentSpanId":"${parent.spanId}",`) +
    `"name":${nameJson(span.name)},"kind":${kinds[span.kind]},"startTimeUnixNano":"${span.startTime}",` +
    `"endTimeUnixNano":"${span.endTime}",${attributeFields(fields, limits.attributes, limits.valueLength)},` +
    `"events":${lastJson(events, limits.events, "droppedEventsCount", (event) => eventJson(event, limits))},` +
    `"links":${lastJson(span.links, limits.links, "droppedLinksCount", (link) => linkJson(link, limits))},` +
    `"status":${status},"flags":${flagsOf(true, parent)}}`
}

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 }

/** The W3C flag, that it is known whether the other span is remote, and whether it is. */
const flagsOf = (sampled: boolean, other: Tracer.AnySpan | undefined): number =>
  (sampled ? 0x101 : 0x100) + (other?._tag === "ExternalSpan" ? 0x200 : 0)

const nameJson = remember(1000, (name: string): string => JSON.stringify(withoutPersonalData(name)))

/** A span's status, and its attributes and events with what its end adds to them. */
const outcomeOf = ({ endTime, events, exit, fields }: FinishedSpan) => {
  if (exit._tag === "Success") return { fields, events, status: "{\"code\":1}" }
  if (Cause.hasInterruptsOnly(exit.cause)) {
    return { fields: [...fields, "effect.fiber.interrupted", true], events, status: "{\"code\":0}" }
  }
  const errors = Cause.prettyErrors(exit.cause, { includeCauseInStack: true })
  const [first] = errors
  if (first === undefined) return { fields, events, status: "{\"code\":1}" }
  return {
    fields,
    events: [...events, ...errors.map((error) => exceptionEvent(error, endTime))],
    status: `{"code":2,"message":${JSON.stringify(withoutValues(first.message))}}`
  }
}

/** As OpenTelemetry's SDK records an exception: under its code, if it has one. */
const exceptionEvent = (error: Error, time: bigint): SpanEvent => ({
  name: "exception",
  time,
  attributes: Record.filter({
    "exception.type": "code" in error && Boolean(error.code) ? String(error.code) : error.name,
    "exception.message": error.message,
    "exception.stacktrace": error.stack ?? ""
  }, (text) => text !== "")
})

const lastJson = <A>(all: ReadonlyArray<A>, max: number, dropped: string, jsonOf: (one: A) => string): string => {
  if (all.length === 0) return "[]"
  if (all.length <= max) return `[${all.map(jsonOf).join()}]`
  const from = all.length - max
  return `[${all.slice(from).map(jsonOf).join()}],"${dropped}":${from}`
}

const eventJson = ({ attributes, name, time }: SpanEvent, limits: SpanLimits): string =>
  `{"name":${JSON.stringify(withoutValues(name))},"timeUnixNano":"${time}",` +
  `${attributeFields(Object.entries(attributes).flat(), limits.eventAttributes, limits.valueLength)}}`

const linkJson = ({ attributes, span }: Tracer.SpanLink, limits: SpanLimits): string =>
  `{"traceId":"${span.traceId}","spanId":"${span.spanId}",` +
  `${attributeFields(Object.entries(attributes).flat(), limits.linkAttributes, limits.valueLength)},` +
  `"flags":${flagsOf(span.sampled, span)}}`
