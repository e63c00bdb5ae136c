/** How connections end: after all requests have been answered, and without destroying an answer. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Schedule } from "effect"
import { connect } from "node:net"
import type { Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import * as GatedHasher from "../../support/GatedHasher.ts"
import { openConnection } from "../../support/raw-exchange.ts"
import { bothListening, listening } from "../../support/RunningServer.ts"
import type { Services } from "../../support/RunningServer.ts"
import { ADA } from "../../support/TestIdentity.ts"
import { cheapHasher, layerHashingWith } from "../../support/TestServices.ts"
import { tlsFiles } from "../../support/tls-files.ts"

const HOST = "host: identity.example\r\n"
const GET = `GET /sessions/me HTTP/1.1\r\n${HOST}\r\n`
const LAST = `GET /sessions/me HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`
const POST = `POST /sessions HTTP/1.1\r\n${HOST}content-type: application/json\r\n`
const NO_CHUNK = `${POST}transfer-encoding: chunked\r\n\r\nnonsense\r\n`
const CONNECT = `CONNECT identity.example:443 HTTP/1.1\r\n${HOST}`
const TOO_LONG = `GET /sessions/me HTTP/1.1\r\n${HOST}x-long: ${"a".repeat(17 * 1024)}\r\n\r\n`

const faults: ReadonlyArray<readonly [name: string, bytes: string, status: number]> = [
  ["no HTTP at all", "hello\r\n\r\n", 400],
  ["too long headers", TOO_LONG, 431],
  ["headers that don't end", `GET /sessions/me HTTP/1.1\r\n${HOST}`, 408],
  ["a body that breaks", NO_CHUNK, 400],
  ["CONNECT", `${CONNECT}\r\n`, 405],
  ["CONNECT with a body", `${CONNECT}content-length: 5\r\n\r\n`, 405]
]

const protocols = ["HTTP", "HTTPS"] as const

const onBoth = <Case extends ReadonlyArray<unknown>>(cases: ReadonlyArray<Case>) =>
  protocols.flatMap((protocol) => cases.map((it) => [protocol, ...it] as const))

const listeningOver = Effect.fnUntraced(function*(
  protocol: typeof protocols[number],
  options: Parameters<typeof listening>[0] = {}
) {
  if (protocol === "HTTP") return { port: yield* listening(options) }
  const { cert, files } = yield* tlsFiles
  return { port: yield* listening({ ...options, tls: files }), ca: cert }
})

const statusesOf = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))

const impatient = { requestDeadline: Duration.millis(600) }

describe.concurrent("[ASVS 4.2.1] what was asked for in front of a fault is answered first", () => {
  it.live.each(onBoth(faults))("over %s, in front of %s", ([protocol, _, bytes, status]) =>
    Effect.gen(function*() {
      const { ca, port } = yield* listeningOver(protocol, impatient)
      const connection = yield* openConnection(port, ca)
      yield* connection.write(GET.repeat(3) + bytes)
      const text = yield* connection.ended
      assert.deepStrictEqual(statusesOf(text), [401, 401, 401, status])
      assert.match(text.slice(text.lastIndexOf("HTTP/1.1")), /^connection: close\r$/m)
    }))

  it.live.each(faults.filter(([, , status]) => status !== 408))(
    "also where that takes a while, in front of %s",
    ([_, bytes, status]) =>
      Effect.gen(function*() {
        const { port } = yield* bothListening(Layer.succeedContext(yield* Effect.context<Services>()))
        const gate = yield* GatedHasher.Gate
        const connection = yield* openConnection(port)
        const body = JSON.stringify({ email: ADA.email, password: ADA.password })
        yield* connection.write(`${GET}${POST}content-length: ${body.length}\r\n\r\n${body}${GET}${bytes}`)
        yield* Effect.repeat(Effect.sync(gate.arrived), { until: (count) => count > 0, schedule: Schedule.spaced(1) })
        yield* gate.open
        assert.deepStrictEqual(statusesOf(yield* connection.ended), [401, 401, 401, status])
      }).pipe(Effect.provide(gatedServices))
  )

  it.live("and what comes behind the fault is not looked at", () =>
    Effect.gen(function*() {
      const connection = yield* openConnection(yield* listening())
      yield* connection.write(`${GET}hello\r\n\r\n${GET}`)
      yield* connection.write(GET)
      assert.deepStrictEqual(statusesOf(yield* connection.ended), [401, 400])
    }))
})

const gatedServices = layerHashingWith(
  GatedHasher.layer.pipe(Layer.provideMerge(cheapHasher))
)

/** A client that doesn't close its side when the server closes its own. */
const stubborn = Effect.fnUntraced(function*(port: number, ca: string | undefined) {
  const socket = yield* Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const options = { host: "127.0.0.1", port, allowHalfOpen: true }
      const onConnect = () => resume(Effect.succeed(made))
      const made: Socket = ca === undefined ? connect(options, onConnect) : connectTls({ ...options, ca }, onConnect)
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )
  let received = ""
  const errors: Array<unknown> = []
  socket.setEncoding("latin1").on("data", (text) => received += text).on("error", (error) => errors.push(error))
  const on = Effect.fnUntraced(function*(event: "close" | "end") {
    const seen = Effect.callback<void>((resume) => {
      socket.once(event, () => resume(Effect.void))
    })
    const fiber = yield* Effect.forkChild(seen, { startImmediately: true })
    return Effect.timeout(Fiber.join(fiber), "5 seconds")
  })
  return { socket, errors, received: () => received, ended: yield* on("end"), closed: yield* on("close") }
})

const ends: ReadonlyArray<readonly [name: string, bytes: string, status: number]> = [
  ...faults,
  ["a request that says it is the last", LAST, 401],
  ["a body that is not read", `${POST}content-length: 16777216\r\n\r\n`, 413],
  ["a body in too many pieces", `${POST}transfer-encoding: chunked\r\n\r\n${"1\r\n \r\n".repeat(1025)}`, 413],
  ["silence", "", 408]
]

describe.concurrent("[ASVS 13.1.2] a connection that the server ends", () => {
  it.live.each(onBoth(ends))("is not reset by what the client still sends, over %s, behind %s", ([
    protocol,
    _,
    bytes,
    status
  ]) =>
    Effect.gen(function*() {
      const { ca, port } = yield* listeningOver(protocol, impatient)
      const { closed, ended, errors, received, socket } = yield* stubborn(port, ca)
      socket.write(bytes)
      yield* ended
      const more = Effect.sync(() => socket.write("1\r\n \r\n".repeat(500)))
      yield* Effect.repeat(more, { schedule: Schedule.spaced(2), times: 20 })
      assert.deepStrictEqual(statusesOf(received()), [status])
      socket.end()
      yield* closed
      assert.deepStrictEqual(errors, [])
    }))

  it.live.each(protocols)("is cut over %s if the client goes on for long", (protocol) =>
    Effect.gen(function*() {
      const { ca, port } = yield* listeningOver(protocol, { writeDeadline: Duration.millis(300) })
      const { closed, received, socket } = yield* stubborn(port, ca)
      socket.write(LAST)
      yield* Effect.forkChild(Effect.repeat(Effect.sync(() => socket.write("more")), Schedule.spaced(2)))
      yield* closed
      assert.deepStrictEqual(statusesOf(received()), [401])
    }))
})
