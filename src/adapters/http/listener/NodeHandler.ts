/**
 * Takes Node's requests through the exchange. Each is answered either directly or by the framework's router.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Effect, Option, Scope } from "effect"
import { Headers, HttpMiddleware } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { ServerResponse } from "node:http"
import type { IncomingMessage } from "node:http"
import type { Http2ServerRequest, Http2ServerResponse, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2"
import * as Exchange from "../exchange/Exchange.ts"
import type { DirectAnswer, RequestContext, RequestHead } from "../exchange/RequestContext.ts"
import * as RequestFibers from "../exchange/RequestFibers.ts"

export type NodeRequest = IncomingMessage | Http2ServerRequest

/** Handles one request of either protocol. */
export type NodeHandler = (request: NodeRequest, response: ServerResponse | Http2ServerResponse) => void

/** A request over HTTP/2 as the stream that it arrived on. */
export interface StreamRequest {
  readonly stream: ServerHttp2Stream
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: ReadonlyArray<string>
  readonly remoteAddress: string | undefined
}

/**
 * Answers a request on its stream, or returns `false` and leaves it to a `NodeHandler`. The objects of Node's
 * compatibility layer, which such a handler needs, take a third of the time of a session check over HTTP/2.
 */
export type StreamHandler = (request: StreamRequest) => boolean

export interface NodeHandlers {
  readonly handler: NodeHandler
  readonly streamHandler: StreamHandler
}

/** Exchanges that the router answers, by Node's request. */
export const underWay = new WeakMap<object, Exchange.Exchange>()

/**
 * Handles requests until the scope closes, which interrupts those that are still running. So call this before `listen`
 * in the same scope.
 */
export const make = Effect.fnUntraced(
  function*<E, R>(
    options: Exchange.ExchangeOptions,
    router: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
    direct: DirectAnswer = () => undefined
  ) {
    const requests = yield* Scope.fork(yield* Effect.scope, "parallel")
    const routed = yield* NodeHttpServer.makeHandler(
      Exchange.exchange(options, router, (request) => underWay.get(request)),
      { scope: requests }
    )
    const context = yield* Effect.context<never>()
    const run = yield* Scope.provide(RequestFibers.make, requests)
    const answers = new Answers()

    /** Returns whether it answers the request. */
    const answer = (request: RequestContext, target: Target): boolean => {
      const answered = direct(request)
      if (answered === undefined) return false
      run(Exchange.answer(options, request, context, answered, (answer, headers) => {
        if (isGone(target)) return Effect.interrupt
        answers.add({ target, answer, headers })
        return Effect.succeed(answer)
      }))
      return true
    }

    const handler: NodeHandler = (request, response) => {
      const exchange = Exchange.begin(options, headOf(request))
      const isDirect = exchange.refusal === undefined && response instanceof ServerResponse
      if (isDirect && answer(exchange.request, response)) return
      underWay.set(request, exchange)
      routed(request, response)
    }

    const streamHandler: StreamHandler = (request) => {
      const { headers, stream } = request
      // Over HTTP/2 a body needs no header that announces it, and an answer to `HEAD` would need more care.
      if (!stream.endAfterHeaders || stream.writableEnded || headers.expect !== undefined) return false
      const exchange = Exchange.begin(options, headOfStream(request))
      if (exchange.refusal !== undefined || !answer(exchange.request, stream)) return false
      // A client that resets the stream goes away. Without a listener, that would end the process.
      stream.on("error", ignore)
      return true
    }
    return { handler, streamHandler }
  },
  (handler) => Effect.updateContext(handler, deepContext<Effect.Services<typeof handler>>),
  // The exchange has its own span, which knows the route and doesn't record the path.
  Effect.provideService(HttpMiddleware.TracerDisabledWhen, () => true)
)

/**
 * Every request adds a few services to those of the server. The default leaves room for fewer, and beyond it every
 * request would copy them all.
 */
const deepContext = <R>(context: Context.Context<R>): Context.Context<R> =>
  Context.makeUnsafe(new Map(context.mapUnsafe), { maxDepth: 32 })

const headOf = (request: NodeRequest): RequestHead => ({
  // Methods are case-sensitive, and Node doesn't check that for HTTP/2.
  method: request.method?.toUpperCase() ?? "",
  url: request.url ?? "",
  headers: Headers.fromInput(request.headers),
  source: request,
  remoteAddress: Option.fromUndefinedOr(request.socket.remoteAddress)
})

const headOfStream = ({ headers, rawHeaders, remoteAddress }: StreamRequest): RequestHead => {
  const { ":method": method = "", ":path": url = "" } = headers
  return {
    method: method.toUpperCase(),
    url,
    headers: Headers.fromInput(headers),
    source: { url, rawHeaders, httpVersionMajor: 2 },
    remoteAddress: Option.fromUndefinedOr(remoteAddress)
  }
}

/** What a direct answer is written to. */
type Target = ServerResponse | ServerHttp2Stream

const ignore = (): void => undefined

const isGone = (target: Target): boolean => target.destroyed || target.closed

interface Answer {
  readonly target: Target
  readonly answer: HttpServerResponse.HttpServerResponse
  readonly headers: Record<string, string>
}

/**
 * Sends the answers of one turn of the event loop together. A client that waits for several then wakes up once and not
 * once for each, which is a good part of the cost of writing.
 */
class Answers {
  #waiting: Array<Answer> = []

  add(answer: Answer): void {
    if (this.#waiting.push(answer) === 1) process.nextTick(() => this.#send())
  }

  #send(): void {
    const answers = this.#waiting
    this.#waiting = []
    for (const { answer, headers, target } of answers) {
      // The client went away, or the request was already answered.
      if (isGone(target) || target.headersSent) continue
      if (target instanceof ServerResponse) target.writeHead(answer.status, headers)
      else target.respond(streamHeaders(answer.status, headers))
      target.end(textOf(answer), encodingOf(answer))
    }
  }
}

/** HTTP/2 has no header `connection`, and Node's own layer leaves it out, too. */
const streamHeaders = (status: number, headers: Record<string, string>) => {
  if ("connection" in headers) delete headers["connection"]
  return { ":status": status, ...headers }
}

/** A text with as many bytes as characters is ASCII. Node copies such a text as Latin-1 instead of encoding it. */
const encodingOf = ({ body }: HttpServerResponse.HttpServerResponse): BufferEncoding =>
  body._tag === "Uint8Array" && body.text?.length === body.contentLength ? "latin1" : "utf8"

/** The body of a response without a stream. */
export const textOf = ({ body }: HttpServerResponse.HttpServerResponse): string | Uint8Array =>
  body._tag === "Uint8Array" ? body.text ?? body.body : ""
