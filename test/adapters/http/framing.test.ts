import { assert, describe, it, layer } from "@effect/vitest"
import { Duration, Effect, Logger, References, Schema } from "effect"
import { TrustedProxies } from "../../../src/adapters/http/exchange/ClientAddress.ts"
import { exchange, openConnection, parseAnswer } from "../../support/raw-exchange.ts"
import { listening, SharedListener } from "../../support/RunningServer.ts"

const Problem = Schema.fromJsonString(Schema.Struct({ code: Schema.String, request_id: Schema.String }))

const HOST = "host: identity.example\r\n"
const CLOSE = "connection: close\r\n"

const abuses: ReadonlyArray<readonly [name: string, bytes: string, status: number, code: string]> = [
  ["two hosts", `GET /sessions/me HTTP/1.1\r\n${HOST}${HOST}${CLOSE}\r\n`, 400, "malformed-request"],
  ["no host", `GET /sessions/me HTTP/1.1\r\n${CLOSE}\r\n`, 400, "malformed-request"],
  [
    "a target that names a host",
    `GET http://other.example/sessions/me HTTP/1.1\r\n${HOST}${CLOSE}\r\n`,
    400,
    "malformed-request"
  ],
  [
    "a length beside chunks",
    `POST /sessions HTTP/1.1\r\n${HOST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    "malformed-request"
  ],
  [
    "two lengths",
    `POST /sessions HTTP/1.1\r\n${HOST}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`,
    400,
    "malformed-request"
  ],
  [
    "two media types",
    `POST /sessions HTTP/1.1\r\n${HOST}${CLOSE}content-type: application/json\r\ncontent-type: text/plain\r\n` +
    "content-length: 2\r\n\r\n{}",
    400,
    "malformed-request"
  ],
  [
    "neither length nor chunks where JSON is due",
    `POST /sessions HTTP/1.1\r\n${HOST}${CLOSE}content-type: application/json\r\n\r\n`,
    400,
    "malformed-request"
  ],
  [
    "two different bearer tokens",
    `GET /sessions/me HTTP/1.1\r\n${HOST}${CLOSE}authorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n`,
    400,
    "malformed-request"
  ],
  [
    "the same bearer token twice",
    `GET /sessions/me HTTP/1.1\r\n${HOST}${CLOSE}authorization: Bearer a\r\nauthorization: Bearer a\r\n\r\n`,
    401,
    "session-required"
  ],
  ["a method nobody knows", `FROB /sessions/me HTTP/1.1\r\n${HOST}\r\n`, 400, "malformed-request"],
  ["no HTTP at all", "hello\r\n\r\n", 400, "malformed-request"],
  ["TRACE", `TRACE /sessions/me HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 405, "method-not-allowed"],
  ["CONNECT", `CONNECT identity.example:443 HTTP/1.1\r\n${HOST}\r\n`, 405, "method-not-allowed"],
  ["a doubled slash", `GET //sessions/me HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 404, "not-found"],
  ["a path that looks like a host", `GET //evil.example/docs HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 404, "not-found"],
  ["an escaped slash", `GET /sessions%2fme HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 404, "not-found"],
  ["another case", `GET /Sessions/Me HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 404, "not-found"],
  ["a slash too many", `GET /sessions/me/ HTTP/1.1\r\n${HOST}${CLOSE}\r\n`, 404, "not-found"],
  [
    "headers without end",
    `GET /sessions/me HTTP/1.1\r\n${HOST}x-long: ${"a".repeat(17 * 1024)}\r\n\r\n`,
    431,
    "headers-too-large"
  ],
  [
    "a body that says it is too large",
    `POST /sessions HTTP/1.1\r\n${HOST}${CLOSE}content-type: application/json\r\ncontent-length: 16777216\r\n\r\n{`,
    413,
    "payload-too-large"
  ],
  [
    "chunks that become too many",
    `POST /sessions HTTP/1.1\r\n${HOST}${CLOSE}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n` +
    `${"1000\r\n" + " ".repeat(4096) + "\r\n"}`.repeat(17) + "0\r\n\r\n",
    413,
    "payload-too-large"
  ],
  [
    "a body in too many pieces",
    `POST /sessions HTTP/1.1\r\n${HOST}${CLOSE}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n` +
    `${"1\r\n \r\n"}`.repeat(1025) + "0\r\n\r\n",
    413,
    "payload-too-large"
  ],
  [
    "an unknown expectation",
    `GET /sessions/me HTTP/1.1\r\n${HOST}${CLOSE}expect: a-miracle\r\n\r\n`,
    401,
    "session-required"
  ],
  [
    "an upgrade",
    `GET /sessions/me HTTP/1.1\r\n${HOST}connection: close, upgrade\r\nupgrade: websocket\r\n\r\n`,
    401,
    "session-required"
  ]
]

layer(SharedListener.layer, { excludeTestServices: true })((it) => {
  it.effect.each(abuses)(
    "[ASVS 4.2.1] %s is refused with a problem",
    ([_, bytes, status, code]) =>
      Effect.gen(function*() {
        const answer = parseAnswer(yield* exchange(yield* SharedListener, bytes))
        assert.strictEqual(answer.status, status)
        const problem = yield* Schema.decodeEffect(Problem)(answer.body)
        assert.strictEqual(problem.code, code)
        assert.strictEqual(problem.request_id, answer.headers["x-request-id"])
      })
  )

  it.effect("[P18] a client that sends a body byte by byte without end is cut off", () =>
    Effect.gen(function*() {
      const bytes =
        `POST /sessions HTTP/1.1\r\n${HOST}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n` +
        "1\r\n \r\n".repeat(60_000)
      // Neither the body nor the connection ends by itself.
      yield* exchange(yield* SharedListener, bytes)
    }))

  it.effect("[P18] a body in as many pieces as it may have is read", () =>
    Effect.gen(function*() {
      const port = yield* SharedListener
      const answer = parseAnswer(
        yield* exchange(
          port,
          `POST /sessions HTTP/1.1\r\n${HOST}${CLOSE}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n` +
            "2\r\n{}\r\n" + "1\r\n \r\n".repeat(1023) + "0\r\n\r\n"
        )
      )
      assert.strictEqual(answer.status, 422)
    }))

  it.effect("a request that is refused by its framing leaves the server able to answer the next one", () =>
    Effect.gen(function*() {
      const port = yield* SharedListener
      yield* exchange(port, "nonsense\r\n\r\n")
      const answer = parseAnswer(yield* exchange(port, `GET /sessions/me HTTP/1.1\r\n${HOST}${CLOSE}\r\n`))
      assert.strictEqual(answer.status, 401)
    }))
})

const impatient = { requestDeadline: Duration.millis(600) }

const slow: ReadonlyArray<readonly [name: string, bytes: string]> = [
  ["headers that don't end", `GET /sessions/me HTTP/1.1\r\n${HOST}`],
  [
    "a body that does not come",
    `POST /sessions HTTP/1.1\r\n${HOST}content-type: application/json\r\ncontent-length: 20\r\n\r\n{`
  ]
]

it.live.each(slow)("[ASVS 15.2.2] %s are cut at the deadline", ([_, bytes]) =>
  Effect.gen(function*() {
    const port = yield* listening(impatient)
    const answer = parseAnswer(yield* exchange(port, bytes))
    assert.strictEqual(answer.status, 408)
    assert.strictEqual((yield* Schema.decodeEffect(Problem)(answer.body)).code, "request-timeout")
  }))

it.live("a connection that never says anything is cut at the deadline", () =>
  Effect.gen(function*() {
    const port = yield* listening(impatient)
    const connection = yield* openConnection(port)
    yield* connection.ended
  }))

// A client or proxy would take this for the answer to the next request.
describe("[ASVS 4.2.1] a body that breaks", () => {
  it.live("after its request was answered gets no second answer", () =>
    Effect.gen(function*() {
      const port = yield* listening(impatient)
      const text = yield* exchange(port, `POST /nowhere HTTP/1.1\r\n${HOST}content-length: 20\r\n\r\n{`)
      assert.deepStrictEqual(text.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 404"])
    }))
})

it.live("[ASVS 4.1.3] a proxy that tells of two clients at once is refused, and a stranger's word counts for nothing", () =>
  Effect.gen(function*() {
    const trustedProxies = yield* Schema.decodeEffect(TrustedProxies)("127.0.0.1")
    const ports = [yield* listening({ trustedProxies }), yield* listening()]
    const statuses = yield* Effect.forEach(
      ["203.0.113.9", "203.0.113.10"],
      (client) =>
        Effect.forEach(ports, (port) =>
          Effect.map(
            exchange(
              port,
              `GET /sessions/me HTTP/1.1\r\n${HOST}${CLOSE}x-forwarded-for: 203.0.113.9\r\nforwarded: for=${client}\r\n\r\n`
            ),
            (text) => parseAnswer(text).status
          ))
    )
    assert.deepStrictEqual(statuses, [[401, 401], [400, 401]])
  }))

it.live("what no app sees is for pages of allowed origins to read, too", () =>
  Effect.gen(function*() {
    const [app, evil] = ["https://app.example", "https://evil.example"]
    const port = yield* listening({ allowedOrigins: [app] })
    const requests = (origin: string) => [
      `GET /sessions/me HTTP/1.1\r\n${HOST}origin: ${origin}\r\nx-long: ${"a".repeat(17 * 1024)}\r\n\r\n`,
      `GET /sessions/me HTTP/1.1\r\n${HOST}origin: ${origin}\r\n no header\r\n\r\n`,
      `POST /sessions HTTP/1.1\r\n${HOST}origin:${origin}\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`,
      `POST /sessions HTTP/1.1\r\n${HOST}origin: ${origin}\r\ncontent-type: application/json\r\n` +
      "transfer-encoding: chunked\r\n\r\nno length\r\n",
      `CONNECT identity.example:443 HTTP/1.1\r\n${HOST}origin: ${origin}\r\n\r\n`
    ]
    for (const request of requests(app)) {
      const { headers, status } = parseAnswer(yield* exchange(port, request))
      assert.include([400, 405, 431], status)
      assert.strictEqual(headers["access-control-allow-origin"], app, request.slice(0, 200))
      assert.strictEqual(headers["access-control-allow-credentials"], "true")
      assert.include(headers["access-control-expose-headers"] ?? "", "x-request-id")
      assert.strictEqual(headers["vary"], "Origin")
    }
    const twice = `GET / HTTP/1.1\r\norigin: ${app}\r\norigin: ${app}\r\n no header\r\n\r\n`
    for (const request of [...requests(evil), twice]) {
      const { headers } = parseAnswer(yield* exchange(port, request))
      assert.isUndefined(headers["access-control-allow-origin"])
    }
  }))

it.live("[ASVS 4.1.3] headers are limited by their size and not by their number, so that none is left out unseen", () =>
  Effect.gen(function*() {
    const lines: Array<Readonly<Record<string, unknown>>> = []
    const logger = Logger.make<unknown, void>(({ fiber }) => {
      lines.push(fiber.getRef(References.CurrentLogAnnotations))
    })
    const trustedProxies = yield* Schema.decodeEffect(TrustedProxies)("127.0.0.1")
    const port = yield* listening({ trustedProxies }, [logger])
    const many = Array.from({ length: 1500 }, (_, index) => `${index.toString(36)}:\r\n`).join("")
    const text = yield* exchange(
      port,
      `GET /sessions/me HTTP/1.1\r\n${HOST}connection: close\r\n${many}x-forwarded-for: 203.0.113.9\r\n\r\n`
    )
    assert.strictEqual(parseAnswer(text).status, 401)
    assert.strictEqual(lines[0]?.["client_address"], "203.0.113.9")
  }))
