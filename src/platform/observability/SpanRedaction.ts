import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { isSecretName, REDACTED, withoutPersonalData, withoutValues } from "./Redaction.ts"

/**
 * Hides in a finished span what the log hides. Spans hold the whole message of an exception, and the query of a URL,
 * which may contain anything. The span is changed in place, because nobody else uses it any more.
 */
export const withoutSecrets = (span: ReadableSpan): ReadableSpan => {
  hideIn(span.attributes)
  for (const event of span.events) {
    if (event.attributes !== undefined) hideIn(event.attributes)
    event.name = withoutValues(event.name)
  }
  if (span.status.message !== undefined) span.status.message = withoutValues(span.status.message)
  return span
}

const hideIn = (attributes: ReadableSpan["attributes"]): void => {
  for (const name in attributes) {
    const value = attributes[name]
    if (typeof value === "string") attributes[name] = harmless(name, value)
  }
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
