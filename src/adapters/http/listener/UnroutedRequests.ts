/**
 * Requests that never reach the router, because the parser rejected them or because they ask for a proxy. The exchange
 * refuses them like any other request: with the usual headers, a log line, a count and, when traced, a span. None of
 * these contain anything that the request sent.
 *
 * Each costs its sender a connection, so they fill the log no more cheaply than other requests.
 */
import { Duration, Effect, Option } from "effect"
import type { Scope } from "effect"
import { Headers } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import type { IncomingHttpHeaders } from "node:http"
import type { ProblemClass } from "../api/ProblemForm.ts"
import { RequestTimeout } from "../api/Problems.ts"
import type { Problem } from "../api/Problems.ts"
import * as Exchange from "../exchange/Exchange.ts"
import * as Refusals from "../exchange/Refusals.ts"
import type { RequestContext } from "../exchange/RequestContext.ts"
import * as RequestFibers from "../exchange/RequestFibers.ts"

/** Delivers the answer to a request, even if little is known about it. For Node's callbacks. */
type Refuse = (
  request: RequestContext,
  Class: ProblemClass<Problem>,
  deliver: (answer: HttpServerResponse.HttpServerResponse, headers: Record<string, string>) => void
) => void

export interface UnroutedRequests {
  /** The method is empty if it couldn't be read. */
  readonly begin: (peer: string | undefined, headers: IncomingHttpHeaders, method?: string) => RequestContext
  readonly refuse: Refuse
  /** The same without log line, count or span, because the router observes the request or there was none. */
  readonly refuseUnobserved: Refuse
}

/** Runs until the scope closes. `requestDeadline` is how long a request may take to arrive. */
export const make = Effect.fnUntraced(function*(
  options: Exchange.ExchangeOptions,
  requestDeadline: Duration.Duration
): Effect.fn.Return<UnroutedRequests, never, Scope.Scope> {
  const outer = yield* Effect.context<never>()
  const run = yield* RequestFibers.make

  const refuseIn = (options: Exchange.ExchangeOptions): Refuse => (request, Class, deliver) => {
    const delivered: Exchange.Delivery = (answer, headers) =>
      Effect.as(Effect.sync(() => deliver(answer, headers)), answer)
    // The parser rejects anything else as soon as it arrives.
    const elapsedNanos = Class === RequestTimeout ? Duration.toNanosUnsafe(requestDeadline) : 0n
    run(Exchange.answer(options, request, outer, Refusals.refuse(Class), delivered, elapsedNanos))
  }

  return {
    begin: (peer, headers, method = "") =>
      Exchange.contextOf(options, {
        method,
        url: "",
        headers: Headers.fromInput(headers),
        source: {},
        remoteAddress: Option.fromUndefinedOr(peer)
      }),
    refuse: refuseIn(options),
    refuseUnobserved: refuseIn({ ...options, observer: undefined })
  }
})
