import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Metric, Result, Schedule } from "effect"
import { IpNetwork } from "effect/net"
import { ServerResponse } from "node:http"
import { connect as connectHttp2 } from "node:http2"
import type { ClientHttp2Stream } from "node:http2"
import { connect } from "node:net"
import type { Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { NodeHandler } from "../../../src/adapters/http/listener/NodeHandler.ts"
import * as NodeListener from "../../../src/adapters/http/listener/NodeListener.ts"
import { openConnection } from "../../support/raw-exchange.ts"
import { listening } from "../../support/RunningServer.ts"
import { selfSignedCertificate } from "../../support/self-signed-certificate.ts"
import { tlsFiles } from "../../support/tls-files.ts"

const GET = "GET /openapi.json HTTP/1.1\r\nhost: identity.example\r\n\r\n"

const eventually = (condition: () => boolean) =>
  Effect.sync(condition).pipe(
    Effect.repeat({ until: (met) => met, schedule: Schedule.spaced("5 millis") }),
    Effect.timeout("5 seconds")
  )

const opened = (make: () => Socket) =>
  Effect.acquireRelease(Effect.sync(make), (socket) => Effect.sync(() => socket.destroy()))

/** Whether the server cuts the connection. A client that doesn't read notices that by writing. */
const isCut = (socket: Socket) => {
  let isOver = false
  socket.on("error", () => undefined).on("close", () => {
    isOver = true
  })
  return eventually(() => {
    socket.write("\r\n")
    return isOver
  })
}

describe("[P18] a client that reads nothing", () => {
  it.live.each(["HTTP", "HTTPS"])("is cut over %s, also while it asks for more", (protocol) =>
    Effect.gen(function*() {
      const { ca, certificate } = trustIf(protocol === "HTTPS")
      const page = "a".repeat(1_000_000)
      const handler: NodeHandler = (_, response) => void response.end(page)
      const { port } = yield* listeningWith({ certificate, handler, writeDeadline: Duration.millis(300) })
      const socket = yield* opened(() =>
        ca === undefined ? connect({ host: "127.0.0.1", port }) : connectTls({ host: "127.0.0.1", port, ca })
      )
      socket.pause()
      socket.write(GET.repeat(16))
      yield* isCut(socket)
    }))

  it.live.each([
    { meanwhile: "", path: undefined },
    { meanwhile: ", also while it asks for more and gives up what it asked for", path: "/openapi.json" },
    { meanwhile: ", also while it reads something else", path: "/nothing" }
  ])("is cut over HTTP/2$meanwhile", ({ path }) =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const port = yield* listening({ writeDeadline: Duration.millis(100), tls: files })
      // Room for short answers, however much of long ones is waiting.
      const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: cert, settings: { initialWindowSize: 1000 } })
      const closed = Effect.callback<void>((resume) => {
        session.on("error", () => undefined).once("close", () => resume(Effect.void))
      })
      for (let index = 0; index < 50; index++) {
        session.request({ ":path": "/openapi.json" }).on("error", () => undefined).pause()
      }
      let last: ClientHttp2Stream | undefined
      const goOn = Effect.sync(() => {
        if (path === undefined || session.destroyed) return
        if (path === "/openapi.json") last?.close()
        last = session.request({ ":path": path }).on("error", () => undefined)
        if (path === "/nothing") last.resume()
      })
      yield* Effect.forkChild(Effect.repeat(goOn, Schedule.spaced("5 millis")))
      yield* Effect.timeout(closed, "5 seconds")
    }))

  it.live("is not cut when it is only slow", () =>
    Effect.gen(function*() {
      // The kernel takes more data when a third of its buffer is free again. At this pace that is every third of a
      // second.
      const port = yield* listening({ writeDeadline: Duration.seconds(1) })
      const socket = yield* opened(() => connect({ host: "127.0.0.1", port }))
      // Enough to be read for longer than the deadline.
      const COUNT = 60
      const STATUS = "HTTP/1.1 200"
      let answers = 0
      let rest = ""
      let hasPaused = 0
      socket.on("data", (chunk) => {
        const text = rest + chunk.toString("latin1")
        answers += text.split(STATUS).length - 1
        rest = text.slice(1 - STATUS.length)
        socket.pause()
        hasPaused += 1
        setTimeout(() => socket.resume(), 10)
      })
      socket.write(GET.repeat(COUNT))
      yield* Effect.timeout(
        Effect.repeat(Effect.sync(() => answers), {
          until: (count) => count === COUNT,
          schedule: Schedule.spaced("10 millis")
        }),
        "20 seconds"
      )
      assert.isFalse(socket.destroyed)
      assert.isAbove(hasPaused, 150)
    }), 30_000)
})

describe("[P18] requests sent one behind the other on one connection", () => {
  it.live.each(["HTTP", "HTTPS"])(
    "are 16 at once under way, and all answered in their order, over %s",
    (protocol) =>
      Effect.gen(function*() {
        const COUNT = 2000
        const { ca, certificate } = trustIf(protocol === "HTTPS")
        const urls: Array<string | undefined> = []
        const waiting: Array<ServerResponse> = []
        let isOpen = false
        const handler: NodeHandler = (request, response) => {
          if (!(response instanceof ServerResponse)) return
          response.setHeader("content-length", BODY.length)
          urls.push(request.url)
          if (isOpen || request.url === "/other") response.end(BODY)
          else waiting.push(response)
        }
        const { port } = yield* listeningWith({ certificate, handler })
        const connection = yield* openConnection(port, ca)
        const paths = Array.from({ length: COUNT }, (_, index) => `/${index}`)
        yield* connection.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(""))
        yield* eventually(() => waiting.length === 16)
        const other = yield* openConnection(port, ca)
        yield* other.write("GET /other HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        assert.include(yield* other.ended, "200 OK")
        assert.deepStrictEqual(urls, [...paths.slice(0, 16), "/other"])
        // One answer makes room for one request.
        waiting[0]?.end(BODY)
        yield* eventually(() => waiting.length === 17)
        isOpen = true
        for (const response of waiting) response.end(BODY)
        yield* connection.write("GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        assert.lengthOf((yield* connection.ended).match(/200 OK/g) ?? [], COUNT + 1)
        assert.deepStrictEqual(urls.filter((url) => url !== "/other"), [...paths, "/last"])
      })
  )

  it.live.each(["HTTP", "HTTPS"])(
    "are all answered when those of one packet ask for more than can be sent at once, over %s",
    (protocol) =>
      Effect.gen(function*() {
        const COUNT = 1000
        const { ca, certificate } = trustIf(protocol === "HTTPS")
        const page = "a".repeat(20_000)
        const handler: NodeHandler = (_, response) => void response.end(page)
        const { port } = yield* listeningWith({ certificate, handler })
        const connection = yield* openConnection(port, ca)
        yield* connection.write(GET.repeat(COUNT) + GET.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"))
        assert.lengthOf((yield* connection.ended).match(/200 OK/g) ?? [], COUNT + 1)
      })
  )
})

/** Enough waiting output for Node to stop reading now and then. */
const BODY = "a".repeat(5000)

const trustIf = (isTls: boolean) => {
  const certificate = isTls ? selfSignedCertificate() : undefined
  return { certificate, ca: certificate?.cert }
}

const listeningWith = (
  options: Pick<NodeListener.NodeListenerOptions, "certificate" | "handler"> & {
    readonly writeDeadline?: Duration.Duration
  }
) =>
  NodeListener.listen({
    address: { host: "127.0.0.1", port: 0, hostSetting: "", portSetting: "", portFlag: "" },
    errors: {
      clientError: (error) => {
        throw error
      },
      connect: () => undefined,
      connectStream: () => undefined
    },
    connectionLimit: { max: 10, onRefused: () => undefined, admits: () => true },
    requestDeadline: Duration.seconds(10),
    writeDeadline: Duration.seconds(10),
    shutdownDelay: Duration.zero,
    shutdownTimeout: Duration.zero,
    enter: () => Effect.void,
    ...options
  })

describe("[P18] of the connections there may be", () => {
  const from = (port: number, localAddress: string) =>
    Effect.gen(function*() {
      const socket = yield* opened(() => connect({ host: "127.0.0.1", port, localAddress }))
      let received = ""
      socket.on("error", () => undefined).on("data", (chunk) => {
        received += chunk.toString("latin1")
      })
      socket.write("GET /problems/not-found HTTP/1.1\r\nhost: identity.example\r\n\r\n")
      yield* eventually(() => socket.destroyed || received.includes("\r\n\r\n"))
      return { socket, isServed: received.includes("200 OK") }
    })
  const served = (port: number, localAddress: string, count: number) =>
    Effect.map(
      Effect.replicateEffect(from(port, localAddress), count),
      (fates) => fates.map(({ isServed }) => isServed)
    )

  it.live("one address has a quarter, and what it gives back it may have again", () =>
    Effect.gen(function*() {
      const port = yield* listening({ connectionsMax: 8 })
      const first = yield* from(port, "127.0.0.1")
      assert.deepStrictEqual(yield* served(port, "127.0.0.1", 3), [true, false, false])
      assert.deepStrictEqual(yield* served(port, "127.0.0.2", 3), [true, true, false])
      const refused = (yield* Metric.snapshot).find(({ id }) => id === "identity_connections_refused_total")
      assert.deepStrictEqual(refused?.state, { count: 3, incremental: true })
      first.socket.destroy()
      yield* Effect.repeat(from(port, "127.0.0.1"), {
        until: ({ isServed }) => isServed,
        schedule: Schedule.spaced("5 millis")
      }).pipe(Effect.timeout("5 seconds"))
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))

  it.live("a trusted proxy may have all", () =>
    Effect.gen(function*() {
      const port = yield* listening({
        connectionsMax: 8,
        trustedProxies: [Result.getOrThrow(IpNetwork.fromString("127.0.0.1/32"))]
      })
      assert.deepStrictEqual([...new Set(yield* served(port, "127.0.0.1", 8))], [true])
    }))
})

describe("a client that half-closes", () => {
  const HEAD = "host: identity.example\r\n"
  it.live.each(["HTTP", "HTTPS"])(
    "after a whole request gets its answer, over %s",
    (protocol) =>
      Effect.gen(function*() {
        const { cert, files } = yield* tlsFiles
        const isTls = protocol === "HTTPS"
        const port = yield* listening(isTls ? { tls: files } : {})
        const socket = yield* opened(() => {
          const plain = connect({ host: "127.0.0.1", port, allowHalfOpen: true })
          return isTls ? connectTls({ socket: plain, ca: cert, host: "127.0.0.1" }) : plain
        })
        let received = ""
        socket.on("data", (chunk) => {
          received += chunk.toString("latin1")
        })
        const ended = Effect.callback<void>((resume) => void socket.once("end", () => resume(Effect.void)))
        const body = JSON.stringify({ email: "ada@example.com", password: "a well kept secret", display_name: "Ada" })
        socket.end(
          `POST /accounts HTTP/1.1\r\n${HEAD}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
        )
        yield* Effect.timeout(ended, "5 seconds")
        assert.match(received, /^HTTP\/1\.1 201 /)
      })
  )
})
