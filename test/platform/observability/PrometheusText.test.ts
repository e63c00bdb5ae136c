import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { spawnSync } from "node:child_process"
import { accountsCreated, sessionsEndedBy, signInOutcome } from "../../../src/domain/telemetry/IdentityMetrics.ts"
import * as Logging from "../../../src/platform/observability/Logging.ts"
import * as ProcessMetrics from "../../../src/platform/observability/ProcessMetrics.ts"
import { nearly } from "../../support/texts.ts"
import * as LogCapture from "./LogCapture.ts"
import { prometheusText } from "./prometheus-text.ts"

const alone = Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map()))

const update = Effect.gen(function*() {
  yield* Metric.update(accountsCreated, 1)
  yield* Metric.update(signInOutcome("refused"), 2)
  yield* Metric.update(sessionsEndedBy("revoked"), 3)
  yield* Metric.update(
    Metric.histogram("http.server.request.duration", {
      description: "Duration of requests",
      boundaries: [0.005, 0.01],
      attributes: { unit: "s", "http.route": "/sessions/{id}" }
    }),
    0.007
  )
  yield* Metric.update(
    Metric.counter("http.server.active_requests", { description: "Requests in flight" }),
    1
  )
})

const serverMetrics = Layer.merge(
  ProcessMetrics.layer,
  Logging.layer({ format: "json", level: "Info", stream: LogCapture.make().stream })
)

const promtool = spawnSync("promtool", ["--version"]).status === 0

describe("the Prometheus text", () => {
  it.effect("dots are underscores, units are spelt out, counters are totals", () =>
    Effect.gen(function*() {
      yield* update
      const text = yield* prometheusText
      assert.include(text, "identity_accounts_created_total 1\n")
      assert.include(text, "identity_sign_ins_total{outcome=\"refused\"} 2\n")
      assert.include(text, "identity_sessions_ended_total{reason=\"revoked\"} 3\n")
      assert.include(text, "http_server_request_duration_seconds_bucket{http_route=\"/sessions/{id}\",le=\"0.01\"} 1\n")
      assert.include(text, "http_server_request_duration_seconds_sum{http_route=\"/sessions/{id}\"} 0.007\n")
    }).pipe(alone))

  it.effect("a counter that can go down is a gauge", () =>
    Effect.gen(function*() {
      yield* update
      const text = yield* prometheusText
      assert.include(text, "# TYPE http_server_active_requests gauge\nhttp_server_active_requests 1\n")
    }).pipe(alone))

  it.effect.prop("a label is read as it was given, and stays on its line", {
    route: nearly("/sessions/{id}", "\\n", "\"} 9", "\n# EOF")
  }, ({ route }) =>
    Effect.gen(function*() {
      yield* Metric.update(Metric.counter("requests", { incremental: true, attributes: { route } }), 1)
      const lines = (yield* prometheusText).split("\n").filter((line) => line !== "" && !line.startsWith("#"))
      const [, label = ""] = /^requests_total\{route="((?:[^"\\]|\\.)*)"\} 1$/.exec(lines.join("\n")) ?? []
      const read = label.replaceAll(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : String(escaped))
      assert.deepStrictEqual([lines.length, read], [1, route])
    }).pipe(alone))

  it.effect("metrics go away with the layer that registered them", () =>
    Effect.gen(function*() {
      const during = yield* Effect.provide(prometheusText, Layer.fresh(serverMetrics))
      assert.include(during, "process_memory_usage_bytes ")
      assert.notInclude(yield* prometheusText, "process_memory_usage_bytes")
    }).pipe(alone))

  // Debian's package `prometheus` has promtool. The command that runs the whole gate makes sure that it is there.
  it.effect.skipIf(!promtool)("promtool has nothing to say about it", () =>
    Effect.gen(function*() {
      yield* update
      const text = yield* Effect.provide(prometheusText, Layer.fresh(serverMetrics))
      const { status, stderr, stdout } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" })
      assert.deepStrictEqual({ status, said: stdout + stderr }, { status: 0, said: "" })
    }).pipe(alone))
})
