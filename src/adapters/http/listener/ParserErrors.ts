/**
 * Answers to what never reaches the router: bytes the parser gives up on, and `CONNECT`, which asks for a proxy.
 *
 * What was asked for before on the same connection is answered first (RFC 9112, section 9.3.2). Then the connection is
 * closed, because nobody knows where a next request would begin.
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
import { textOf, underWay } from "./NodeHandler.ts"
import type { UnroutedRequests } from "./UnroutedRequests.ts"

export interface ParserErrors {
  /** Remembers what is being answered on a connection. */
  readonly watch: (request: IncomingMessage, response: ServerResponse) => void
  readonly clientError: (error: Error, socket: Duplex) => void
  /** `stream` is what Node would have the request tunnelled through: mostly its connection. */
  readonly connect: (request: IncomingMessage, stream: Duplex) => void
  readonly connectStream: (request: Http2ServerRequest, response: Http2ServerResponse) => void
}

interface Answering {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The answer before this one, if it was not out when the request came. */
  readonly before: ServerResponse | undefined
}

export const make = ({ begin, refuse, refuseUnobserved }: UnroutedRequests): ParserErrors => {
  const answering = new WeakMap<Duplex, Answering>()

  /** Answers a request behind all that were made before it, and ends the connection. */
  const refuseNext = (
    socket: Socket,
    Class: ProblemClass<Problem>,
    headers: IncomingHttpHeaders,
    method?: string
  ): void => {
    discardInput(socket)
    after(answering.get(socket)?.response, () => {
      if (socket.writable) refuse(begin(socket.remoteAddress, headers, method), Class, writeTo(socket, Class))
    })
  }

  /** The same where the router has the request and reads its body, and may have answered it. */
  const refuseBody = (socket: Socket, Class: ProblemClass<Problem>, { before, request, response }: Answering): void => {
    discardInput(socket)
    after(before, () => {
      if (response.headersSent) return after(response, () => socket.destroySoon())
      if (!socket.writable) return
      const context = underWay.get(request)?.request ?? begin(socket.remoteAddress, request.headers)
      context.bodyFault = Class
      refuseUnobserved(context, Class, writeTo(socket, Class))
    })
  }

  return {
    watch: (request, response) => {
      const before = answering.get(request.socket)?.response
      answering.set(request.socket, {
        request,
        response,
        before: before?.writableFinished === false ? before : undefined
      })
    },
    clientError: (error, socket) => {
      const code = Predicate.hasProperty(error, "code") ? String(error.code) : ""
      const Class = faults[code] ?? MalformedRequest
      if (code === "ECONNRESET" || !(socket instanceof Socket)) {
        socket.destroy()
        return
      }
      if (isDiscarded(socket)) return
      const current = answering.get(socket)
      if (current !== undefined && !current.request.complete) refuseBody(socket, Class, current)
      else if (socket.bytesRead > 0) refuseNext(socket, Class, originIn(error))
      // Whoever said nothing, or failed to agree on a key, made no request.
      else if (socket.writable) refuseUnobserved(begin(socket.remoteAddress, {}), Class, writeTo(socket, Class))
      else socket.destroy()
    },
    connect: (request, stream) => {
      // Node has taken its own listener away, and an error that nobody listens to ends the process.
      stream.on("error", () => stream.destroy())
      refuseNext(request.socket, MethodNotAllowed, request.headers, request.method)
    },
    connectStream: (request, response) => {
      const context = begin(request.socket.remoteAddress, request.headers, request.method)
      refuse(context, MethodNotAllowed, (answer, headers) => {
        response.writeHead(answer.status, headers).end(textOf(answer))
      })
    }
  }
}

/** The origin of a request that the parser gave up on, if that was among the bytes it had last. */
const originIn = (error: Error): IncomingHttpHeaders => {
  const bytes = Predicate.hasProperty(error, "rawPacket") && error.rawPacket instanceof Uint8Array
    ? error.rawPacket
    : new Uint8Array()
  const [first, ...others] = Buffer.from(bytes).toString("latin1").matchAll(/^origin:[ \t]*(\S+)[ \t]*\r$/gim)
  return others.length === 0 && first?.[1] !== undefined ? { origin: first[1] } : {}
}

/** Acts when an answer is out, or can't be any more. */
const after = (response: ServerResponse | undefined, act: () => void): void => {
  if (response?.closed === false) response.once("close", act)
  else act()
}

const faults: Readonly<Record<string, ProblemClass<Problem>>> = {
  HPE_HEADER_OVERFLOW: HeadersTooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: RequestTimeout
}

/** How long a client that says nothing gets to read the answer before its connection is cut. */
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
