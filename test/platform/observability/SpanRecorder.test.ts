import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Exit, Option, Tracer } from "effect"
import * as SpanRecorder from "../../../src/platform/observability/SpanRecorder.ts"
import { optionsOf } from "./telemetry-options.ts"
import type { Variables } from "./telemetry-options.ts"

const caller = (traceId: string, sampled = true) =>
  Tracer.externalSpan({ traceId, spanId: "b7ad6b7169203331", sampled })

const TRACE = "0af7651916cd43dd8448eb211c80319c"

const options = (parent?: Tracer.AnySpan): Parameters<Tracer.Tracer["span"]>[0] => ({
  name: "Accounts.create",
  parent: Option.fromUndefinedOr(parent),
  annotations: Context.empty(),
  links: [],
  startTime: 1_000_000_001n,
  kind: "server",
  root: false,
  sampled: true
})

/** What is exported of a span. */
const recorded = (
  use: (span: Tracer.Span) => void,
  exit: Exit.Exit<unknown, unknown> = Exit.void,
  parent?: Tracer.AnySpan,
  variables: Variables = {}
) => {
  const spans: Array<string> = []
  const add = (json: string) => void spans.push(json)
  const span = SpanRecorder.make(() => true, optionsOf(variables).spanLimits, add).span(options(parent))
  use(span)
  span.end(2_000_000_002n, exit)
  span.end(3_000_000_003n, exit)
  assert.lengthOf(spans, 1)
  return { span, exported: JSON.parse(spans[0] ?? "") }
}

describe("a recorded span", () => {
  it("is OTLP's JSON of it, with attributes of every type, events and links", () => {
    const { exported, span } = recorded(
      (span) => {
        span.attribute("text", "before")
        span.attribute("count", 3)
        span.attribute("share", 0.5)
        span.attribute("isRight", true)
        span.attribute("none", Number.NaN)
        span.attribute("large", 9_007_199_254_740_993n)
        span.attribute("list", ["a", "b \"c\""])
        span.attribute("mixed", ["a", 1])
        span.attribute("text", "a \"quotation\"\n")
        span.event("retried", 1_500_000_000n, { attempt: 2 })
        span.addLinks([{ span: caller("4bf92f3577b34da6a3ce929d0e0e4736"), attributes: { of: "mail" } }])
      },
      undefined,
      caller(TRACE)
    )
    assert.deepStrictEqual(exported, {
      traceId: TRACE,
      spanId: span.spanId,
      parentSpanId: "b7ad6b7169203331",
      name: "Accounts.create",
      kind: 2,
      startTimeUnixNano: "1000000001",
      endTimeUnixNano: "2000000002",
      attributes: [
        { key: "text", value: { stringValue: "a \"quotation\"\n" } },
        { key: "count", value: { intValue: 3 } },
        { key: "share", value: { doubleValue: 0.5 } },
        { key: "isRight", value: { boolValue: true } },
        { key: "none", value: { doubleValue: "NaN" } },
        { key: "large", value: { stringValue: "9007199254740993" } },
        {
          key: "list",
          value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b \"c\"" }] } }
        },
        { key: "mixed", value: { stringValue: "[\n  \"a\",\n  1\n]" } }
      ],
      events: [{
        name: "retried",
        timeUnixNano: "1500000000",
        attributes: [{ key: "attempt", value: { intValue: 2 } }]
      }],
      links: [{
        traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
        spanId: "b7ad6b7169203331",
        attributes: [{ key: "of", value: { stringValue: "mail" } }],
        flags: 0x301
      }],
      status: { code: 1 },
      flags: 0x301
    })
    assert.deepStrictEqual([...span.attributes.keys()], exported.attributes.map(({ key }: { key: string }) => key))
  })

  it("begins a trace where there is none, says nothing of what comes after its end, and is no error when interrupted", () => {
    const { exported, span } = recorded(() => undefined, Exit.failCause(Cause.interrupt(1)))
    span.attribute("late", 1)
    span.event("late", 1n)
    span.addLinks([{ span: caller(TRACE), attributes: {} }])
    assert.match(exported.traceId, /^[0-9a-f]{32}$/)
    assert.match(exported.spanId, /^[0-9a-f]{16}$/)
    assert.notProperty(exported, "parentSpanId")
    assert.deepStrictEqual([exported.status, exported.attributes, exported.flags], [
      { code: 0 },
      [{ key: "effect.fiber.interrupted", value: { boolValue: true } }],
      0x101
    ])
    assert.deepStrictEqual([span.attributes.size, span.links.length], [0, 0])
  })

  it("names an exception by its code, else by its class, and leaves out what it hasn't got", () => {
    const refused = Object.assign(new AggregateError([]), { code: "ECONNREFUSED" })
    const { exported } = recorded(
      () => undefined,
      Exit.failCause(Cause.combine(Cause.fail(refused), Cause.die(new RangeError("too far"))))
    )
    const named = ({ attributes }: { readonly attributes: ReadonlyArray<{ key: string; value: unknown }> }) =>
      attributes.filter(({ key }) => key !== "exception.stacktrace")
    assert.deepStrictEqual(exported.events.map(named), [
      [{ key: "exception.type", value: { stringValue: "ECONNREFUSED" } }],
      [
        { key: "exception.type", value: { stringValue: "RangeError" } },
        { key: "exception.message", value: { stringValue: "too far" } }
      ]
    ])
  })

  it("ends no earlier than it began, even if the clock was set back", () => {
    const spans: Array<string> = []
    const { spanLimits } = optionsOf({})
    SpanRecorder.make(() => true, spanLimits, (json) => void spans.push(json)).span(options()).end(1n, Exit.void)
    assert.strictEqual(JSON.parse(spans[0] ?? "").endTimeUnixNano, "1000000001")
  })

  it("keeps 128 attributes, events and links unless told otherwise, and says how many it dropped", () => {
    const { exported } = recorded((span) => {
      for (let index = 0; index < 130; index += 1) {
        span.attribute(`name-${index}`, index)
        span.event(`event-${index}`, 1n)
        span.addLinks([{ span: caller(TRACE), attributes: {} }])
      }
      span.attribute("name-0", "x".repeat(100_000))
    })
    assert.deepStrictEqual([exported.attributes.length, exported.droppedAttributesCount], [128, 2])
    assert.lengthOf(exported.attributes[0].value.stringValue, 100_000)
    assert.deepStrictEqual([exported.events.length, exported.droppedEventsCount], [128, 2])
    assert.strictEqual(exported.events[0].name, "event-2")
    assert.deepStrictEqual([exported.links.length, exported.droppedLinksCount], [128, 2])
  })

  it("keeps to the limits of OpenTelemetry's variables, the newest of events and links", () => {
    const attributes = { one: "longer", two: 2, three: ["longest"] }
    const { exported } = recorded(
      (span) => {
        span.attribute("http.route", "/sessions/me")
        span.attribute("list", ["longer", "ab"])
        span.attribute("owl", "abc🦉")
        span.attribute("more", 1)
        span.event("first", 1n, attributes)
        span.event("second", 2n, attributes)
        for (const id of [TRACE, "4bf92f3577b34da6a3ce929d0e0e4736"]) span.addLinks([{ span: caller(id), attributes }])
      },
      Exit.failCause(Cause.interrupt(1)),
      undefined,
      {
        OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "3",
        OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "4",
        OTEL_SPAN_EVENT_COUNT_LIMIT: "1",
        OTEL_SPAN_LINK_COUNT_LIMIT: "1",
        OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: "2",
        OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: "1"
      }
    )
    const one = { key: "one", value: { stringValue: "long" } }
    assert.deepStrictEqual(exported.attributes, [
      { key: "http.route", value: { stringValue: "/ses" } },
      { key: "list", value: { arrayValue: { values: [{ stringValue: "long" }, { stringValue: "ab" }] } } },
      { key: "owl", value: { stringValue: "abc\ufffd" } }
    ])
    assert.strictEqual(exported.droppedAttributesCount, 2)
    assert.deepStrictEqual(exported.events, [{
      name: "second",
      timeUnixNano: "2",
      attributes: [one, { key: "two", value: { intValue: 2 } }],
      droppedAttributesCount: 1
    }])
    assert.strictEqual(exported.droppedEventsCount, 1)
    assert.deepStrictEqual(exported.links, [{
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      spanId: "b7ad6b7169203331",
      attributes: [one],
      droppedAttributesCount: 2,
      flags: 0x301
    }])
    assert.strictEqual(exported.droppedLinksCount, 1)
  })

  it("[P8] hides API keys, and addresses beside what needs no escaping", () => {
    const key = `idk_${"7".repeat(25)}_${"s".repeat(43)}`
    const { exported } = recorded((span) => {
      span.attribute("http.request.header.x-request-id", key)
      span.attribute("plain", "to ada@example.com")
      span.attribute("list", ["ada@example.com"])
    })
    assert.deepStrictEqual(exported.attributes.map(({ value }: { readonly value: unknown }) => value), [
      { stringValue: `idk_${"7".repeat(25)}_<redacted>` },
      { stringValue: "to <redacted>" },
      { arrayValue: { values: [{ stringValue: "<redacted>" }] } }
    ])
  })
})

describe("sampling", () => {
  const [low, high] = [caller("00000001".padEnd(32, "0")), caller("fffffff0".padEnd(32, "0"), false)]

  it("decides about a caller's trace by its id, as OpenTelemetry's SDK does, where the caller's word doesn't count", () => {
    const samples = SpanRecorder.sampling({ ratio: 0.5, parentBased: false }, () => 0)
    assert.deepStrictEqual([samples(low), samples(high)], [true, false])
    const all = SpanRecorder.sampling({ ratio: 1, parentBased: false }, () => 0)
    assert.deepStrictEqual([all(high), all(caller("f".repeat(8).padEnd(32, "0")))], [true, true])
  })

  it("takes the caller's word where it counts, and draws lots for the rest", () => {
    const lots = [0.24, 0.25]
    const samples = SpanRecorder.sampling({ ratio: 0.25, parentBased: true }, () => lots.shift() ?? 1)
    assert.deepStrictEqual([samples(low), samples(high), samples(undefined), samples(undefined)], [
      true,
      false,
      true,
      false
    ])
  })
})
