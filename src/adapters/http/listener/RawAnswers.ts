/**
 * Answers to what the app can't answer: bytes the parser gives up on, and `CONNECT`, which asks for a proxy.
 *
 * They look like every other refusal, in the answer as in the log. What was asked for before on the same connection is
 * answered first (RFC 9112, section 9.3.2). Then the connection is closed, because nobody knows where a next request
 * would begin.
 */
import { Duration, Predicate } from "effect"
import { Headers } from "effect/http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2"
import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import { PROBLEM_MEDIA_TYPE } from "../api/ProblemForm.ts"
import type { ProblemClass } from "../api/ProblemForm.ts"
import { HeadersTooLarge, MalformedRequest, MethodNotAllowed, RequestTimeout } from "../api/Problems.ts"
import type { Problem } from "../api/Problems.ts"
import * as BodyReads from "../exchange/BodyReads.ts"
import { problemMembers, problemType } from "../exchange/Refusals.ts"
import type { RequestIds } from "../exchange/RequestIds.ts"
import { fixedHeaders } from "../exchange/ResponseHeaders.ts"
import { discardInput, isDiscarded } from "./Http1Connection.ts"
import type { NoteRejected } from "./RejectedRequests.ts"

export interface RawAnswers {
  /** Remembers what is being answered on a connection. */
  readonly watch: (request: IncomingMessage, response: ServerResponse) => void
  readonly clientError: (error: Error, socket: Duplex) => void
  /** `stream` is what Node would have the request tunnelled through: mostly its connection. */
  readonly connect: (request: IncomingMessage, stream: Duplex) => void
  readonly connectStream: (request: Http2ServerRequest, response: Http2ServerResponse) => void
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The answer before this one, if it was not out when the request came. */
  readonly before: ServerResponse | undefined
}

interface RawAnswer {
  readonly status: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface RawAnswersOptions {
  readonly publicUrl: string
  readonly overTls: boolean
  readonly requestIds: RequestIds
  /** How long a request may take to arrive. */
  readonly requestDeadline: Duration.Duration
  readonly noteRejected: NoteRejected
  /** What lets a page of this origin read an answer. */
  readonly corsOf: (origin: string | undefined) => Readonly<Record<string, string>>
}

export const make = (options: RawAnswersOptions): RawAnswers => {
  const exchanges = new WeakMap<Duplex, Exchange>()

  const describe = (Class: ProblemClass<Problem>, id: string, origin: string | undefined): RawAnswer => {
    const type = problemType(options.publicUrl, Class.code)
    const body = JSON.stringify(
      problemMembers(new Class({ type, detail: Class.explanation, request_id: id }))
    )
    const headers = {
      ...fixedHeaders(options.overTls),
      ...options.corsOf(origin),
      "x-request-id": id,
      ...(Class === MethodNotAllowed ? { allow: "" } : {}),
      "content-type": PROBLEM_MEDIA_TYPE,
      "content-length": String(Buffer.byteLength(body))
    }
    return { status: Class.status, reason: Class.title, headers, body }
  }

  /** Notes a request that nobody else tells of; answers its id. */
  const reject = (Class: ProblemClass<Problem>, peer: string | undefined, request?: Rejected): string => {
    const headers = Headers.fromInput(request?.headers)
    const id = options.requestIds.of(headers["x-request-id"])
    options.noteRejected({
      id,
      method: request?.method ?? "",
      headers,
      peer,
      status: Class.status,
      // The parser gives up on anything else as soon as it comes.
      elapsedNanos: Class === RequestTimeout ? Duration.toNanosUnsafe(options.requestDeadline) : 0n
    })
    return id
  }

  /** The app has the request and tells of it, so it has to know how it ended. */
  const takeOver = (request: IncomingMessage, Class: ProblemClass<Problem>): string => {
    const read = BodyReads.find(request)
    if (read === undefined) return options.requestIds.of(Headers.fromInput(request.headers)["x-request-id"])
    read.answered = Class
    return read.requestId
  }

  /** Answers a request behind all that were made before it, and ends the connection. */
  const refuse = (socket: Socket, Class: ProblemClass<Problem>, origin: string | undefined, read?: Rejected): void => {
    discardInput(socket)
    after(exchanges.get(socket)?.response, () => {
      if (socket.writable) write(socket, describe(Class, reject(Class, socket.remoteAddress, read), origin))
    })
  }

  /** The same where the app has the request and reads its body, and may have answered it. */
  const refuseBody = (socket: Socket, Class: ProblemClass<Problem>, { before, request, response }: Exchange): void => {
    discardInput(socket)
    after(before, () => {
      if (response.headersSent) after(response, () => socket.destroySoon())
      else if (socket.writable) write(socket, describe(Class, takeOver(request, Class), request.headers.origin))
    })
  }

  return {
    watch: (request, response) => {
      const before = exchanges.get(request.socket)?.response
      exchanges.set(request.socket, {
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
      const exchange = exchanges.get(socket)
      if (exchange !== undefined && !exchange.request.complete) refuseBody(socket, Class, exchange)
      else if (socket.bytesRead > 0) refuse(socket, Class, originIn(error))
      // Whoever said nothing, or failed to agree on a key, made no request.
      else if (socket.writable) write(socket, describe(Class, options.requestIds.of(undefined), undefined))
      else socket.destroy()
    },
    connect: (request, stream) => {
      // Node has taken its own listener away, and an error that nobody listens to ends the process.
      stream.on("error", () => stream.destroy())
      refuse(request.socket, MethodNotAllowed, request.headers.origin, request)
    },
    connectStream: (request, response) => {
      const id = reject(MethodNotAllowed, request.socket.remoteAddress, request)
      const { body, headers, status } = describe(MethodNotAllowed, id, request.headers.origin)
      response.writeHead(status, headers).end(body)
    }
  }
}

type Rejected = Pick<IncomingMessage | Http2ServerRequest, "headers" | "method">

/** The origin of a request that the parser gave up on, if that was among the bytes it had last. */
const originIn = (error: Error): string | undefined => {
  const bytes = Predicate.hasProperty(error, "rawPacket") && error.rawPacket instanceof Uint8Array
    ? error.rawPacket
    : new Uint8Array()
  const [first, ...others] = Buffer.from(bytes).toString("latin1").matchAll(/^origin:[ \t]*(\S+)[ \t]*\r$/gim)
  return others.length === 0 ? first?.[1] : undefined
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

const write = (socket: Socket, { body, headers, reason, status }: RawAnswer): void => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("")
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines}connection: close\r\n\r\n${body}`)
  socket.setTimeout(LINGER_MS, () => socket.destroy())
}
