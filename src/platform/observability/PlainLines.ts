/**
 * A fast path for the most frequent lines, those of requests.
 *
 * Such a line holds only numbers, and text that needs no escaping and hides nothing. All other events go to `LogLines`,
 * which examines every value and takes three times as long (`test/bench/micro/log-line.ts`).
 */
import { Context, Option, References, Tracer } from "effect"
import type { Logger } from "effect"
import { millisText } from "../../kernel/InstantText.ts"
import { remember } from "../../kernel/Memo.ts"
import { isPlain, isSecretName } from "./Redaction.ts"

type Fields = Readonly<Record<string, unknown>>

/** An event as a line of JSON, or `undefined` if a value needs examining. For the parameters see `LineFormat`. */
export const plainLine = (event: Logger.Options<unknown>, millis: number, more: Fields): string | undefined => {
  const message = onlyText(event.message)
  if (message === undefined || event.cause.reasons.length > 0) return undefined
  const annotations: Fields = event.fiber.getRef(References.CurrentLogAnnotations)
  const span = spanFields(event)
  if (span !== undefined && "trace_id" in annotations) return undefined
  let line = `{"time":"${millisText(millis)}","level":"${event.logLevel.toLowerCase()}","message":"${message}"`
  let texts = message
  for (const fields of [annotations, span, more]) {
    for (const name in fields) {
      const label = labelOf(name)
      const value = fields[name]
      if (label !== undefined && typeof value === "string") {
        line += `${label}"${value}"`
        texts += value
      } else if (label !== undefined && typeof value === "number" && Number.isFinite(value)) {
        line += label + String(value)
      } else {
        return undefined
      }
    }
  }
  return isPlain(texts) ? `${line}}` : undefined
}

const onlyText = (message: unknown): string | undefined => {
  const part: unknown = Array.isArray(message) && message.length === 1 ? message[0] : message
  return typeof part === "string" ? part : undefined
}

/** The ids that link the line to its trace. */
export const spanFields = (event: Logger.Options<unknown>): Fields | undefined => {
  const span = realSpan(Context.getOrUndefined(event.fiber.context, Tracer.ParentSpan))
  if (span === undefined) return undefined
  return span._tag === "Span" ? { trace_id: span.traceId, span_id: span.spanId } : { trace_id: span.traceId }
}

/** Without tracing every span is a placeholder. Behind the placeholders is the caller's span, if there is one. */
const realSpan = (span: Tracer.AnySpan | undefined): Tracer.AnySpan | undefined => {
  if (span === undefined || !Context.get(span.annotations, Tracer.DisablePropagation)) return span
  return span._tag === "Span" ? realSpan(Option.getOrUndefined(span.parent)) : undefined
}

/** The start of a field in a line. `undefined` for names whose values need examining. */
const labelOf = remember(
  1000,
  (name: string): string | undefined =>
    reserved.has(name) || !isPlain(name) || isSecretName(name) ? undefined : `,"${name}":`
)

const reserved = new Set(["time", "level", "message"])
