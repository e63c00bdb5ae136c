/**
 * Takes Node's requests through the exchange. Each is answered either directly or by the framework's router.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Effect, Option, Scope } from "effect"
import { Headers, HttpMiddleware } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { ServerResponse } from "node:http"
import type { IncomingMessage } from "node:http"
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2"
import * as Exchange from "../exchange/Exchange.ts"
import type { RequestContext, RequestHead } from "../exchange/RequestContext.ts"
import * as RequestFibers from "../exchange/RequestFibers.ts"

type NodeRequest = IncomingMessage | Http2ServerRequest

/** Handles one request of either protocol. */
export type NodeHandler = (request: NodeRequest, response: ServerResponse | Http2ServerResponse) => void

/** Exchanges that the router answers, by Node's request. */
export const underWay = new WeakMap<object, Exchange.Exchange>()

/**
 * Answers some requests itself, and returns `undefined` for others. Its response has no stream, and it reads no body.
 */
export type DirectAnswer = (
  request: RequestContext
) => Effect.Effect<HttpServerResponse.HttpServerResponse> | undefined

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

    const handler: NodeHandler = (request, response) => {
      const exchange = Exchange.begin(options, headOf(request))
      const answered = exchange.refusal === undefined && canAnswer(exchange.request, response)
        ? direct(exchange.request)
        : undefined
      if (answered === undefined) {
        underWay.set(request, exchange)
        return routed(request, response)
      }
      run(Exchange.answer(options, exchange.request, context, answered, (answer, headers) => {
        if (isGone(response)) return Effect.interrupt
        answers.add({ response, answer, headers })
        return Effect.succeed(answer)
      }))
    }
    return handler
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

/**
 * Over HTTP/2 a body needs no header that announces it, and Node leaves it to its caller that an answer to `HEAD` has
 * none.
 */
const canAnswer = ({ method }: RequestContext, response: Answer["response"]): boolean =>
  response instanceof ServerResponse || (method !== "HEAD" && response.stream.endAfterHeaders)

const isGone = (response: Answer["response"]): boolean =>
  response instanceof ServerResponse ? response.destroyed : response.stream.destroyed

interface Answer {
  readonly response: ServerResponse | Http2ServerResponse
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
    for (const { answer, headers, response } of answers) {
      // The client went away, or the request was already answered.
      if (isGone(response) || response.headersSent) continue
      const text = textOf(answer)
      const encoding = encodingOf(answer)
      // Twice the same: TypeScript can't call the overloaded methods of a union.
      if (response instanceof ServerResponse) response.writeHead(answer.status, headers).end(text, encoding)
      else response.writeHead(answer.status, headers).end(text, encoding)
    }
  }
}

/** A text with as many bytes as characters is ASCII. Node copies such a text as Latin-1 instead of encoding it. */
const encodingOf = ({ body }: HttpServerResponse.HttpServerResponse): BufferEncoding =>
  body._tag === "Uint8Array" && body.text?.length === body.contentLength ? "latin1" : "utf8"

/** The body of a response without a stream. */
export const textOf = ({ body }: HttpServerResponse.HttpServerResponse): string | Uint8Array =>
  body._tag === "Uint8Array" ? body.text ?? body.body : ""
