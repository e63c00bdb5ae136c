/**
 * Traces and metrics over OTLP/HTTP, through the OpenTelemetry SDK.
 *
 * The encoding is JSON, which every OTLP/HTTP receiver takes and which needs no second codec. This module is loaded
 * only when telemetry is pushed, see `Telemetry`.
 */
import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import * as OtelMetrics from "@effect/opentelemetry/OtelMetrics"
import * as OtelTracer from "@effect/opentelemetry/OtelTracer"
import * as Resource from "@effect/opentelemetry/Resource"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics"
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler
} from "@opentelemetry/sdk-trace-base"
import type { Sampler } from "@opentelemetry/sdk-trace-base"
import { Effect, Layer, Option, Random, Redacted, Tracer } from "effect"
import { hostname } from "node:os"
import * as ExportHealth from "./ExportHealth.ts"
import { withoutSecrets } from "./SpanRedaction.ts"
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
  Layer.unwrap(Effect.map(ExportHealth.make("traces"), (watched) => {
    const exporter = new OTLPTraceExporter(exporterOptions(to))
    const processor = new BatchSpanProcessor({
      export: (spans, done) => exporter.export(spans.map(withoutSecrets), watched(done)),
      forceFlush: () => exporter.forceFlush(),
      shutdown: () => exporter.shutdown()
    })
    return Layer.effect(
      Tracer.Tracer,
      Effect.zipWith(OtelTracer.make, Random.Random, sampledSpans(options.sampling.ratio))
    ).pipe(
      Layer.provide(OtelTracer.layerTracer),
      Layer.provide(NodeSdk.layerTracerProvider(processor, {
        sampler: sampler(options.sampling),
        shutdownTimeout: SHUTDOWN_TIMEOUT
      }))
    )
  }))

/**
 * Creates spans without keeping OpenTelemetry's current span up to date at each step of every effect. Only its own
 * instrumentations need that, and we use none. It would take half of the time of a traced request.
 *
 * For a trace that begins here, we decide at random whether to record it before OpenTelemetry sees it, because its
 * spans cost the same whether or not they are recorded. For traces of callers the sampler decides, by their id.
 */
const sampledSpans = (ratio: number) => (tracer: Tracer.Tracer, random: typeof Random.Random.Service): Tracer.Tracer =>
  Tracer.make({
    span: (options) => {
      const parent = Option.getOrUndefined(options.parent)
      const isUnsampled = parent === undefined
        ? random.nextDoubleUnsafe() >= ratio
        : parent._tag === "Span" && !parent.sampled
      return isUnsampled ? new Tracer.NativeSpan({ ...options, sampled: false }) : tracer.span(options)
    }
  })

const metrics = (options: TelemetryOptions, to: Destination) =>
  Layer.unwrap(Effect.map(ExportHealth.make("metrics"), (watched) => {
    const exporter = new OTLPMetricExporter(exporterOptions(to))
    const reader = () =>
      new PeriodicExportingMetricReader({
        exporter: {
          export: (collected, done) => exporter.export(withoutUnitAttributes(collected), watched(done)),
          forceFlush: () => exporter.forceFlush(),
          shutdown: () => exporter.shutdown()
        },
        exportIntervalMillis: options.metricsIntervalMillis,
        exportTimeoutMillis: Math.min(to.timeoutMillis, options.metricsIntervalMillis)
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

const exporterOptions = (to: Destination) => ({
  url: to.url,
  headers: { ...Redacted.value(to.headers) },
  timeoutMillis: to.timeoutMillis
})

/**
 * Records every trace that begins here, because `sampledSpans` has already chosen. Decides for traces that began
 * elsewhere.
 */
const sampler = ({ parentBased, ratio }: TelemetryOptions["sampling"]): Sampler => {
  const root = new AlwaysOnSampler()
  if (parentBased) return new ParentBasedSampler({ root })
  const remote = new TraceIdRatioBasedSampler(ratio)
  return new ParentBasedSampler({ root, remoteParentSampled: remote, remoteParentNotSampled: remote })
}
