import { assert, describe, it } from "@effect/vitest"
import { Redacted, Schema } from "effect"
import { nearly } from "../../support/texts.ts"
import { optionsOf, problemsOf } from "./telemetry-options.ts"
import type { Variables } from "./telemetry-options.ts"

const common = "OTEL_EXPORTER_OTLP_ENDPOINT"

const isWellFormed = Schema.makeFilter((text: string) => text.isWellFormed())
const Text = Schema.String.pipe(Schema.check(isWellFormed))
const Key = Schema.String.pipe(Schema.check(Schema.isMinLength(1), isWellFormed))

describe("the OTEL_* variables", () => {
  it("[ASVS 16.2.3] nothing is pushed without an endpoint", () => {
    const options = optionsOf({ OTEL_SERVICE_NAME: "accounts", [common]: "" })
    assert.deepStrictEqual([options.serviceName, options.traces, options.metrics], ["accounts", undefined, undefined])
  })

  it("each signal goes to its own path below the common endpoint, or exactly where its own endpoint says", () => {
    const options = optionsOf({
      [common]: "https://collector.example:4318/otlp/",
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://127.0.0.1:9090/api/v1/otlp/v1/metrics"
    })
    assert.strictEqual(options.traces?.url, "https://collector.example:4318/otlp/v1/traces")
    assert.strictEqual(options.metrics?.url, "http://127.0.0.1:9090/api/v1/otlp/v1/metrics")
  })

  it("the headers and the timeout of a signal go before the common ones", () => {
    const options = optionsOf({
      [common]: "http://127.0.0.1:4318",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20s3cret, x-a=1",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-a=2",
      OTEL_EXPORTER_OTLP_TIMEOUT: "5000",
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "700"
    })
    assert.deepStrictEqual(options.traces && Redacted.value(options.traces.headers), {
      authorization: "Bearer s3cret",
      "x-a": "2"
    })
    assert.deepStrictEqual([options.traces?.timeoutMillis, options.metrics?.timeoutMillis], [700, 5000])
    assert.notInclude(JSON.stringify(options), "s3cret")
  })

  it("the service is named by its own variable, else by the resource, else by us", () => {
    const resource = { OTEL_RESOURCE_ATTRIBUTES: "service.name=two,deployment.environment.name=a%2Cb" }
    assert.strictEqual(optionsOf({ ...resource, OTEL_SERVICE_NAME: "one" }).serviceName, "one")
    assert.strictEqual(optionsOf(resource).serviceName, "two")
    assert.strictEqual(optionsOf({}).serviceName, "identity")
    assert.strictEqual(optionsOf(resource).resourceAttributes["deployment.environment.name"], "a,b")
  })

  it.prop("every pair finds its way into a variable and back", { pairs: Schema.Record(Key, Text) }, ({ pairs }) => {
    const written = Object.entries(pairs).map((pair) => pair.map(encodeURIComponent).join("="))
    const { resourceAttributes } = optionsOf({ OTEL_RESOURCE_ATTRIBUTES: written.join(" , ") })
    assert.deepStrictEqual(Object.entries(resourceAttributes), Object.entries(pairs))
  })

  it.prop("whatever a variable holds is understood or reported by name, without its text where that may be secret", {
    name: Schema.Literals([
      common,
      "OTEL_EXPORTER_OTLP_HEADERS",
      "OTEL_TRACES_SAMPLER_ARG",
      "OTEL_METRIC_EXPORT_INTERVAL"
    ]),
    text: nearly("http://", "canary", "=", "1", "0.5", "%20")
  }, ({ name, text }) => {
    const problems = problemsOf({ [name]: text })
    for (const problem of problems) assert.strictEqual(problem.name, name)
    if (name.includes("OTLP")) assert.notInclude(JSON.stringify(problems), "canary")
  })

  it("every standard sampler is understood", () => {
    const sampling = (sampler: string) =>
      optionsOf({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: "0.25" }).sampling
    assert.deepStrictEqual(sampling(""), { ratio: 1, parentBased: true })
    assert.deepStrictEqual(sampling("always_on"), { ratio: 1, parentBased: false })
    assert.deepStrictEqual(sampling("always_off"), { ratio: 0, parentBased: false })
    assert.deepStrictEqual(sampling("traceidratio"), { ratio: 0.25, parentBased: false })
    assert.deepStrictEqual(sampling("parentbased_always_off"), { ratio: 0, parentBased: true })
    assert.deepStrictEqual(sampling("parentbased_traceidratio"), { ratio: 0.25, parentBased: true })
  })

  it("spans have the limits of all attributes, unless they have their own", () => {
    const common = { OTEL_ATTRIBUTE_COUNT_LIMIT: "7", OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "100" }
    const older = { OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT: "5", OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: "6" }
    const few = { attributes: 7, valueLength: 100, events: 128, eventAttributes: 128, links: 128, linkAttributes: 128 }
    assert.deepStrictEqual(optionsOf(common).spanLimits, few)
    assert.deepStrictEqual(
      optionsOf({
        ...common,
        ...older,
        OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "0",
        OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "200"
      }).spanLimits,
      { ...few, attributes: 0, valueLength: 200, eventAttributes: 5, linkAttributes: 6 }
    )
    assert.deepStrictEqual(optionsOf({}).spanLimits, { ...few, attributes: 128, valueLength: Infinity })
  })

  it("a push of spans ends at the sooner of two timeouts, of which 0 is none", () => {
    const timeout = (variables: Variables) =>
      optionsOf({ [common]: "http://127.0.0.1:4318", ...variables }).traces?.timeoutMillis
    assert.deepStrictEqual(
      [
        timeout({}),
        timeout({ OTEL_BSP_EXPORT_TIMEOUT: "700" }),
        timeout({ OTEL_BSP_EXPORT_TIMEOUT: "0" }),
        timeout({ OTEL_EXPORTER_OTLP_TIMEOUT: "60000" })
      ],
      [10_000, 700, 10_000, 30_000]
    )
    assert.strictEqual(optionsOf({ OTEL_BSP_SCHEDULE_DELAY: "0" }).spanQueue.delayMillis, 0)
  })

  it("what can't be used is reported by name, all of it, without its text", () => {
    const problems = problemsOf({
      OTEL_SDK_DISABLED: "perhaps",
      [common]: "collector:4318",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_HEADERS: "hunter2",
      OTEL_TRACES_SAMPLER: "sometimes",
      OTEL_TRACES_SAMPLER_ARG: "2",
      OTEL_BSP_EXPORT_TIMEOUT: "-1",
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "many",
      OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "1.5",
      OTEL_METRIC_EXPORT_INTERVAL: "60s"
    })
    assert.deepStrictEqual([...new Set(problems.map(({ name }) => name))].toSorted(), [
      "OTEL_BSP_EXPORT_TIMEOUT",
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      "OTEL_EXPORTER_OTLP_HEADERS",
      "OTEL_EXPORTER_OTLP_PROTOCOL",
      "OTEL_METRIC_EXPORT_INTERVAL",
      "OTEL_SDK_DISABLED",
      "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
      "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
      "OTEL_TRACES_SAMPLER",
      "OTEL_TRACES_SAMPLER_ARG"
    ])
    assert.isFalse(problems.some(({ problem }) => problem.includes("hunter2")))
  })

  it("processes of one server don't push the same series, whether or not the operator names the instance", () => {
    const instance = (attributes: string, worker?: number) =>
      optionsOf({ OTEL_RESOURCE_ATTRIBUTES: `${attributes}region=north` }, worker).resourceAttributes
    assert.deepStrictEqual(instance("service.instance.id=blue,", 2), {
      "service.instance.id": "blue:2",
      region: "north"
    })
    assert.deepStrictEqual(instance("service.instance.id=blue,"), { "service.instance.id": "blue", region: "north" })
    assert.deepStrictEqual(instance("", 2), { region: "north" })
  })
})
