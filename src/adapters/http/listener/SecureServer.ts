/**
 * The server of a listener with a certificate: HTTP/2 and HTTP/1.1 over TLS. It is loaded only when there is one,
 * because Node's TLS and HTTP/2 take 7 MB.
 */
import * as Http from "node:http"
import * as Http2 from "node:http2"
import type { Socket } from "node:net"
import { Duplex } from "node:stream"
import type { Connections } from "./Connections.ts"
import { putBack } from "./Http1Connection.ts"
import type { ParserErrors } from "./ParserErrors.ts"
import type { Certificate } from "./TlsFiles.ts"

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

export interface SecureServerOptions {
  readonly certificate: Certificate
  readonly connections: Connections
  readonly errors: ParserErrors
  /** Those of HTTP/1.1, which apply to HTTP/2 as well. */
  readonly limits: Http.ServerOptions & {
    readonly headersTimeout: number
    readonly keepAliveTimeout: number
    readonly maxHeaderSize: number
  }
}

/** Every stream of a server is, but Node's types don't know that. */
const isOfServer = (stream: Http2.Http2Stream): stream is Http2.ServerHttp2Stream => "respond" in stream

export const make = ({ certificate, connections, errors, limits }: SecureServerOptions) => {
  const server = Http2.createSecureServer({
    ...limits,
    ...certificate,
    allowHTTP1: true,
    ...TLS,
    handshakeTimeout: limits.headersTimeout,
    settings: { maxConcurrentStreams: STREAMS_MAX, maxHeaderListSize: limits.maxHeaderSize }
  })
    .on("connection", (socket: Socket) => connections.accept(socket))
    .on("secureConnection", (socket) => {
      if (socket.alpnProtocol === "h2") return connections.add(socket)
      // The same as without TLS. Before the handshake is complete, and over HTTP/2, there is no answer to wait for.
      socket.allowHalfOpen = true
      connections.addHttp1(socket)
    })
    .on("session", (session) => {
      session.setTimeout(limits.keepAliveTimeout, () => session.close())
      connections.addHttp2(session)
    })
    .on("request", connections.begin)
    .on("checkContinue", connections.beginWaiting)
    .on("checkExpectation", connections.begin)
    .on("clientError", (error, socket) => {
      if (!putBack(error, socket)) errors.clientError(error, socket, connections.http1(socket))
    })
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
  // This listener of Node's makes those objects, and emits the events above.
  const [needsObjects] = server.listeners("stream")
  server.removeAllListeners("stream").on("stream", (stream, headers, flags, rawHeaders) => {
    const isAnswered = isOfServer(stream) && connections.beginStream(stream, headers, rawHeaders)
    if (!isAnswered) needsObjects?.call(server, stream, headers, flags, rawHeaders)
  })
  return {
    server,
    useCertificate: (renewed: Certificate) => server.setSecureContext({ ...renewed, ...TLS })
  }
}
