/**
 * Tells the log when telemetry stops getting through, and when it does again: one line each, however long it takes. How
 * long each export took is a metric: nothing else is asked of others over HTTP.
 */
import type { SpanExporter } from "@opentelemetry/sdk-trace-base"
import { Clock, Context, Effect, Metric } from "effect"
import type { Scope } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { exceptionType } from "./Exceptions.ts"
import { withoutValues } from "./Secrecy.ts"

type Done = Parameters<SpanExporter["export"]>[1]
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
 * Answers a function that watches the results an exporter reports. The SDK is told that all went well: it would do
 * nothing more about a failure than reject the promise of the next flush, which at the end of the process is a defect.
 */
export const make = Effect.fnUntraced(function*(
  signal: "traces" | "metrics"
): Effect.fn.Return<(done: Done) => Done, never, Scope.Scope> {
  const announce = Announcer.onChange(false)
  const report = yield* Announcer.fromCallbacks((result: ExportResult) =>
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

/** The status of an answer, else the class of the error. */
const failureOf = ({ error }: ExportResult): string => {
  if (error === undefined) return "Error"
  return "code" in error && typeof error.code === "number" ? String(error.code) : exceptionType(error)
}

/** A refused connection to several addresses is an error without a message of its own. */
const reason = ({ error }: ExportResult): string => withoutValues(error?.message || error?.name || "unknown")
