import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Metric, Schema, Tracer } from "effect"
import * as Logging from "../../../src/platform/observability/Logging.ts"
import * as Telemetry from "../../../src/platform/observability/Telemetry.ts"
import { snapshotsOf, withOwnMetrics } from "../../support/metrics.ts"
import * as LogCapture from "./LogCapture.ts"
import * as OtlpCollector from "./OtlpCollector.ts"
import type { Received } from "./OtlpCollector.ts"
import { optionsOf } from "./telemetry-options.ts"
import type { Variables } from "./telemetry-options.ts"

const caller = Tracer.externalSpan({
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  sampled: true
})

const telemetry = (variables: Variables) => Telemetry.layer({ ...optionsOf(variables), serviceVersion: "1.2.3" })

const run = <A, E>(effect: Effect.Effect<A, E>, variables: Variables) =>
  Effect.provide(effect, telemetry(variables)).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))

const Attribute = Schema.Struct({
  key: Schema.String,
  value: Schema.Struct({ stringValue: Schema.optional(Schema.String) })
})
const Span = Schema.Struct({
  traceId: Schema.String,
  spanId: Schema.String,
  parentSpanId: Schema.optional(Schema.String),
  name: Schema.String,
  kind: Schema.Int
})
const Traces = Schema.fromJsonString(Schema.Struct({
  resourceSpans: Schema.Array(Schema.Struct({
    resource: Schema.Struct({ attributes: Schema.Array(Attribute) }),
    scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(Span) }))
  }))
}))

const tracesIn = (received: ReadonlyArray<Received>) =>
  received.filter(({ path }) => path === "/v1/traces")
    .flatMap(({ text }) => Schema.decodeSync(Traces)(text).resourceSpans)

const spansIn = (received: ReadonlyArray<Received>) =>
  tracesIn(received).flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))

const lookup = "SessionStore.findSession"

const requests = Metric.counter("requests", { incremental: true })

const request = Metric.update(requests, 1).pipe(
  Effect.withSpan(lookup, { kind: "client" }),
  Effect.withSpan("Sessions.verify"),
  Effect.withSpan("GET /sessions/me", { kind: "server" })
)

describe("Telemetry", () => {
  it.live("a trace arrives as server, service and store span under the caller's span", () =>
    Effect.gen(function*() {
      const collector = yield* OtlpCollector.start
      yield* run(Effect.withParentSpan(request, caller), {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=a%20b",
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,owner.email=ops@example.com"
      })
      const spans = spansIn(collector.received)
      const named = (name: string) => spans.find((span) => span.name === name)
      const [server, service, store] = [named("GET /sessions/me"), named("Sessions.verify"), named(lookup)]
      assert.strictEqual(server?.parentSpanId, caller.spanId)
      assert.strictEqual(service?.parentSpanId, server?.spanId)
      assert.strictEqual(store?.parentSpanId, service?.spanId)
      assert.deepStrictEqual(spans.map(({ traceId }) => traceId), Array(3).fill(caller.traceId))
      const resource = tracesIn(collector.received)[0]?.resource.attributes ?? []
      const valueOf = (key: string) => resource.find((attribute) => attribute.key === key)?.value.stringValue
      assert.deepStrictEqual(
        ["service.name", "service.version", "deployment.environment.name", "owner.email"].map(valueOf),
        ["identity", "1.2.3", "test", "ops@example.com"]
      )
      assert.strictEqual(collector.received[0]?.headers["x-tenant"], "a b")
    }).pipe(Effect.scoped))

  it.live("a caller that is not sampled is not sampled here", () =>
    Effect.gen(function*() {
      const collector = yield* OtlpCollector.start
      yield* run(Effect.withParentSpan(request, { ...caller, sampled: false }), {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url
      })
      assert.deepStrictEqual(spansIn(collector.received), [])
    }).pipe(Effect.scoped))

  it.live("a ratio of 0 samples no trace that begins here", () =>
    Effect.gen(function*() {
      const collector = yield* OtlpCollector.start
      yield* run(Effect.repeat(request, { times: 20 }), {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG: "0"
      })
      assert.deepStrictEqual(spansIn(collector.received), [])
    }).pipe(Effect.scoped))

  it.live.each(["parentbased_traceidratio", "traceidratio"])(
    "a share of the traces that begin here arrives whole: %s",
    (name) =>
      Effect.gen(function*() {
        const collector = yield* OtlpCollector.start
        yield* run(Effect.repeat(request, { times: 399 }), {
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
          OTEL_TRACES_SAMPLER: name,
          OTEL_TRACES_SAMPLER_ARG: "0.25"
        })
        const spans = spansIn(collector.received)
        const traces = new Set(spans.map(({ traceId }) => traceId)).size
        // Of 400 by lot; further from 100 than this in less than one of a million runs.
        assert.isAbove(traces, 55)
        assert.isBelow(traces, 145)
        assert.strictEqual(spans.length, traces * 3)
      }).pipe(Effect.scoped)
  )

  it.live("a caller's trace is sampled by its id where the sampler asks for nothing else", () =>
    Effect.gen(function*() {
      const collector = yield* OtlpCollector.start
      yield* run(Effect.withParentSpan(request, { ...caller, sampled: false }), {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_TRACES_SAMPLER: "always_on"
      })
      assert.strictEqual(spansIn(collector.received).length, 3)
    }).pipe(Effect.scoped))

  it.live("a span arrives within the limits that the environment sets", () =>
    Effect.gen(function*() {
      const collector = yield* OtlpCollector.start
      yield* run(Effect.withSpan(Effect.void, "one", { attributes: { a: "abcdef", b: 2 } }), {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
        OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "3",
        OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "1"
      })
      const [{ text } = { text: "" }] = collector.received
      assert.include(
        text,
        "\"attributes\":[{\"key\":\"a\",\"value\":{\"stringValue\":\"abc\"}}],\"droppedAttributesCount\":1"
      )
    }).pipe(Effect.scoped))

  it.live("metrics arrive with their unit", () =>
    Effect.gen(function*() {
      const collector = yield* OtlpCollector.start
      const duration = Metric.histogram("http.server.request.duration", {
        boundaries: [0.1, 1],
        attributes: { unit: "s", "http.route": "/sessions/me" }
      })
      yield* run(Metric.update(duration, 0.05), { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${collector.url}/v1/metrics` })
      const [{ path, text } = { path: "", text: "" }] = collector.received
      assert.strictEqual(path, "/v1/metrics")
      assert.include(text, "\"unit\":\"s\"")
      assert.include(text, "\"/sessions/me\"")
      assert.notInclude(text, "\"key\":\"unit\"")
    }).pipe(Effect.scoped))

  it.live.each([{ status: 200, failure: {} }, { status: 400, failure: { "error.type": "400" } }])(
    "each export is an outbound call that is counted: $status",
    ({ failure, status }) =>
      Effect.gen(function*() {
        const collector = yield* OtlpCollector.startAnswering(status)
        const pushed = telemetry({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces` })
        const calls = yield* Effect.andThen(
          Effect.provide(request, pushed),
          snapshotsOf("http.client.request.duration")
        )
        assert.deepStrictEqual(calls.map(({ attributes, values: [count] }) => ({ attributes, count })), [{
          attributes: { unit: "s", "http.request.method": "POST", "url.template": "/v1/traces", ...failure },
          count: 1
        }])
      }).pipe(Effect.scoped, withOwnMetrics)
  )

  it.live("[ASVS 16.2.3] a switched-off SDK and the exporter none push nothing", () =>
    Effect.gen(function*() {
      const collector = yield* OtlpCollector.start
      const common = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }
      yield* run(request, { ...common, OTEL_SDK_DISABLED: "true" })
      yield* run(request, { ...common, OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" })
      assert.deepStrictEqual(collector.received, [])
    }).pipe(Effect.scoped))

  it.live("[P8] no span carries what an exception quotes, a secret attribute or the query of a URL", () =>
    Effect.gen(function*() {
      const collector = yield* OtlpCollector.start
      const canary = "correct-horse-battery-staple"
      const failing = Effect.annotateCurrentSpan({
        "http.request.header.authorization": `Bearer ${canary}`,
        "url.full": `http://127.0.0.1/sessions/me?token=${canary}`,
        "url.query": `token=${canary}`,
        "user_agent.original": "mailto:ada@example.com"
      }).pipe(
        Effect.andThen(Effect.die(new TypeError(`bad "${canary}"`, { cause: new Error(`worse '${canary}'`) }))),
        Effect.withSpan("GET /sessions/me", { kind: "server" }),
        Effect.exit
      )
      yield* run(failing, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_METRICS_EXPORTER: "none" })
      const text = collector.received.map((one) => one.text).join("\n")
      assert.strictEqual(spansIn(collector.received).length, 1)
      assert.notInclude(text, canary)
      assert.notInclude(text, "ada@")
      assert.include(text, "TypeError")
      assert.include(text, "Telemetry.test.ts")
    }).pipe(Effect.scoped))

  it.live("[ASVS 15.3.2] a collector that redirects is not followed", () =>
    Effect.gen(function*() {
      const elsewhere = yield* OtlpCollector.start
      const collector = yield* OtlpCollector.startRedirecting(elsewhere.url)
      yield* run(request, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
      assert.isNotEmpty(collector.received)
      assert.deepStrictEqual(elsewhere.received, [])
    }).pipe(Effect.scoped))

  it.live("[F14] a collector that is down costs nothing but one warning a signal", () =>
    Effect.gen(function*() {
      const log = LogCapture.make()
      const started = performance.now()
      yield* Effect.repeat(request, { times: 1000 }).pipe(
        Effect.andThen(Effect.sync(() => assert.isBelow(performance.now() - started, 2000))),
        Effect.andThen(Effect.sleep("1500 millis")),
        Effect.provide(
          telemetry({
            OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
            OTEL_EXPORTER_OTLP_TIMEOUT: "200",
            OTEL_METRIC_EXPORT_INTERVAL: "200"
          }).pipe(Layer.provide(Logging.layer({ format: "json", level: "Info", stream: log.stream })))
        )
      )
      const text = log.text()
      const warnings = text.trimEnd().split("\n").filter((line) => line.includes("not getting through"))
      assert.strictEqual(warnings.filter((line) => line.includes("\"signal\":\"traces\"")).length, 1, text)
      assert.strictEqual(warnings.filter((line) => line.includes("\"signal\":\"metrics\"")).length, 1, text)
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())), 10_000)

  it.live("[F14] a collector that never answers delays the end by about a second", () =>
    Effect.gen(function*() {
      const { connections, url } = yield* OtlpCollector.startSilent
      const [duration] = yield* Effect.timed(run(request, { OTEL_EXPORTER_OTLP_ENDPOINT: url }))
      assert.isAbove(connections.length, 1)
      assert.isBelow(Duration.toMillis(duration), 2500)
    }).pipe(Effect.scoped))

  it.live.each([
    { collector: "is silent", start: OtlpCollector.startSilent },
    { collector: "sends a byte now and then", start: OtlpCollector.startTrickling }
  ])(
    "an export to a collector that $collector is given up when the time that OTEL_BSP_EXPORT_TIMEOUT gives it is over",
    ({ start }) =>
      Effect.gen(function*() {
        const { url } = yield* start
        const pushed = telemetry({
          OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/v1/traces`,
          OTEL_BSP_EXPORT_TIMEOUT: "50"
        })
        const calls = yield* Effect.andThen(
          Effect.provide(request, pushed),
          snapshotsOf("http.client.request.duration")
        )
        assert.deepStrictEqual(
          calls.map(({ attributes, values: [count] }) => [attributes["error.type"], count]),
          [["Error", 1]]
        )
      }).pipe(Effect.scoped, withOwnMetrics)
  )
})
