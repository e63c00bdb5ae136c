/**
 * Answers to what never becomes a request: bytes the parser gives up on, and `CONNECT`, which asks for a proxy.
 *
 * They look like every other refusal. Then the connection is closed, because nobody knows where a next request would
 * begin.
 */
import { Predicate } from "effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Http2ServerResponse } from "node:http2"
import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import { PROBLEM_MEDIA_TYPE } from "./api/ProblemForm.ts"
import type { ProblemClass } from "./api/ProblemForm.ts"
import { HeadersTooLarge, MalformedRequest, MethodNotAllowed, RequestTimeout } from "./api/Problems.ts"
import type { Problem } from "./api/Problems.ts"
import type { RequestIds } from "./middleware/RequestId.ts"
import { fixedHeaders } from "./middleware/SecurityHeaders.ts"
import { problemMembers, problemType } from "./Refusals.ts"

export interface RawAnswers {
  /** Remembers what is being answered on a connection. */
  readonly watch: (request: IncomingMessage, response: ServerResponse) => void
  readonly clientError: (error: Error, socket: Duplex) => void
  readonly connect: (socket: Duplex) => void
  readonly connectStream: (response: Http2ServerResponse) => void
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

export const make = (options: {
  readonly publicUrl: string
  readonly overTls: boolean
  readonly requestIds: RequestIds
}): RawAnswers => {
  const exchanges = new WeakMap<Duplex, Exchange>()

  const describe = (Class: ProblemClass<Problem>): RawAnswer => {
    const id = options.requestIds.of(undefined)
    const type = problemType(options.publicUrl, Class.code)
    const body = JSON.stringify(
      problemMembers(new Class({ type, detail: Class.explanation, request_id: id }))
    )
    const headers = {
      ...fixedHeaders(options.overTls),
      "x-request-id": id,
      ...(Class === MethodNotAllowed ? { allow: "" } : {}),
      "content-type": PROBLEM_MEDIA_TYPE,
      "content-length": String(Buffer.byteLength(body))
    }
    return { status: Class.status, reason: Class.title, headers, body }
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
      if (code === "ECONNRESET" || !socket.writable || !isFree(exchanges.get(socket))) socket.destroy()
      else write(socket, describe(faults[code] ?? MalformedRequest))
    },
    connect: (socket) => write(socket, describe(MethodNotAllowed)),
    connectStream: (response) => {
      const { body, headers, status } = describe(MethodNotAllowed)
      response.writeHead(status, headers).end(body)
    }
  }
}

/** Whether the next thing the client expects is the answer to a fault: another's must not be taken for it. */
const isFree = (exchange: Exchange | undefined): boolean => {
  if (exchange === undefined) return true
  const { before, request, response } = exchange
  if (request.complete) return response.writableFinished
  return before?.writableFinished !== false && !response.headersSent
}

const faults: Readonly<Record<string, ProblemClass<Problem>>> = {
  HPE_HEADER_OVERFLOW: HeadersTooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: RequestTimeout
}

/** How long a client gets to read the answer before its connection is cut. */
const LINGER_MS = 1000

const write = (socket: Duplex, { body, headers, reason, status }: RawAnswer): void => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("")
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines}connection: close\r\n\r\n${body}`)
  if (socket instanceof Socket) socket.setTimeout(LINGER_MS, () => socket.destroy())
}
