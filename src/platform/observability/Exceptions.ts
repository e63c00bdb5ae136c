/** Exceptions as logs and metrics show them: the type, the message without values, and where it happened. */
import { Cause, Logger, LogLevel, Metric } from "effect"
import { withoutValues } from "./Redaction.ts"

export interface ExceptionFields {
  readonly "exception.type": string
  readonly "exception.message": string
  readonly "exception.stacktrace": string
}

const FRAMES_MAX = 50
const CAUSES_MAX = 5

/**
 * The log fields of a cause's exceptions, the first one in front. `undefined` for a cause that is empty or only
 * interruption. The stack trace has the type and message of every exception and of its causes.
 */
export const exceptionFields = (cause: Cause.Cause<unknown>): ExceptionFields | undefined => {
  if (!hasException(cause)) return undefined
  const errors = Cause.prettyErrors(cause)
  const first = errors[0]
  if (first === undefined) return undefined
  return {
    "exception.type": exceptionType(first),
    "exception.message": withoutValues(first.message),
    "exception.stacktrace": errors.map((error) => stackTrace(error, 0)).join("\n")
  }
}

/** The class of an error. Other texts become `Error`, because each would be a new label value. */
export const exceptionType = (error: Error): string => /^[\w$.]{1,64}$/.test(error.name) ? error.name : "Error"

const hasException = (cause: Cause.Cause<unknown>): boolean =>
  cause.reasons.some((reason) => reason._tag !== "Interrupt")

const stackTrace = (error: Error, depth: number): string => {
  const title = `${exceptionType(error)}: ${withoutValues(error.message)}`
  const own = [title, ...stackFrames(error)].join("\n")
  if (!(error.cause instanceof Error)) return own
  return depth === CAUSES_MAX ? own : `${own}\nCaused by ${stackTrace(error.cause, depth + 1)}`
}

const isFrame = (line: string): boolean => /^\s+at /.test(line)

/** The frames below the message. The message may itself have lines that look like frames. */
const stackFrames = (error: Error): ReadonlyArray<string> => {
  const title = `${error.name}: ${error.message}`
  const stack = error.stack ?? ""
  const lines = (stack.startsWith(title) ? stack.slice(title.length) : stack).split("\n")
  const last = lines.findLastIndex((line) => !isFrame(line))
  return lines.slice(last + 1).filter(isFrame).slice(0, FRAMES_MAX)
}

const exceptions = Metric.counter("nodejs.exceptions", {
  description: "Exceptions logged as errors, by type",
  incremental: true
})

/** Counts the exceptions that are logged as errors. */
export const exceptionCounter = Logger.make<unknown, void>(({ cause, fiber, logLevel }) => {
  if (!LogLevel.isGreaterThanOrEqualTo(logLevel, "Error") || !hasException(cause)) return
  for (const error of Cause.prettyErrors(cause)) {
    Metric.withAttributes(exceptions, { "error.type": exceptionType(error) }).updateUnsafe(1, fiber.context)
  }
})
