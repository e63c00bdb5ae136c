/**
 * Logs one line when telemetry stops getting through, and one when it gets through again. Telemetry that is dropped
 * because the collector is too slow doesn't get through either. The duration of each export and the number of dropped
 * spans are metrics.
 */
import type { PushMetricExporter } from "@opentelemetry/sdk-metrics"
import { Clock, Context, Effect, Metric } from "effect"
import type { Scope } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { exceptionType } from "./Exceptions.ts"
import { withoutValues } from "./Redaction.ts"

type Done = Parameters<PushMetricExporter["export"]>[1]
type ExportResult = Parameters<Done>[0]

/** The SDK's code of an export that succeeded. */
const DONE = 0

const duration = (signal: string, failure?: string) =>
  Metric.histogram("http.client.request.duration", {
    description: "Duration of HTTP client requests, in seconds",
    boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    attributes: {
      unit: "s",
      "http.request.method": "POST",
      "url.template": `/v1/${signal}`,
      ...(failure === undefined ? {} : { "error.type": failure })
    }
  })

const spansDropped = Metric.counter("identity_spans_dropped_total", {
  description: "Spans dropped because too many waited for the collector",
  incremental: true
})

export interface ExportHealth {
  /**
   * Watches the result of an export. The SDK always hears of success: at a failure it would only reject the promise of
   * the next flush, which is a defect when the process ends.
   */
  readonly watch: (done: Done) => Done
  /** Counts a span that finds the queue full. */
  readonly drop: () => void
  /** Ends a time of drops. What is exported before that isn't reported as getting through, or lines would alternate. */
  readonly drained: () => void
}

export const make = Effect.fnUntraced(function*(
  signal: "traces" | "metrics"
): Effect.fn.Return<ExportHealth, never, Scope.Scope> {
  const announce = Announcer.onChange(false)
  const report = yield* Announcer.announceFromCallbacks((problem: string | undefined) =>
    problem === undefined
      ? announce(false, Effect.annotateLogs(Effect.logInfo("Telemetry is getting through again"), { signal }))
      : announce(
        true,
        Effect.annotateLogs(Effect.logWarning("Telemetry is not getting through"), { signal, reason: problem })
      )
  )
  const context = yield* Effect.context<never>()
  const clock = Context.get(context, Clock.Clock)
  let isDropping = false

  const watch = (done: Done): Done => {
    const startedAt = clock.monotonicTimeNanosUnsafe()
    return (result) => {
      const took = Number(clock.monotonicTimeNanosUnsafe() - startedAt) / 1e9
      duration(signal, result.code === DONE ? undefined : failureOf(result)).updateUnsafe(took, context)
      if (result.code !== DONE) report(reason(result))
      else if (!isDropping) report(undefined)
      done({ code: DONE })
    }
  }

  const drop = () => {
    spansDropped.updateUnsafe(1, context)
    if (isDropping) return
    isDropping = true
    report("more spans end than the collector takes")
  }

  const drained = () => {
    isDropping = false
  }

  if (signal === "traces") yield* Metric.value(spansDropped)
  return { watch, drop, drained }
})

/** The status of the response, or the class of the error. */
const failureOf = ({ error }: ExportResult): string => {
  if (error === undefined) return "Error"
  return "code" in error && typeof error.code === "number" ? String(error.code) : exceptionType(error)
}

/** A refused connection to several addresses is an error with an empty message. */
const reason = ({ error }: ExportResult): string => withoutValues(error?.message || error?.name || "unknown")
