/**
 * `GET /sessions/me`, answered by the shortest way. Nearly all requests are this one, and what surrounds any request
 * (the framework's request, response and router, the codecs of an endpoint that takes nothing) costs more than
 * verifying a session.
 *
 * The gates, headers, observer and rules are those of every other request. Whatever is unusual about a request, from a
 * body to a fault, leaves it to the general way, whose answers are the same to the byte.
 */
import { Effect, Option } from "effect"
import { Headers } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { IncomingMessage, ServerResponse } from "node:http"
import type { RequestHead } from "../exchange/CurrentRequest.ts"
import { factsOf } from "../exchange/CurrentRequest.ts"
import { headersOf, observed, refusalOf } from "../exchange/Exchange.ts"
import type { ExchangeOptions } from "../exchange/Exchange.ts"
import { problemResponses } from "../exchange/ProblemResponses.ts"
import * as RequestFibers from "../exchange/RequestFibers.ts"
import type { NodeHandler } from "../listener/NodeListener.ts"
import * as SessionAuthentication from "./SessionAuthentication.ts"
import { currentSessionResponse } from "./SessionsHandlers.ts"

/**
 * Puts the shortest way before the general one. Checks that are still running when the scope closes are interrupted.
 */
export const make = Effect.fnUntraced(function*(exchange: ExchangeOptions, general: NodeHandler) {
  const { sessionOf } = yield* SessionAuthentication.make
  const context = yield* Effect.context<never>()
  const run = yield* RequestFibers.make
  const answers = new Answers()

  const check = (head: RequestHead) =>
    problemResponses(Effect.match(sessionOf(head), {
      onSuccess: currentSessionResponse,
      onFailure: (problem) => SessionAuthentication.refusalResponse(problem, head)
    }))

  const handler: NodeHandler = (request, response) => {
    if (!isSessionCheck(request) || !(response instanceof ServerResponse)) return general(request, response)
    const head = headOf(request)
    const facts = factsOf(head, exchange)
    if (refusalOf(exchange, head, facts) !== undefined) return general(request, response)
    const answered = Effect.flatMap(check(head), (answer) => {
      if (response.destroyed) return Effect.interrupt
      answers.add({ response, answer, headers: headersOf(exchange, answer, head, facts) })
      return Effect.succeed(answer)
    })
    run(observed(exchange, head, facts, context, answered))
  }
  return handler
})

const isSessionCheck = (request: Parameters<NodeHandler>[0]): request is IncomingMessage =>
  request.url === "/sessions/me" && request.method === "GET" && request instanceof IncomingMessage &&
  request.headers["content-length"] === undefined && request.headers["transfer-encoding"] === undefined

const headOf = (request: IncomingMessage): RequestHead => ({
  method: "GET",
  url: "/sessions/me",
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
      response.writeHead(answer.status, { ...answer.headers, ...headers })
      response.end(textOf(answer))
    }
  }
}

const textOf = ({ body }: HttpServerResponse.HttpServerResponse): string | Uint8Array | undefined =>
  body._tag === "Uint8Array" ? body.text ?? body.body : undefined
