/**
 * All metrics in the Prometheus text format.
 *
 * Inside, metrics have the names of the OpenTelemetry semantic conventions and carry their unit as the attribute
 * `unit`. Here they get the spelling that OpenTelemetry prescribes for Prometheus: underscores for dots, the base unit
 * spelt out, `_total` on counters. `http.server.request.duration` in `s` is `http_server_request_duration_seconds`.
 */
import { Effect, Metric } from "effect"
import type { Context } from "effect"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"

/** The metrics as they are now, each sampled once. */
export const render: Effect.Effect<string> = Effect.contextWith((context: Context.Context<never>) =>
  Effect.sync(() => renderUnsafe(context))
)

const renderUnsafe = (context: Context.Context<never>): string => {
  const names = new Map<string, string>()
  const upDown = new Set<string>()
  for (const metric of Metric.snapshotUnsafe(context)) {
    const name = prometheusName(metric)
    names.set(metric.id, name)
    if (metric.type === "Counter" && !metric.state.incremental) upDown.add(`# TYPE ${name} counter`)
  }
  const text = PrometheusMetrics.formatUnsafe(context, { metricNameMapper: (id) => names.get(id) ?? id })
  // The formatter calls every counter one, also those that go down. To Prometheus these are gauges.
  return upDown.size === 0 ? text : text.split("\n")
    .map((line) => upDown.has(line) ? line.replace(/counter$/, "gauge") : line)
    .join("\n")
}

const unitSuffixes = new Map([["s", "seconds"], ["By", "bytes"], ["1", "ratio"]])

const prometheusName = (metric: Metric.Metric.Snapshot): string => {
  const base = metric.id.replaceAll(".", "_")
  const withUnit = withSuffix(base, unitSuffixes.get(metric.attributes?.["unit"] ?? ""))
  return metric.type === "Counter" && metric.state.incremental ? withSuffix(withUnit, "total") : withUnit
}

const withSuffix = (name: string, suffix: string | undefined): string =>
  suffix === undefined || name.endsWith(`_${suffix}`) ? name : `${name}_${suffix}`
