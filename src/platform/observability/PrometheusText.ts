/**
 * Metrics in the Prometheus text format.
 *
 * Metrics have the names of the OpenTelemetry semantic conventions and their unit in the attribute `unit`. Here they
 * get the spelling that OpenTelemetry prescribes for Prometheus: underscores for dots, the base unit spelt out,
 * `_total` on counters. `http.server.request.duration` in `s` becomes `http_server_request_duration_seconds`.
 */
import { Context, Metric } from "effect"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import type { MetricSnapshot } from "./MetricSnapshots.ts"

export const render = (snapshots: ReadonlyArray<MetricSnapshot>): string => {
  // The formatter takes a registry.
  const registry: Metric.MetricRegistry = new Map()
  for (const [index, snapshot] of snapshots.entries()) {
    const { attributes, description, type } = snapshot
    const state = stateOf(snapshot)
    const hooks = { get: () => state, update: () => undefined, modify: () => undefined }
    registry.set(String(index), { id: prometheusName(snapshot), type, description, attributes, hooks })
  }
  return PrometheusMetrics.formatUnsafe(Context.make(Metric.MetricRegistry, registry))
}

const stateOf = ({ boundaries, type, values: [first = 0, sum = 0, ...below] }: MetricSnapshot) => {
  switch (type) {
    case "Counter":
      return { count: first, incremental: true }
    case "Gauge":
      return { value: first }
    case "Histogram":
      return {
        count: first,
        sum,
        min: 0,
        max: 0,
        buckets: boundaries.map((boundary, index) => [boundary, below[index]])
      }
  }
}

const unitSuffixes = new Map([["s", "seconds"], ["By", "bytes"], ["1", "ratio"]])

const prometheusName = ({ attributes, id, type }: MetricSnapshot): string => {
  const withUnit = withSuffix(id.replaceAll(".", "_"), unitSuffixes.get(attributes["unit"] ?? ""))
  return type === "Counter" ? withSuffix(withUnit, "total") : withUnit
}

const withSuffix = (name: string, suffix: string | undefined): string =>
  suffix === undefined || name.endsWith(`_${suffix}`) ? name : `${name}_${suffix}`
