/**
 * Traces and metrics over OTLP/HTTP. The requests of both are sent by the OpenTelemetry SDK, which repeats them and
 * knows its own variables for compression and certificates. Metrics are its own, spans are recorded here
 * (`SpanRecorder`), for a fraction of the time.
 *
 * The encoding is JSON, which every OTLP/HTTP receiver takes and which needs no second codec. This module is loaded
 * only when telemetry is pushed, see `Telemetry`.
 */
import * as OtelMetrics from "@effect/opentelemetry/OtelMetrics"
import * as Resource from "@effect/opentelemetry/Resource"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from "@opentelemetry/otlp-exporter-base/node-http"
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics"
import { Context, Effect, Layer, Random, Redacted, Tracer } from "effect"
import * as Version from "effect/Version"
import { hostname } from "node:os"
import { TraceSampling } from "../../kernel/TraceSampling.ts"
import { resourceJson } from "./AttributeJson.ts"
import * as ExportDeadline from "./ExportDeadline.ts"
import * as ExportHealth from "./ExportHealth.ts"
import * as SpanQueue from "./SpanQueue.ts"
import * as SpanRecorder from "./SpanRecorder.ts"
import type { Destination, TelemetryOptions } from "./TelemetrySettings.ts"

/** How long the process waits at its end for a collector. Traces and metrics are flushed side by side. */
const SHUTDOWN_TIMEOUT = "1 second"

export const layer = (options: TelemetryOptions & { readonly serviceVersion: string }): Layer.Layer<never> =>
  Layer.mergeAll(
    options.traces === undefined ? Layer.empty : traces(options, options.traces),
    options.metrics === undefined ? Layer.empty : metrics(options, options.metrics)
  ).pipe(
    Layer.provide(Resource.layer({
      serviceName: options.serviceName,
      serviceVersion: options.serviceVersion,
      // Servers that push the same series need different instance ids.
      attributes: { "service.instance.id": `${hostname()}:${process.pid}`, ...options.resourceAttributes }
    }))
  )

const traces = (options: TelemetryOptions, to: Destination) =>
  Layer.effectContext(Effect.gen(function*() {
    const { attributes } = yield* Resource.Resource
    const health = yield* ExportHealth.make("traces")
    const deadline = ExportDeadline.make("TRACES", to.timeoutMillis)
    const random = yield* Random.Random
    const requests = makeRequests(to, deadline)
    const queue = SpanQueue.make({
      ...options.spanQueue,
      around: [
        `{"resourceSpans":[{"resource":${resourceJson(attributes)},` +
        `"scopeSpans":[{"scope":{"name":"effect","version":"${Version.getCurrentVersion()}"},"spans":[`,
        "]}]}]}"
      ],
      send: (body, done) => requests.export(body, deadline.limit(health.watch(done))),
      onDrop: health.drop,
      onDrained: health.drained
    })
    yield* Effect.addFinalizer(() =>
      queue.flush.pipe(
        Effect.andThen(Effect.promise(() => requests.shutdown())),
        Effect.timeoutOption(SHUTDOWN_TIMEOUT)
      )
    )
    const samples = SpanRecorder.sampling(options.sampling, () => random.nextDoubleUnsafe())
    return Context.make(Tracer.Tracer, SpanRecorder.make(samples, options.spanLimits, queue.add)).pipe(
      Context.add(TraceSampling, samples)
    )
  }))

/** Sends bodies that are complete. */
const makeRequests = (to: Destination, deadline: ExportDeadline.ExportDeadline) =>
  createOtlpHttpExportDelegate<Uint8Array, unknown>(
    convertLegacyHttpOptions(exporterOptions(to, deadline), "TRACES", "v1/traces", {
      "Content-Type": "application/json"
    }),
    { serializeRequest: (body) => body, deserializeResponse: () => undefined },
    "otlp_http_span_exporter",
    { name: "span", countItems: () => 0 },
    undefined
  )

const metrics = (options: TelemetryOptions, to: Destination) =>
  Layer.unwrap(Effect.map(ExportHealth.make("metrics"), (health) => {
    const timeoutMillis = Math.min(to.timeoutMillis, options.metricsIntervalMillis)
    const deadline = ExportDeadline.make("METRICS", timeoutMillis)
    const exporter = new OTLPMetricExporter(exporterOptions(to, deadline))
    const reader = () =>
      new PeriodicExportingMetricReader({
        exporter: {
          export: (collected, done) =>
            exporter.export(withoutUnitAttributes(collected), deadline.limit(health.watch(done))),
          forceFlush: () => exporter.forceFlush(),
          shutdown: () => exporter.shutdown()
        },
        exportIntervalMillis: options.metricsIntervalMillis,
        exportTimeoutMillis: timeoutMillis
      })
    return OtelMetrics.layer(reader, { shutdownTimeout: SHUTDOWN_TIMEOUT, temporality: options.metricsTemporality })
  }))

/**
 * Removes the attribute `unit`, in which Effect keeps a metric's unit. OpenTelemetry has a field for it, which is set
 * already.
 */
const withoutUnitAttributes = (collected: ResourceMetrics): ResourceMetrics => {
  for (const { metrics } of collected.scopeMetrics) {
    for (const { dataPoints } of metrics) {
      for (const { attributes } of dataPoints) delete attributes["unit"]
    }
  }
  return collected
}

const exporterOptions = (to: Destination, { httpAgentOptions }: ExportDeadline.ExportDeadline) => ({
  url: to.url,
  headers: { ...Redacted.value(to.headers) },
  timeoutMillis: to.timeoutMillis,
  httpAgentOptions
})
