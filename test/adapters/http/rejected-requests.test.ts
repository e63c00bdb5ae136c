import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Logger, Metric, Queue, References, Tracer } from "effect"
import { exchange, parseAnswer } from "../../support/raw-exchange.ts"
import { listening } from "../../support/RunningServer.ts"
import { tlsFiles } from "../../support/tls-files.ts"
import { http2Send } from "../../support/tls-requests.ts"

interface Line {
  readonly message: unknown
  readonly annotations: Readonly<Record<string, unknown>>
  readonly traceId: string | undefined
}

const DEADLINE = Duration.millis(600)

const HOST = "host: identity.example\r\n"
const BOTH_LENGTHS = "content-length: 5\r\ntransfer-encoding: chunked\r\n"

const protocols = ["HTTP", "HTTPS"] as const

/** A listener with short deadlines, and its log lines in order. */
const observed = Effect.fnUntraced(function*(protocol: typeof protocols[number]) {
  const lines = yield* Queue.unbounded<Line>()
  const logger = Logger.make<unknown, void>(({ fiber, message }) => {
    Queue.offerUnsafe(lines, {
      message,
      annotations: fiber.getRef(References.CurrentLogAnnotations),
      traceId: Context.getOrUndefined(fiber.context, Tracer.ParentSpan)?.traceId
    })
  })
  const { cert, files } = yield* tlsFiles
  const isTls = protocol === "HTTPS"
  const port = yield* listening({ requestDeadline: DEADLINE, ...(isTls ? { tls: files } : {}) }, [logger])
  const ca = isTls ? cert : undefined
  const next = Effect.timeout(Queue.take(lines), "5 seconds")
  return {
    port,
    cert,
    send: (bytes: string) => exchange(port, bytes, ca),
    next,
    /** The lines that are logged before that of a request that is sent now. */
    others: Effect.gen(function*() {
      yield* exchange(port, `GET /docs HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`, ca)
      const others: Array<Line> = []
      for (let line = yield* next; line.annotations["route"] !== "/docs"; line = yield* next) others.push(line)
      return others
    })
  }
})

const ownMetrics = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => Effect.provideService(test, Metric.MetricRegistry, new Map()))

/** How many requests were counted, and the seconds they took together. */
const counted = Effect.fnUntraced(function*(method: string, route: string, status: number) {
  const snapshot = yield* Metric.snapshot
  const found = snapshot.find(({ attributes, id }) =>
    id === "http.server.request.duration" && attributes?.["http.request.method"] === method &&
    attributes["http.route"] === route && attributes["http.response.status_code"] === String(status)
  )
  return found?.type === "Histogram" ? { count: found.state.count, seconds: found.state.sum } : { count: 0, seconds: 0 }
})

const rejected: ReadonlyArray<
  readonly [name: string, bytes: string, method: string, status: number, durationMs: number]
> = [
  ["no HTTP at all", "canary\r\n\r\n", "_OTHER", 400, 0],
  ["a method nobody knows", `CANARY /canary HTTP/1.1\r\n${HOST}\r\n`, "_OTHER", 400, 0],
  ["a length beside chunks", `POST /canary HTTP/1.1\r\n${HOST}${BOTH_LENGTHS}\r\n0\r\n\r\n`, "_OTHER", 400, 0],
  ["too long headers", `GET /canary HTTP/1.1\r\n${HOST}x: ${"canary".repeat(3000)}\r\n\r\n`, "_OTHER", 431, 0],
  ["headers that don't end", `GET /canary HTTP/1.1\r\n${HOST}`, "_OTHER", 408, 600],
  ["CONNECT", `CONNECT canary:443 HTTP/1.1\r\n${HOST}\r\n`, "CONNECT", 405, 0]
]

const cases = protocols.flatMap((protocol) =>
  rejected.map(([name, bytes, method, status, ms]) => [protocol, name, bytes, method, status, ms] as const)
)

describe("a request that the app never sees", () => {
  it.live.each(cases)(
    "is logged and counted over %s: %s",
    ([protocol, _, bytes, method, status, ms]) =>
      Effect.gen(function*() {
        const { next, others, send } = yield* observed(protocol)
        const answer = parseAnswer(yield* send(bytes))
        assert.strictEqual(answer.status, status)
        const line = yield* next
        assert.deepStrictEqual(line.message, [`${method} _OTHER ${status}`])
        const { duration_ms, ...annotations } = line.annotations
        assert.isAtLeast(Number(duration_ms), ms)
        assert.deepStrictEqual(annotations, {
          method,
          route: "_OTHER",
          status,
          request_id: answer.headers["x-request-id"],
          client_address: "127.0.0.1"
        })
        assert.match(line.traceId ?? "", /^[0-9a-f]{32}$/)
        assert.deepStrictEqual(yield* others, [])
        const { count, seconds } = yield* counted(method, "_OTHER", status)
        assert.strictEqual(count, 1)
        assert.isAtLeast(seconds, ms / 1000)
      }).pipe(ownMetrics)
  )

  it.live("is named by its caller if it could be read", () =>
    Effect.gen(function*() {
      const { next, send } = yield* observed("HTTP")
      const answer = parseAnswer(yield* send(`CONNECT a:443 HTTP/1.1\r\n${HOST}x-request-id: chosen\r\n\r\n`))
      assert.strictEqual(answer.headers["x-request-id"], "chosen")
      assert.strictEqual((yield* next).annotations["request_id"], "chosen")
    }))

  it.live("is logged over HTTP/2 too", () =>
    Effect.gen(function*() {
      const { cert, next, port } = yield* observed("HTTPS")
      const { headers } = yield* http2Send(port, cert, { ":method": "CONNECT", ":authority": "a:443" })
      assert.deepInclude((yield* next).annotations, {
        method: "CONNECT",
        status: 405,
        request_id: headers["x-request-id"],
        client_address: "127.0.0.1"
      })
    }))

  it.live("is logged beside the one before it, behind whose answer it came", () =>
    Effect.gen(function*() {
      const { next, send } = yield* observed("HTTP")
      yield* send(`GET /sessions/me HTTP/1.1\r\n${HOST}\r\ncanary\r\n\r\n`)
      assert.deepStrictEqual([(yield* next).message, (yield* next).message].flat(), [
        "GET /sessions/me 401",
        "_OTHER _OTHER 400"
      ])
    }))
})

describe("a connection on which nothing was said", () => {
  it.live.each(protocols)("is no request to log or to count, over %s", (protocol) =>
    Effect.gen(function*() {
      const { others, send } = yield* observed(protocol)
      yield* send("")
      assert.deepStrictEqual(yield* others, [])
      assert.strictEqual((yield* counted("_OTHER", "_OTHER", 408)).count, 0)
    }).pipe(ownMetrics))
})

const CHUNKED = `POST /sessions HTTP/1.1\r\n${HOST}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`

const broken: ReadonlyArray<readonly [name: string, bytes: string, status: number]> = [
  ["is no chunk", `${CHUNKED}canary\r\n`, 400],
  ["does not come", `${CHUNKED}5\r\n{`, 408]
]

describe("a request whose body", () => {
  it.live.each(broken)(
    "%s is logged and counted once, as it was answered",
    ([_, bytes, status]) =>
      Effect.gen(function*() {
        const { next, others, send } = yield* observed("HTTP")
        const answer = parseAnswer(yield* send(bytes))
        assert.strictEqual(answer.status, status)
        const line = yield* next
        assert.deepStrictEqual(line.message, [`POST /sessions ${status}`])
        assert.strictEqual(line.annotations["request_id"], answer.headers["x-request-id"])
        assert.deepStrictEqual(yield* others, [])
        assert.strictEqual((yield* counted("POST", "/sessions", status)).count, 1)
      }).pipe(ownMetrics)
  )
})
