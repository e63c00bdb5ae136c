/**
 * Answers bytes that the parser rejects, and `CONNECT`, which asks for a proxy. Neither reaches the router.
 *
 * Earlier requests on the same connection are answered first (RFC 9112, section 9.3.2). Then the connection is closed,
 * because it is unknown where the next request would begin.
 */
import { Predicate } from "effect"
import type { HttpServerResponse } from "effect/http"
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2"
import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { ProblemClass } from "../api/ProblemForm.ts"
import { HeadersTooLarge, MalformedRequest, MethodNotAllowed, RequestTimeout } from "../api/Problems.ts"
import type { Problem } from "../api/Problems.ts"
import { discardInput, isDiscarded } from "./Http1Connection.ts"
import type { Http1Connection } from "./Http1Connection.ts"
import { textOf, underWay } from "./NodeHandler.ts"
import type { UnroutedRequests } from "./UnroutedRequests.ts"

export interface ParserErrors {
  readonly clientError: (error: Error, socket: Duplex, connection: Http1Connection | undefined) => void
  /** `stream` is what Node offers for the tunnel, usually the connection. */
  readonly connect: (request: IncomingMessage, stream: Duplex, connection: Http1Connection | undefined) => void
  readonly connectStream: (request: Http2ServerRequest, response: Http2ServerResponse) => void
}

export const make = ({ begin, refuse, refuseUnobserved }: UnroutedRequests): ParserErrors => {
  /** Answers after all earlier requests have been answered, and ends the connection. */
  const refuseNext = (
    socket: Socket,
    newest: ServerResponse | undefined,
    Class: ProblemClass<Problem>,
    headers: IncomingHttpHeaders,
    method?: string
  ): void => {
    discardInput(socket)
    after(newest, () => {
      if (socket.writable) refuse(begin(socket.remoteAddress, headers, method), Class, writeTo(socket, Class))
    })
  }

  /** The same when the router is reading the request's body. It may already have answered. */
  const refuseBody = (
    socket: Socket,
    response: ServerResponse,
    before: ServerResponse | undefined,
    Class: ProblemClass<Problem>
  ): void => {
    discardInput(socket)
    after(before, () => {
      if (response.headersSent) return after(response, () => socket.destroySoon())
      if (!socket.writable) return
      const context = underWay.get(response.req)?.request ?? begin(socket.remoteAddress, response.req.headers)
      context.bodyFault = Class
      refuseUnobserved(context, Class, writeTo(socket, Class))
    })
  }

  return {
    clientError: (error, socket, connection) => {
      const code = Predicate.hasProperty(error, "code") ? String(error.code) : ""
      const Class = faults[code] ?? MalformedRequest
      if (code === "ECONNRESET" || !(socket instanceof Socket)) {
        socket.destroy()
        return
      }
      if (isDiscarded(socket)) return
      const [newest, before] = connection?.newest ?? []
      if (newest?.req.complete === false) refuseBody(socket, newest, before, Class)
      else if (socket.bytesRead > 0) refuseNext(socket, newest, Class, originIn(error))
      // A client that sent nothing, or whose handshake failed, made no request.
      else if (socket.writable) refuseUnobserved(begin(socket.remoteAddress, {}), Class, writeTo(socket, Class))
      else socket.destroy()
    },
    connect: (request, stream, connection) => {
      // Node has removed its own listener, and an error without a listener ends the process.
      stream.on("error", () => stream.destroy())
      refuseNext(request.socket, connection?.newest[0], MethodNotAllowed, request.headers, request.method)
    },
    connectStream: (request, response) => {
      const context = begin(request.socket.remoteAddress, request.headers, request.method)
      refuse(context, MethodNotAllowed, (answer, headers) => {
        response.writeHead(answer.status, headers).end(textOf(answer))
      })
    }
  }
}

/** The origin of a request that the parser rejected, if it was in the last packet. */
const originIn = (error: Error): IncomingHttpHeaders => {
  const bytes = Predicate.hasProperty(error, "rawPacket") && error.rawPacket instanceof Uint8Array
    ? error.rawPacket
    : new Uint8Array()
  const [first, ...others] = Buffer.from(bytes).toString("latin1").matchAll(/^origin:[ \t]*(\S+)[ \t]*\r$/gim)
  return others.length === 0 && first?.[1] !== undefined ? { origin: first[1] } : {}
}

/** Acts when an answer has been sent, or can no longer be. */
const after = (response: ServerResponse | undefined, act: () => void): void => {
  if (response?.closed === false) response.once("close", act)
  else act()
}

const faults: Readonly<Record<string, ProblemClass<Problem>>> = {
  HPE_HEADER_OVERFLOW: HeadersTooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: RequestTimeout
}

/** How long a silent client gets to read the answer before its connection is cut. */
const LINGER_MS = 1000

const writeTo = (socket: Socket, { title }: ProblemClass<Problem>) =>
(
  answer: HttpServerResponse.HttpServerResponse,
  headers: Record<string, string>
): void => {
  const lines = Object.entries({ ...headers, connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${answer.status} ${title}\r\n${lines.join("")}\r\n${textOf(answer)}`)
  socket.setTimeout(LINGER_MS, () => socket.destroy())
}
