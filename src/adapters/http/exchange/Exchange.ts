/**
 * One request and its response: the steps that every request takes, in a fixed order, around the code that answers it.
 *
 * `begin` reads the request, and gates may refuse it. `answer` wraps the effect that produces the response: it runs in
 * the request's trace, its failures become problems, and the response gets its headers and is delivered. All of this
 * runs for every session check, so the steps are plain functions and not nested effects.
 */
import { Clock, Context, Effect, Exit } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { IpNetwork } from "effect/net"
import { Caller } from "../../../domain/model/Caller.ts"
import type { Problem } from "../api/Problems.ts"
import { clientAddress } from "./ClientAddress.ts"
import { problemResponses } from "./ProblemResponses.ts"
import { callerOf, CurrentRequest } from "./RequestContext.ts"
import type { Gate, RequestContext, RequestHead, ResponseHeaders } from "./RequestContext.ts"
import type { RequestIds } from "./RequestIds.ts"
import type { RouteTable } from "./RouteTable.ts"

type Response = HttpServerResponse.HttpServerResponse

export interface Observed {
  readonly request: RequestContext
  readonly durationNanos: bigint
  /** None when the client went away before it was answered. */
  readonly status: number | undefined
}

/** The trace a request belongs to. */
export interface Trace<R> {
  readonly context: Context.Context<R>
  /** Ends the span, when one is recorded. */
  readonly end: ((exit: Exit.Exit<Response>) => void) | undefined
}

export interface Observer {
  readonly trace: <R>(request: RequestContext, context: Context.Context<R>) => Trace<R>
  readonly begun: (request: RequestContext, context: Context.Context<never>) => void
  readonly ended: (observed: Observed, context: Context.Context<never>) => Effect.Effect<void>
}

export interface ExchangeOptions {
  readonly publicUrl: string
  readonly ownUrl: string
  readonly requestIds: RequestIds
  readonly routes: RouteTable
  readonly trustedProxies: ReadonlyArray<IpNetwork.IpNetwork>
  /** The first gate that returns an effect decides. */
  readonly gates: ReadonlyArray<Gate>
  /** Headers for every response that doesn't set its own of that name. */
  readonly fixedHeaders: Readonly<Record<string, string>>
  readonly responseHeaders: ReadonlyArray<ResponseHeaders>
  readonly observer?: Observer | undefined
}

export interface Exchange {
  readonly request: RequestContext
  /** The answer of the first gate that refused the request. Later gates don't run. */
  readonly refusal: Effect.Effect<Response, Problem> | undefined
}

export const begin = (options: ExchangeOptions, head: RequestHead): Exchange => {
  const request = contextOf(options, head)
  for (const gate of options.gates) {
    const refusal = gate(request)
    if (refusal !== undefined) return { request, refusal }
  }
  return { request, refusal: undefined }
}

export const contextOf = (
  { ownUrl, publicUrl, requestIds, routes, trustedProxies }: ExchangeOptions,
  head: RequestHead
): RequestContext => ({
  method: head.method,
  url: head.url,
  headers: head.headers,
  source: head.source,
  remoteAddress: head.remoteAddress,
  id: requestIds.of(head.headers["x-request-id"]),
  route: routes.find(head.url),
  clientAddress: clientAddress(head, trustedProxies),
  publicUrl,
  ownUrl,
  bodyFault: undefined
})

/** Delivers a response. `headers` are all of its headers, including its own. */
export type Delivery = (response: Response, headers: Record<string, string>) => Effect.Effect<Response>

/** The effect to run for a request, with the request's own context. */
export interface Answer<R> {
  readonly effect: Effect.Effect<Response, never, R>
  readonly context: Context.Context<R>
}

/**
 * Wraps the effect that answers a request, which gets the services of `outer`. `elapsedNanos` is the time already
 * spent.
 */
export const answer = <E, R>(
  options: ExchangeOptions,
  request: RequestContext,
  outer: Context.Context<R>,
  answered: Effect.Effect<Response, E, R>,
  deliver: Delivery,
  elapsedNanos = 0n
): Answer<R> => {
  const context = Context.add(
    Context.add(outer, CurrentRequest, request),
    Caller,
    callerOf(request, ANONYMOUS)
  )
  const effect = problemResponses(
    answered,
    (response) => deliver(response, applyHeaders(options, response, request))
  )
  const { observer } = options
  return observer === undefined ? { effect, context } : observe(observer, request, { effect, context }, elapsedNanos)
}

const ANONYMOUS = { type: "anonymous" } as const

/** Answers requests of the framework. `begun` finds exchanges that were already begun. */
export const exchange = <E, R>(
  options: ExchangeOptions,
  app: Effect.Effect<Response, E, R>,
  begun: (request: object) => Exchange | undefined = () => undefined
): Effect.Effect<Response, never, R | HttpServerRequest.HttpServerRequest> =>
  Effect.contextWith((outer: Context.Context<R | HttpServerRequest.HttpServerRequest>) => {
    const request = Context.get(outer, HttpServerRequest.HttpServerRequest)
    const exchange = begun(request.source) ?? begin(options, request)
    const answered: Effect.Effect<Response, E | Problem, R> = exchange.refusal ?? app
    const { context, effect } = answer(options, exchange.request, outer, answered, withHeaders)
    return Effect.updateContext(effect, () => context)
  })

const withHeaders: Delivery = (response, headers) => Effect.succeed(HttpServerResponse.setHeaders(response, headers))

const applyHeaders = (
  { fixedHeaders, responseHeaders }: ExchangeOptions,
  response: Response,
  request: RequestContext
): Record<string, string> => {
  const headers: Record<string, string> = { ...fixedHeaders, ...response.headers }
  headers["x-request-id"] = request.id
  for (const set of responseHeaders) set(headers, response, request)
  return headers
}

const observe = <R>(
  observer: Observer,
  request: RequestContext,
  { context, effect }: Answer<R>,
  elapsedNanos: bigint
): Answer<R> => {
  const trace = observer.trace(request, context)
  const clock = Context.get(context, Clock.Clock)
  const startedAt = clock.monotonicTimeNanosUnsafe() - elapsedNanos
  observer.begun(request, context)
  const observed = Effect.onExit(effect, (exit) => {
    const ended = observer.ended({
      request,
      durationNanos: clock.monotonicTimeNanosUnsafe() - startedAt,
      status: Exit.isSuccess(exit) ? exit.value.status : undefined
    }, context)
    const { end } = trace
    return end === undefined ? ended : Effect.ensuring(ended, Effect.sync(() => end(exit)))
  })
  return { effect: observed, context: trace.context }
}
