/**
 * Logs one line when telemetry stops getting through, and one when it gets through again. The duration of each export
 * is a metric.
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

/**
 * Returns a function that watches the results of an exporter. The SDK always hears of success: at a failure it would
 * only reject the promise of the next flush, which is a defect when the process ends.
 */
export const make = Effect.fnUntraced(function*(
  signal: "traces" | "metrics"
): Effect.fn.Return<(done: Done) => Done, never, Scope.Scope> {
  const announce = Announcer.onChange(false)
  const report = yield* Announcer.announceFromCallbacks((result: ExportResult) =>
    result.code === DONE
      ? announce(false, Effect.annotateLogs(Effect.logInfo("Telemetry is getting through again"), { signal }))
      : announce(
        true,
        Effect.annotateLogs(Effect.logWarning("Telemetry is not getting through"), { signal, reason: reason(result) })
      )
  )
  const context = yield* Effect.context<never>()
  const clock = Context.get(context, Clock.Clock)
  return (done) => {
    const startedAt = clock.monotonicTimeNanosUnsafe()
    return (result) => {
      const took = Number(clock.monotonicTimeNanosUnsafe() - startedAt) / 1e9
      duration(signal, result.code === DONE ? undefined : failureOf(result)).updateUnsafe(took, context)
      report(result)
      done({ code: DONE })
    }
  }
})

/** The status of the response, or the class of the error. */
const failureOf = ({ error }: ExportResult): string => {
  if (error === undefined) return "Error"
  return "code" in error && typeof error.code === "number" ? String(error.code) : exceptionType(error)
}

/** A refused connection to several addresses is an error with an empty message. */
const reason = ({ error }: ExportResult): string => withoutValues(error?.message || error?.name || "unknown")
