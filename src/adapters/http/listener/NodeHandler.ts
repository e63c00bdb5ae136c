/**
 * Takes requests as Node has them through the exchange, and has each answered by one of two: directly, or by the
 * framework's router.
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

/** What the router answers, by the request as Node has it. */
export const underWay = new WeakMap<object, Exchange.Exchange>()

/** Answers what it knows how to. Nothing of the answer may be a stream, and nothing is read of a body. */
export type DirectAnswer = (
  request: RequestContext
) => Effect.Effect<HttpServerResponse.HttpServerResponse> | undefined

/**
 * Handles requests until the scope closes: those still running then are interrupted, so this has to come before
 * `listen` in the same scope.
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
      const answered = exchange.refusal === undefined && response instanceof ServerResponse
        ? direct(exchange.request)
        : undefined
      if (answered === undefined || !(response instanceof ServerResponse)) {
        underWay.set(request, exchange)
        return routed(request, response)
      }
      run(Exchange.answer(options, exchange.request, context, answered, (answer, headers) => {
        if (response.destroyed) return Effect.interrupt
        answers.add({ response, answer, headers })
        return Effect.succeed(answer)
      }))
    }
    return handler
  },
  (handler) => Effect.updateContext(handler, deepContext<Effect.Services<typeof handler>>),
  // The exchange has its own span: one that knows the route and keeps the path to itself.
  Effect.provideService(HttpMiddleware.TracerDisabledWhen, () => true)
)

/**
 * Every request adds a few services to what the server provides. The default makes room for fewer than it adds, and
 * past that everything is copied, for each request anew.
 */
const deepContext = <R>(context: Context.Context<R>): Context.Context<R> =>
  Context.makeUnsafe(new Map(context.mapUnsafe), { maxDepth: 32 })

const headOf = (request: NodeRequest): RequestHead => ({
  // Methods are written in capitals, and over HTTP/2 nobody has seen to it.
  method: request.method?.toUpperCase() ?? "",
  url: request.url ?? "",
  headers: Headers.fromInput(request.headers),
  source: request,
  remoteAddress: Option.fromUndefinedOr(request.socket.remoteAddress)
})

interface Answer {
  readonly response: ServerResponse
  readonly answer: HttpServerResponse.HttpServerResponse
  readonly headers: Record<string, string>
}

/**
 * Answers of one turn of the event loop go out one right after the other: a client that waits for several is woken up
 * once and not once for each, which is a good part of what writing costs.
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
      // The client went away, or sent what was answered already.
      if (response.destroyed || response.headersSent) continue
      response.writeHead(answer.status, headers)
      response.end(textOf(answer))
    }
  }
}

/** The body of an answer that is no stream. */
export const textOf = ({ body }: HttpServerResponse.HttpServerResponse): string | Uint8Array =>
  body._tag === "Uint8Array" ? body.text ?? body.body : ""
