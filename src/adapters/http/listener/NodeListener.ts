/**
 * One listening Node server: its limits, and how it begins and ends.
 *
 * It starts to listen when its handler is in place, so that no request stays unanswered at the start. It ends in the
 * reverse order (`Draining.ts`). Requests that don't finish in time are cut.
 */
import { Duration, Effect, Schedule } from "effect"
import * as Http from "node:http"
import * as Http2 from "node:http2"
import type { Server, Socket } from "node:net"
import { Duplex } from "node:stream"
import { Server as TlsServer } from "node:tls"
import * as Continuations from "../exchange/Continuations.ts"
import type { ConnectionLimit } from "./ConnectionLimit.ts"
import { Connections } from "./Connections.ts"
import { drain } from "./Draining.ts"
import { listenError } from "./ListenError.ts"
import type { ListenAddress, ListenError } from "./ListenError.ts"
import type { EndPhase } from "./ListenerState.ts"
import type { NodeHandler } from "./NodeHandler.ts"
import type { ParserErrors } from "./ParserErrors.ts"
import { SWEEPS } from "./Stall.ts"
import type { Certificate } from "./TlsFiles.ts"

export interface NodeListenerOptions {
  readonly address: ListenAddress
  readonly handler: NodeHandler
  readonly errors: ParserErrors
  /** With a certificate, the listener speaks HTTP/2 and HTTP/1.1 over TLS. */
  readonly certificate: Certificate | undefined
  readonly connectionLimit: ConnectionLimit
  /** How long a request may take to arrive. */
  readonly requestDeadline: Duration.Duration
  /** How long a client may read nothing while data is waiting for it. */
  readonly writeDeadline: Duration.Duration
  /** How long the listener goes on as before at the end. */
  readonly shutdownDelay: Duration.Duration
  /** How long active requests get at the end. */
  readonly shutdownTimeout: Duration.Duration
  /** Runs at the beginning of each phase of the end. */
  readonly enter: (phase: EndPhase) => Effect.Effect<void>
}

export interface NodeListener {
  /** The system's choice, if 0 was configured. */
  readonly port: number
  /** Makes new connections use another certificate. */
  readonly useCertificate: (certificate: Certificate) => void
}

/** Listens until the scope closes. */
export const listen = Effect.fnUntraced(function*(options: NodeListenerOptions) {
  const interval = Duration.divideUnsafe(options.writeDeadline, SWEEPS)
  const headerSweeps = Math.ceil(Duration.toMillis(options.requestDeadline) / Duration.toMillis(interval))
  const connections = new Connections(options.handler, options.connectionLimit, headerSweeps)
  const server = Object.assign(makeServer(options, connections), LIMITS_BY_PROPERTY)
  server.maxConnections = options.connectionLimit.max
  server.on("drop", options.connectionLimit.onRefused)
  yield* Effect.sync(() => connections.sweep()).pipe(
    Effect.repeat(Schedule.spaced(interval)),
    Effect.forkScoped
  )
  yield* Effect.acquireRelease(
    open(server, options.address),
    () =>
      drain(server, connections, {
        delay: options.shutdownDelay,
        timeout: options.shutdownTimeout,
        enter: options.enter
      })
  )
  const address = server.address()
  const listener: NodeListener = {
    port: typeof address === "object" && address !== null ? address.port : options.address.port,
    useCertificate: (certificate) => {
      if (server instanceof TlsServer) server.setSecureContext({ ...certificate, ...TLS })
    }
  }
  return listener
})

export const HEADER_BYTES_MAX = 16 * 1024

const LIMITS_BY_PROPERTY = {
  // Only the size of headers is limited. Node would also limit their number, and before version 26 it silently drops
  // the rest. An attacker could use that to hide what a proxy appends.
  maxHeadersCount: 0,
  // Otherwise a worker would hand an extra connection back, and it would circulate between full workers for ever.
  dropMaxConnection: true,
  // A client that has ended its side still waits for its answer.
  httpAllowHalfOpen: true
}

/** How long a client may read nothing while data is waiting for it. */
export const WRITE_DEADLINE = Duration.seconds(10)

/** The most active requests on one HTTP/2 connection. */
export const STREAMS_MAX = 100

/**
 * Cipher suites with forward secrecy and authenticated encryption: all of TLS 1.3, and those of TLS 1.2 that have both.
 * The client's order decides, because the client knows which one its hardware is fast at.
 */
export const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305"
].join(":")

const TLS = { minVersion: "TLSv1.2", ciphers: CIPHERS, honorCipherOrder: false } as const

/** How often Node looks for requests that are too slow. It may notice them this much too late. */
const CHECKING_INTERVAL_MS = 250

/** Longer than load balancers keep idle connections, so that they are the ones who close them. */
export const KEEP_ALIVE_MS = 65_000

const makeServer = (options: NodeListenerOptions, connections: Connections): Server => {
  const { certificate, errors } = options
  const deadline = Math.max(Duration.toMillis(options.requestDeadline) - CHECKING_INTERVAL_MS, 1)
  const limits = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: deadline,
    requestTimeout: deadline,
    connectionsCheckingInterval: CHECKING_INTERVAL_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Node would refuse such a request itself, but not as a problem.
    requireHostHeader: false,
    // A request without a body has nothing to wait for.
    optimizeEmptyRequests: true
  }
  const onHttp1 = (request: Http.IncomingMessage, response: Http.ServerResponse) => {
    connections.begin(request, response)
  }
  if (certificate === undefined) {
    return Http.createServer(limits, onHttp1)
      .on("connection", (socket) => {
        connections.accept(socket)
        connections.addHttp1(socket)
      })
      .on("checkContinue", (request: Http.IncomingMessage, response: Http.ServerResponse) => {
        Continuations.hold(request, response)
        onHttp1(request, response)
      })
      .on("checkExpectation", onHttp1)
      .on("clientError", (error, socket) => errors.clientError(error, socket, connections.http1(socket)))
      .on("connect", (request, socket) => errors.connect(request, socket, connections.http1(request.socket)))
  }
  const onEither = (
    request: Http.IncomingMessage | Http2.Http2ServerRequest,
    response: Http.ServerResponse | Http2.Http2ServerResponse
  ) => {
    if (request instanceof Http.IncomingMessage && response instanceof Http.ServerResponse) onHttp1(request, response)
    else if (request instanceof Http2.Http2ServerRequest && response instanceof Http2.Http2ServerResponse) {
      connections.beginStream(request, response)
    }
  }
  return Http2.createSecureServer({
    ...limits,
    ...certificate,
    allowHTTP1: true,
    ...TLS,
    handshakeTimeout: deadline,
    settings: { maxConcurrentStreams: STREAMS_MAX, maxHeaderListSize: HEADER_BYTES_MAX }
  })
    .on("connection", (socket: Socket) => connections.accept(socket))
    .on("secureConnection", (socket) => {
      if (socket.alpnProtocol === "h2") return connections.add(socket)
      // The same as without TLS. Before the handshake is complete, and over HTTP/2, there is no answer to wait for.
      socket.allowHalfOpen = true
      connections.addHttp1(socket)
    })
    .on("session", (session) => {
      session.setTimeout(KEEP_ALIVE_MS, () => session.close())
      connections.addHttp2(session)
    })
    .on("request", onEither)
    .on("checkContinue", (
      request: Http.IncomingMessage | Http2.Http2ServerRequest,
      response: Http.ServerResponse | Http2.Http2ServerResponse
    ) => {
      Continuations.hold(request, response)
      onEither(request, response)
    })
    .on("checkExpectation", onEither)
    .on("clientError", (error, socket) => errors.clientError(error, socket, connections.http1(socket)))
    .on(
      "connect",
      (request: Http.IncomingMessage | Http2.Http2ServerRequest, target: Duplex | Http2.Http2ServerResponse) => {
        if (request instanceof Http.IncomingMessage && target instanceof Duplex) {
          errors.connect(request, target, connections.http1(request.socket))
        } else if (request instanceof Http2.Http2ServerRequest && target instanceof Http2.Http2ServerResponse) {
          errors.connectStream(request, target)
        }
      }
    )
}

const open = (server: Server, address: ListenAddress): Effect.Effect<void, ListenError> =>
  Effect.callback((resume) => {
    const onError = (cause: Error) => resume(Effect.fail(listenError(address, cause)))
    server.once("error", onError)
    server.listen({ host: address.host, port: address.port }, () => {
      server.off("error", onError)
      resume(Effect.void)
    })
  })
