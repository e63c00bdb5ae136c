/**
 * Pushes traces and metrics to an OpenTelemetry collector, if there is one.
 *
 * Without a destination for traces no spans are made at all; a caller's trace id still reaches the log, because the
 * span of the caller stays the parent of the request. The SDK is loaded only when something is to be pushed, as
 * it takes longer to load than a command of ours takes to run.
 *
 * A collector that is down costs requests nothing: what can't be sent is dropped when a bounded queue is full, one
 * warning says so, and one line says when it works again.
 */
import { Effect, Layer, References } from "effect"
import type { TelemetryOptions } from "./TelemetrySettings.ts"

export const layer = (options: TelemetryOptions & { readonly serviceVersion: string }): Layer.Layer<never> => {
  const spans = Layer.succeed(References.TracerEnabled, options.traces !== undefined)
  if (options.traces === undefined && options.metrics === undefined) return spans
  return Layer.merge(spans, Layer.unwrap(Effect.map(loadExport, (otlp) => otlp.layer(options))))
}

const loadExport = Effect.promise(() => import("./OtlpExport.ts"))
