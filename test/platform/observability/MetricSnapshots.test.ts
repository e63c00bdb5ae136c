import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, Schema } from "effect"
import * as MetricSnapshots from "../../../src/platform/observability/MetricSnapshots.ts"
import * as ProcessMetrics from "../../../src/platform/observability/ProcessMetrics.ts"
import * as PrometheusText from "../../../src/platform/observability/PrometheusText.ts"

const { labelled, countersOf, sum } = MetricSnapshots

const Report = Schema.fromJsonString(Schema.Array(MetricSnapshots.MetricSnapshot))

/** The metrics of one process that has counted `count` of everything, as another process gets them. */
const metricsOf = (count: number) =>
  Effect.gen(function*() {
    yield* Metric.update(Metric.gauge("identity_tls_expiry"), count)
    yield* Metric.update(Metric.counter("signs", { incremental: true, attributes: { outcome: "succeeded" } }), count)
    yield* Metric.update(Metric.counter("active", { description: "Under way" }), count)
    yield* Metric.update(Metric.gauge("queue"), count)
    yield* Metric.update(
      Metric.histogram("took", { boundaries: [1, 10], attributes: { unit: "s", "http.route": "/a b/{id}" } }),
      count
    )
    const taken = yield* Effect.provide(MetricSnapshots.take, Layer.fresh(ProcessMetrics.layer))
    return yield* Schema.decodeEffect(Report)(yield* Schema.encodeEffect(Report)(taken))
  }).pipe(Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map())))

const linesOf = (text: string, name: string) => text.split("\n").filter((line) => line.startsWith(name))

describe("the sum of several processes", () => {
  it.effect("adds counters, gauges and histograms up by their labels", () =>
    Effect.gen(function*() {
      const text = PrometheusText.render(sum([...yield* metricsOf(0), ...yield* metricsOf(2), ...yield* metricsOf(5)]))
      assert.deepStrictEqual(linesOf(text, "signs"), ["signs_total{outcome=\"succeeded\"} 7"])
      assert.deepStrictEqual(linesOf(text, "active"), ["active 7"])
      assert.deepStrictEqual(linesOf(text, "queue"), ["queue 7"])
      assert.deepStrictEqual(linesOf(text, "took"), [
        "took_seconds_bucket{http_route=\"/a b/{id}\",le=\"1\"} 1",
        "took_seconds_bucket{http_route=\"/a b/{id}\",le=\"10\"} 3",
        "took_seconds_bucket{http_route=\"/a b/{id}\",le=\"+Inf\"} 3",
        "took_seconds_sum{http_route=\"/a b/{id}\"} 7",
        "took_seconds_count{http_route=\"/a b/{id}\"} 3"
      ])
    }))

  it.effect("keeps what those had counted that are no more, and not what they were doing", () =>
    Effect.gen(function*() {
      const kept = sum([...countersOf(yield* metricsOf(3)), ...countersOf(yield* metricsOf(4))])
      const text = PrometheusText.render(sum([...kept, ...yield* metricsOf(2)]))
      assert.deepStrictEqual(linesOf(text, "signs"), ["signs_total{outcome=\"succeeded\"} 9"])
      assert.include(text, "took_seconds_sum{http_route=\"/a b/{id}\"} 9\n")
      assert.deepStrictEqual([...linesOf(text, "active"), ...linesOf(text, "queue")], ["active 2", "queue 2"])
      assert.isEmpty(linesOf(PrometheusText.render(kept), "process_"))
    }))

  it.effect("tells processes apart where a sum would say nothing", () =>
    Effect.gen(function*() {
      const own = labelled("primary", yield* metricsOf(1))
      const text = PrometheusText.render(sum([...own, ...labelled("1", yield* metricsOf(1))]))
      const labels = (name: string) => linesOf(text, name).map((line) => line.slice(name.length, line.indexOf("}") + 1))
      assert.deepStrictEqual(labels("process_memory_usage_bytes"), ["{worker=\"primary\"}", "{worker=\"1\"}"])
      assert.deepStrictEqual(labels("nodejs_eventloop_delay_max_seconds"), ["{worker=\"primary\"}", "{worker=\"1\"}"])
      assert.include(labels("process_cpu_time_seconds_total"), "{cpu_mode=\"user\",worker=\"1\"}")
      assert.deepStrictEqual(linesOf(text, "queue"), ["queue 2"])
      assert.deepStrictEqual(labels("identity_tls_expiry"), ["{worker=\"primary\"}", "{worker=\"1\"}"])
    }))

  it.effect("says once what a metric is", () =>
    Effect.gen(function*() {
      const text = PrometheusText.render(sum([...yield* metricsOf(1), ...labelled("1", yield* metricsOf(1))]))
      assert.deepStrictEqual(linesOf(text, "# HELP active"), ["# HELP active Under way"])
      const types = linesOf(text, "# TYPE ")
      assert.strictEqual(new Set(types).size, types.length)
    }))

  it.effect("leaves out what is no number, which could not be told to another process", () =>
    Effect.gen(function*() {
      yield* Metric.update(Metric.gauge("broken"), Number.NaN)
      assert.deepStrictEqual(yield* MetricSnapshots.take, [])
    }).pipe(Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map()))))
})
