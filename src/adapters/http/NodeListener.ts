/**
 * One listening Node server: its limits, and how it begins and ends.
 *
 * It listens last, with its handler in place, so no request is ever left unanswered at start. It ends in the other
 * order: it takes no new connections, finishes the requests it took, and closes; what is not done in time is cut.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Duration, Effect, Scope } from "effect"
import { HttpMiddleware } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import * as Http from "node:http"
import * as Http2 from "node:http2"
import { Server as NetServer, Socket } from "node:net"
import type { Server } from "node:net"
import type { ConnectionLimit } from "./ConnectionLimit.ts"
import { listenError } from "./ListenError.ts"
import type { ListenAddress, ListenError } from "./ListenError.ts"
import type { RawAnswers } from "./RawAnswers.ts"
import type { Certificate } from "./TlsFiles.ts"

/** Handles one request of either protocol. */
export type NodeHandler = (
  request: Http.IncomingMessage | Http2.Http2ServerRequest,
  response: Http.ServerResponse | Http2.Http2ServerResponse
) => void

export interface NodeListenerOptions {
  readonly address: ListenAddress
  readonly handler: NodeHandler
  readonly answers: RawAnswers
  /** With one, the listener speaks HTTP/2 and HTTP/1.1 over TLS. */
  readonly certificate: Certificate | undefined
  readonly connectionLimit: ConnectionLimit
  /** How long a request may take to arrive. */
  readonly requestDeadline: Duration.Duration
  /** How long requests under way get at the end. */
  readonly shutdownTimeout: Duration.Duration
  /** Runs when the end begins, before anything is closed. */
  readonly onDraining: Effect.Effect<void>
}

/** Listens until the scope closes; answers the port, which the system chose if 0 was asked for. */
export const listen = Effect.fnUntraced(function*(options: NodeListenerOptions) {
  const connections = new Connections()
  const server = Object.assign(makeServer(options, connections), LIMITS_BY_PROPERTY)
  server.maxConnections = options.connectionLimit.max
  server.on("drop", options.connectionLimit.onRefused)
  yield* Effect.acquireRelease(
    open(server, options.address),
    () => Effect.andThen(options.onDraining, drain(server, connections, options.shutdownTimeout))
  )
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : options.address.port
})

/**
 * Runs an app for every request Node hands over, behind handlers that may answer some of them themselves. Whoever is
 * still running when the scope closes is interrupted, so this has to come before `listen` in the same scope.
 */
export const nodeHandler = Effect.fnUntraced(
  function*<E, R, R2 = never>(
    app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
    before: (general: NodeHandler) => Effect.Effect<NodeHandler, never, R2 | Scope.Scope> = Effect.succeed
  ) {
    const requests = yield* Scope.fork(yield* Effect.scope, "parallel")
    const general = NodeHttpServer.makeHandler(app, { scope: requests })
    const handler = Scope.provide(Effect.flatMap(general, before), requests)
    return yield* Effect.updateContext(handler, spacious<Effect.Services<typeof handler>>)
  },
  // The app has its own span: one that knows the route and keeps the path to itself.
  Effect.provideService(HttpMiddleware.TracerDisabledWhen, () => true)
)

/**
 * Every request adds a few services to what the server provides. The default makes room for fewer than it adds, and past
 * that everything is copied, for each request anew.
 */
const spacious = <R>(context: Context.Context<R>): Context.Context<R> =>
  Context.makeUnsafe(new Map(context.mapUnsafe), { maxDepth: 32 })

export const HEADER_BYTES_MAX = 16 * 1024

const LIMITS_BY_PROPERTY = {
  // Headers are limited by their size alone. Node would also limit their number, and before version 26 it leaves out those
  // beyond, unseen: an attacker could so hide what a proxy appends.
  maxHeadersCount: 0,
  // A worker would hand a connection that is one too many back, and it would go round between full workers for ever.
  dropMaxConnection: true
}

/** Requests under way on one HTTP/2 connection. */
export const STREAMS_MAX = 100

/** How often Node looks for requests that are too slow. It is late by up to this much. */
const CHECKING_INTERVAL_MS = 250

/** Longer than the load balancers in front keep theirs, so that it is they who close. */
export const KEEP_ALIVE_MS = 65_000

const makeServer = (options: NodeListenerOptions, connections: Connections): Server => {
  const { answers, certificate, handler } = options
  const deadline = Math.max(Duration.toMillis(options.requestDeadline) - CHECKING_INTERVAL_MS, 1)
  const limits = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: deadline,
    requestTimeout: deadline,
    connectionsCheckingInterval: CHECKING_INTERVAL_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Node would refuse such a request by itself, in a form of its own.
    requireHostHeader: false,
    // A request that announces no body has none to wait for: its stream is over before anybody looks at it.
    optimizeEmptyRequests: true
  }
  const onHttp1 = (request: Http.IncomingMessage, response: Http.ServerResponse) => {
    connections.begin(request.socket, response)
    answers.watch(request, response)
    handler(request, response)
  }
  if (certificate === undefined) {
    return Http.createServer(limits, onHttp1)
      .on("connection", (socket) => connections.add(socket, false))
      .on("checkExpectation", onHttp1)
      .on("clientError", answers.clientError)
      .on("connect", answers.connect)
  }
  const onEither = (
    request: Http.IncomingMessage | Http2.Http2ServerRequest,
    response: Http.ServerResponse | Http2.Http2ServerResponse
  ) =>
    request instanceof Http.IncomingMessage && response instanceof Http.ServerResponse
      ? onHttp1(request, response)
      : handler(request, response)
  return Http2.createSecureServer({
    ...limits,
    ...certificate,
    allowHTTP1: true,
    minVersion: "TLSv1.2",
    handshakeTimeout: deadline,
    settings: { maxConcurrentStreams: STREAMS_MAX, maxHeaderListSize: HEADER_BYTES_MAX }
  })
    .on("secureConnection", (socket) => connections.add(socket, socket.alpnProtocol === "h2"))
    .on("session", (session) => connections.addSession(session))
    .on("request", onEither)
    .on("checkExpectation", onEither)
    .on("clientError", answers.clientError)
    .on(
      "connect",
      (request: Http.IncomingMessage | Http2.Http2ServerRequest, target: Socket | Http2.Http2ServerResponse) => {
        if (request instanceof Http.IncomingMessage && target instanceof Socket) answers.connect(request, target)
        else if (request instanceof Http2.Http2ServerRequest && target instanceof Http2.Http2ServerResponse) {
          answers.connectStream(request, target)
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

/** How long kept connections may still bring a request, which is answered with the news that it was the last one. */
const FAREWELL = Duration.millis(500)

/**
 * Closing idle connections at once would cut those whose next request is already on its way. So the server first stops
 * listening only; connections in use end with their next answer, and what is idle even then is closed.
 */
const drain = (server: Server, connections: Connections, timeout: Duration.Duration): Effect.Effect<void> => {
  const stopped = Effect.callback<void>((resume) => {
    // Not the server's own `close`, which closes idle connections too.
    NetServer.prototype.close.call(server, () => resume(Effect.void))
    connections.endSessions()
  })
  const farewell = Effect.andThen(
    Effect.sleep(FAREWELL),
    Effect.sync(() => {
      server.close()
      connections.sayGoodbye()
    })
  )
  return Effect.raceFirst(stopped, Effect.andThen(farewell, Effect.never)).pipe(
    Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.void }),
    Effect.ensuring(Effect.sync(() => {
      server.close()
      connections.cut()
    }))
  )
}

/** What is connected, and what of it is in use. */
class Connections {
  /** The last request of each, if there was one. Answers go out in order, so those before it are out when it is. */
  readonly #http1 = new Map<Socket, Http.ServerResponse | undefined>()
  readonly #http2 = new Set<Socket>()
  readonly #sessions = new Set<Http2.ServerHttp2Session>()
  #ending = false

  add(socket: Socket, isHttp2: boolean): void {
    if (isHttp2) {
      this.#http2.add(socket)
      socket.once("close", () => this.#http2.delete(socket))
      return
    }
    this.#http1.set(socket, undefined)
    socket.once("close", () => this.#http1.delete(socket))
    if (this.#ending) socket.destroy()
  }

  addSession(session: Http2.ServerHttp2Session): void {
    this.#sessions.add(session)
    session.once("close", () => this.#sessions.delete(session))
    session.setTimeout(KEEP_ALIVE_MS, () => session.close())
    if (this.#ending) session.close()
  }

  begin(socket: Socket, response: Http.ServerResponse): void {
    if (this.#http1.has(socket)) this.#http1.set(socket, response)
  }

  /** Takes no new requests on HTTP/2 connections; their clients know which of those they sent are not answered. */
  endSessions(): void {
    for (const session of this.#sessions) session.close()
  }

  /**
   * Closes every connection without a request under way. Half a request is none: it may never be whole. An HTTP/2
   * connection ends with its session.
   */
  sayGoodbye(): void {
    this.#ending = true
    this.endSessions()
    for (const [socket, response] of this.#http1) if (response?.closed !== false) socket.destroy()
  }

  cut(): void {
    for (const session of this.#sessions) session.destroy()
    for (const socket of [...this.#http1.keys(), ...this.#http2]) socket.destroy()
  }
}
