import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Exit, Option, Tracer } from "effect"
import * as SpanRecorder from "../../../src/platform/observability/SpanRecorder.ts"

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
  parent?: Tracer.AnySpan
) => {
  const spans: Array<string> = []
  const span = SpanRecorder.make(() => true, (json) => void spans.push(json)).span(options(parent))
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
        span.attribute("list", ["a", 1])
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
        { key: "list", value: { stringValue: "[\"a\",1]" } }
      ],
      events: [{
        name: "retried",
        timeUnixNano: "1500000000",
        attributes: [{ key: "attempt", value: { intValue: 2 } }]
      }],
      links: [{
        traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
        spanId: "b7ad6b7169203331",
        attributes: [{ key: "of", value: { stringValue: "mail" } }]
      }],
      status: { code: 1 },
      flags: 0x301
    })
    assert.deepStrictEqual([...span.attributes.keys()], ["text", "count", "share", "isRight", "list"])
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

  it("[P8] hides API keys, and addresses beside what needs no escaping", () => {
    const key = `idk_${"7".repeat(25)}_${"s".repeat(43)}`
    const { exported } = recorded((span) => {
      span.attribute("http.request.header.x-request-id", key)
      span.attribute("plain", "to ada@example.com")
    })
    assert.deepStrictEqual(exported.attributes.map(({ value }: { readonly value: unknown }) => value), [
      { stringValue: `idk_${"7".repeat(25)}_<redacted>` },
      { stringValue: "to <redacted>" }
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
