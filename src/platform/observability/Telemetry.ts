/**
 * Pushes traces and metrics to an OpenTelemetry collector, if there is one.
 *
 * Without a destination for traces no spans are created. A caller's trace id still reaches the log, because the
 * caller's span stays the parent of the request. The SDK is loaded only when telemetry is pushed, because loading it
 * takes longer than running a command.
 *
 * A collector that is down doesn't slow requests. Telemetry is dropped and counted when a bounded queue is full, and a
 * push that takes too long is ended. One warning says so, and one line says when it works again.
 */
import { Effect, Layer, References } from "effect"
import type { TelemetryOptions } from "./TelemetrySettings.ts"

export const layer = (options: TelemetryOptions & { readonly serviceVersion: string }): Layer.Layer<never> => {
  const spans = Layer.succeed(References.TracerEnabled, options.traces !== undefined)
  if (options.traces === undefined && options.metrics === undefined) return spans
  return Layer.merge(spans, Layer.unwrap(Effect.map(loadExport, (otlp) => otlp.layer(options))))
}

const loadExport = Effect.promise(() => import("./OtlpExport.ts"))
