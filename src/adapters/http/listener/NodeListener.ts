/**
 * One listening Node server: its limits, and how it begins and ends.
 *
 * It starts to listen when its handler is in place, so that no request stays unanswered at the start. It ends in the
 * reverse order (`Draining.ts`). Requests that don't finish in time are cut.
 */
import { Duration, Effect, Schedule } from "effect"
import * as Http from "node:http"
import type { Server } from "node:net"
import type { ConnectionLimit } from "./ConnectionLimit.ts"
import { Connections } from "./Connections.ts"
import { drain } from "./Draining.ts"
import { listenError } from "./ListenError.ts"
import type { ListenAddress, ListenError } from "./ListenError.ts"
import type { DrainOptions } from "./ListenerState.ts"
import type { NodeHandler, StreamHandler } from "./NodeHandler.ts"
import type { ParserErrors } from "./ParserErrors.ts"
import { SWEEPS } from "./Stall.ts"
import type { Certificate } from "./TlsFiles.ts"

export interface NodeListenerOptions extends DrainOptions {
  readonly address: ListenAddress
  readonly handler: NodeHandler
  /** Over HTTP/2 it gets each request first. */
  readonly streamHandler?: StreamHandler
  readonly errors: ParserErrors
  /** With a certificate, the listener speaks HTTP/2 and HTTP/1.1 over TLS. */
  readonly certificate: Certificate | undefined
  readonly connectionLimit: ConnectionLimit
  /** How long a request may take to arrive. */
  readonly requestDeadline: Duration.Duration
  /** How long a client may read nothing while data is waiting for it. 10 seconds, except in tests. */
  readonly writeDeadline?: Duration.Duration | undefined
}

export interface NodeListener {
  /** The system's choice, if 0 was configured. */
  readonly port: number
  /** Makes new connections use another certificate. */
  readonly useCertificate: (certificate: Certificate) => void
}

/** Listens until the scope closes. */
export const listen = Effect.fnUntraced(function*(options: NodeListenerOptions) {
  const interval = Duration.divideUnsafe(options.writeDeadline ?? WRITE_DEADLINE, SWEEPS)
  const headerSweeps = Math.ceil(Duration.toMillis(options.requestDeadline) / Duration.toMillis(interval))
  const connections = new Connections(
    options.handler,
    options.streamHandler ?? (() => false),
    options.connectionLimit,
    headerSweeps
  )
  const { server, useCertificate } = yield* makeServer(options, connections)
  Object.assign(server, LIMITS_BY_PROPERTY)
  server.maxConnections = options.connectionLimit.max
  server.on("drop", options.connectionLimit.onRefused)
  yield* Effect.sync(() => connections.sweep()).pipe(
    Effect.repeat(Schedule.spaced(interval)),
    Effect.forkScoped
  )
  yield* Effect.acquireRelease(open(server, options.address), () => drain(server, connections, options))
  const address = server.address()
  const listener: NodeListener = {
    port: typeof address === "object" && address !== null ? address.port : options.address.port,
    useCertificate
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

/** How often Node looks for requests that are too slow. It may notice them this much too late. */
const CHECKING_INTERVAL_MS = 250

/** Longer than load balancers keep idle connections, so that they are the ones who close them. */
export const KEEP_ALIVE_MS = 65_000

const makeServer = Effect.fnUntraced(
  function*({ certificate, errors, requestDeadline }: NodeListenerOptions, connections: Connections) {
    const deadline = Math.max(Duration.toMillis(requestDeadline) - CHECKING_INTERVAL_MS, 1)
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
    if (certificate !== undefined) {
      const SecureServer = yield* Effect.promise(() => import("./SecureServer.ts"))
      return SecureServer.make({ certificate, connections, errors, limits })
    }
    const server = Http.createServer(limits, connections.begin)
      .on("connection", (socket) => {
        connections.accept(socket)
        connections.addHttp1(socket)
      })
      .on("checkContinue", connections.beginWaiting)
      .on("checkExpectation", connections.begin)
      .on("clientError", (error, socket) => errors.clientError(error, socket, connections.http1(socket)))
      .on("connect", (request, socket) => errors.connect(request, socket, connections.http1(request.socket)))
    return { server, useCertificate: () => undefined }
  }
)

const open = (server: Server, address: ListenAddress): Effect.Effect<void, ListenError> =>
  Effect.callback((resume) => {
    const onError = (cause: Error) => resume(Effect.fail(listenError(address, cause)))
    server.once("error", onError)
    server.listen({ host: address.host, port: address.port }, () => {
      server.off("error", onError)
      resume(Effect.void)
    })
  })
