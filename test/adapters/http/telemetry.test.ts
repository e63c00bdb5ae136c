import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Metric, Option, References, Tracer } from "effect"
import { makeRequestIds, MakesTraceIds } from "../../../src/adapters/http/exchange/RequestIds.ts"
import { ADA, bearer, TestIdentity } from "../../support/TestIdentity.ts"

interface Line {
  readonly message: unknown
  readonly annotations: Readonly<Record<string, unknown>>
  readonly traceId: string | undefined
}

/** A span that isn't recorded is replaced by its parent. */
const traceIdOf = (span: Tracer.AnySpan | undefined): string | undefined =>
  span?._tag === "Span" && span.spanId === "noop" ? traceIdOf(Option.getOrUndefined(span.parent)) : span?.traceId

/** Records log lines and finished server spans of an effect. */
const observed = Effect.fnUntraced(function*<A, E, R>(work: Effect.Effect<A, E, R>) {
  const lines: Array<Line> = []
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  const logger = Logger.make(({ fiber, message }) => {
    lines.push({
      message,
      annotations: fiber.getRef(References.CurrentLogAnnotations),
      traceId: traceIdOf(fiber.cache.span)
    })
  })
  const result = yield* work.pipe(Effect.withTracer(tracer), Effect.provide(Logger.layer([logger])))
  return { result, lines, spans, server: spans.filter((span) => span.kind === "server") }
})

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`

const session = Effect.gen(function*() {
  const identity = yield* TestIdentity
  yield* identity.signUp()
  return { identity, token: yield* identity.signIn() }
})

describe("a request leaves a log line", () => {
  it.effect("with what operators look for, and nothing else", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* session
      const { lines } = yield* observed(identity.send("GET", "/sessions/me?token=canary", {
        headers: {
          ...bearer(token),
          traceparent: TRACEPARENT,
          "x-request-id": "chosen-by-the-caller",
          "idempotency-key": "key-1"
        }
      }))
      assert.deepStrictEqual(lines, [{
        message: ["GET /sessions/me 200"],
        annotations: {
          method: "GET",
          route: "/sessions/me",
          status: 200,
          duration_ms: 0,
          request_id: "chosen-by-the-caller",
          idempotency_key: "key-1"
        },
        traceId: TRACE
      }])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[P8] that does not repeat a path or a method nobody knows", () =>
    Effect.gen(function*() {
      const { identity } = yield* session
      const { lines } = yield* observed(identity.send("PROPFIND", "/reset/canary"))
      assert.lengthOf(lines, 1)
      assert.notInclude(JSON.stringify(lines), "canary")
      assert.deepInclude(lines[0]?.annotations, { method: "_OTHER", route: "_OTHER", status: 404 })
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[P8] without the secrets of a sign-in", () =>
    Effect.gen(function*() {
      const { identity } = yield* session
      const { lines, result, spans } = yield* observed(
        identity.send("POST", "/sessions", { json: { email: ADA.email, password: ADA.password } })
      )
      const told = JSON.stringify(lines) + JSON.stringify(spans.map(({ attributes, name }) => [name, [...attributes]]))
      for (const secret of [ADA.email, ADA.password, String(result.json["token"])]) assert.notInclude(told, secret)
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("a request that nobody traces", () => {
  const tracesOf = Effect.fnUntraced(function*(headers: Readonly<Record<string, string>>) {
    const identity = yield* TestIdentity
    const send = identity.send("GET", "/sessions/me", { headers })
    const { lines, spans } = yield* observed(Effect.withTracerEnabled(Effect.andThen(send, send), false))
    assert.deepStrictEqual(spans, [])
    return lines.map(({ annotations }) => String(annotations["trace_id"]))
  })

  it.effect("has a trace id of its own in its log lines", () =>
    Effect.gen(function*() {
      const [first, second] = yield* tracesOf({})
      assert.match(first ?? "", /^[0-9a-f]{32}$/)
      assert.match(second ?? "", /^[0-9a-f]{32}$/)
      assert.notStrictEqual(first, second)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("has only the caller's trace id where none is to be made", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* tracesOf({}), ["undefined", "undefined"])
      assert.deepStrictEqual(yield* tracesOf({ traceparent: TRACEPARENT }), [TRACE, TRACE])
    }).pipe(Effect.provide(Layer.fresh(TestIdentity.layer).pipe(Layer.provide(Layer.succeed(MakesTraceIds, false))))))

  it.effect("has the caller's trace id if the caller has one", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* tracesOf({ traceparent: TRACEPARENT }), [TRACE, TRACE])
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("an x-request-id", () => {
  it.effect.each(["a", "Root=1-67891233-abcdef012345678912345678", "550e8400-e29b-41d4-a716-446655440000"])(
    "of the caller is kept: %s",
    (id) =>
      Effect.gen(function*() {
        const requestIds = yield* makeRequestIds
        assert.strictEqual(requestIds.of(id), id)
      })
  )

  it.effect.each([undefined, "", "a b", "a\"b", "<x>", "x".repeat(129), "ümlaut"])(
    "of ours stands in for %s",
    (id) =>
      Effect.gen(function*() {
        const requestIds = yield* makeRequestIds
        assert.match(requestIds.of(id), /^[0-9a-z]{16}-[0-9a-z]+$/)
        assert.notStrictEqual(requestIds.of(id), requestIds.of(id))
      })
  )
})

describe("a request is one server span", () => {
  it.effect("named by its route, under the caller's trace, above the services' spans", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* session
      const { server, spans } = yield* observed(
        identity.send("GET", "/sessions/me?x=canary", { headers: { ...bearer(token), traceparent: TRACEPARENT } })
      )
      assert.lengthOf(server, 1)
      const [span] = server
      assert.strictEqual(span?.name, "GET /sessions/me")
      assert.strictEqual(span?.traceId, TRACE)
      const attributes = Object.fromEntries(span?.attributes ?? [])
      assert.deepInclude(attributes, {
        "http.request.method": "GET",
        "http.route": "/sessions/me",
        "http.response.status_code": 200
      })
      assert.notInclude(JSON.stringify(attributes), "canary")
      const verify = spans.find(({ name }) => name === "Sessions.verify")
      assert.strictEqual(Option.getOrUndefined(verify?.parent ?? Option.none())?.spanId, span?.spanId)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each(["", "00-0-0-0", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, `${TRACEPARENT}-x`])(
    "of its own trace when the traceparent is %s",
    (traceparent) =>
      Effect.gen(function*() {
        const { identity } = yield* session
        const { server } = yield* observed(identity.send("GET", "/sessions/me", { headers: { traceparent } }))
        assert.isTrue(Option.isNone(server[0]?.parent ?? Option.none()))
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect("that says nothing of a path nobody knows", () =>
    Effect.gen(function*() {
      const { identity } = yield* session
      const { server } = yield* observed(identity.send("GET", "/reset/canary"))
      assert.strictEqual(server[0]?.name, "GET")
      assert.notInclude(JSON.stringify([...(server[0]?.attributes ?? [])]), "canary")
    }).pipe(Effect.provide(TestIdentity.layer)))
})

describe("requests are counted", () => {
  it.effect("by method, route and status, in the buckets of the conventions", () =>
    Effect.gen(function*() {
      const { identity } = yield* session
      yield* identity.send("GET", "/sessions/me")
      yield* identity.send("GET", "/nowhere")
      yield* identity.send("PROPFIND", "/nowhere/else")
      const snapshot = yield* Metric.snapshot
      const labels = snapshot.filter(({ id }) => id === "http.server.request.duration").map(({ attributes }) =>
        `${attributes?.["http.request.method"]} ${attributes?.["http.route"]} ${
          attributes?.["http.response.status_code"]
        }`
      )
      assert.includeMembers(labels, [
        "POST /accounts 201",
        "GET /sessions/me 401",
        "GET _OTHER 404",
        "_OTHER _OTHER 404"
      ])
      const active = snapshot.filter(({ id }) => id === "http.server.active_requests")
      for (const metric of active) {
        assert.deepInclude(metric.state, { count: 0, incremental: false })
      }
    }).pipe(Effect.provide(TestIdentity.layer), Effect.provideService(Metric.MetricRegistry, new Map())))
})
