/** The standard limits of what a span may have, and the variables that set them. */
import { Schema, Struct } from "effect"
import { schemaOf } from "../configuration/Setting.ts"
import type { SettingsTable, TextOf } from "../configuration/Setting.ts"
import * as Syntax from "../configuration/Syntax.ts"

/** The most of each kind. Of attributes the first are kept, of events and links the last. */
export interface SpanLimits {
  readonly attributes: number
  /** In UTF-16 code units, also of texts in arrays, events and links. */
  readonly valueLength: number
  readonly events: number
  readonly links: number
  readonly eventAttributes: number
  readonly linkAttributes: number
}

const Count = Schema.Trim.pipe(Schema.decodeTo(Syntax.WholeNumber({ min: 0, max: 999_999_999 })))

const DEFAULT = "128"

const countOf = (description: string, insteadOf?: string) => ({
  schema: Count,
  fallback: insteadOf === undefined ? DEFAULT : (textOf: TextOf) => textOf(insteadOf),
  description
})

const lengthOf = (description: string, insteadOf?: string) => ({
  schema: Schema.optionalKey(Count),
  fallback: insteadOf === undefined ? insteadOf : (textOf: TextOf) => textOf(insteadOf),
  description
})

export const spanLimitSettings = {
  OTEL_ATTRIBUTE_COUNT_LIMIT: countOf("The most attributes of a span. Further ones are dropped and counted."),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: countOf("The same. It takes precedence.", "OTEL_ATTRIBUTE_COUNT_LIMIT"),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: lengthOf("The longest text of an attribute. Longer ones are cut."),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: lengthOf(
    "The same. It takes precedence.",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"
  ),
  OTEL_SPAN_EVENT_COUNT_LIMIT: countOf("The most events of a span. The oldest are dropped and counted."),
  OTEL_SPAN_LINK_COUNT_LIMIT: countOf("The most links of a span. The oldest are dropped and counted."),
  OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT: countOf(
    "The name that OpenTelemetry's SDK for Node.js has for `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`."
  ),
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: countOf(
    "The most attributes of an event. Further ones are dropped and counted.",
    "OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT"
  ),
  OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: countOf(
    "The name that OpenTelemetry's SDK for Node.js has for `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`."
  ),
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: countOf(
    "The most attributes of a link. Further ones are dropped and counted.",
    "OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT"
  )
} satisfies SettingsTable

const LimitValues = Schema.Struct(Struct.map(spanLimitSettings, schemaOf))

export const spanLimits = (settings: typeof LimitValues.Type): SpanLimits => ({
  attributes: settings.OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT,
  valueLength: settings.OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT ?? Infinity,
  events: settings.OTEL_SPAN_EVENT_COUNT_LIMIT,
  links: settings.OTEL_SPAN_LINK_COUNT_LIMIT,
  eventAttributes: settings.OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT,
  linkAttributes: settings.OTEL_LINK_ATTRIBUTE_COUNT_LIMIT
})
