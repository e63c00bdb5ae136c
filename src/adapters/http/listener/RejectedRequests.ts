/**
 * Tells of requests that never reach the app, because the parser gave up on them or because they ask for a proxy. They
 * are observed like every other request: a log line, a count and, where something is traced, a span. Nothing they sent
 * is in any of them.
 *
 * Whoever sends them pays with a connection for each, so they are no cheaper way to fill the log than requests that
 * are answered.
 */
import { Effect, Option } from "effect"
import type { Scope } from "effect"
import { HttpServerResponse } from "effect/http"
import type { Headers } from "effect/http"
import { contextOf, observed } from "../exchange/Exchange.ts"
import type { ExchangeOptions } from "../exchange/Exchange.ts"
import * as RequestFibers from "../exchange/RequestFibers.ts"

export interface RejectedRequest {
  readonly id: string
  /** Empty if nobody got as far as reading it. */
  readonly method: string
  readonly headers: Headers.Headers
  readonly peer: string | undefined
  readonly status: number
  /** How long it is known to have taken before it was rejected. */
  readonly elapsedNanos: bigint
}

/** Takes note of one; for callbacks of Node. */
export type NoteRejected = (request: RejectedRequest) => void

/** Whatever observes the exchanges with the app observes what never became one, too, until the scope closes. */
export const make = Effect.fnUntraced(function*(
  exchange: ExchangeOptions
): Effect.fn.Return<NoteRejected, never, Scope.Scope> {
  const context = yield* Effect.context<never>()
  const run = yield* RequestFibers.make
  return ({ elapsedNanos, headers, id, method, peer, status }) => {
    const head = { method, url: "", headers, source: {}, remoteAddress: Option.fromUndefinedOr(peer) }
    const request = contextOf(exchange, head, id)
    run(observed(exchange, request, context, Effect.succeed(HttpServerResponse.empty({ status })), elapsedNanos))
  }
})
