/**
 * Tells the log when telemetry stops getting through, and when it does again: one line each, however long it takes.
 */
import type { SpanExporter } from "@opentelemetry/sdk-trace-base"
import { Effect } from "effect"
import type { Scope } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { withoutValues } from "./Secrecy.ts"

type Done = Parameters<SpanExporter["export"]>[1]
type ExportResult = Parameters<Done>[0]

/** The SDK's code of an export that succeeded. */
const DONE = 0

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
  return (done) => (result) => {
    report(result)
    done({ code: DONE })
  }
})

/** A refused connection to several addresses is an error without a message of its own. */
const reason = ({ error }: ExportResult): string => withoutValues(error?.message || error?.name || "unknown")
