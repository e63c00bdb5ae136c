/**
 * One request and its answer: what every request gets, in the one order that is right, around whatever answers it.
 *
 * `begin` looks at the request, and gates may refuse it. `answer` surrounds what answers it: it is observed in its
 * trace, every failure becomes a problem, and the response is handed over with its headers. All of this runs for every
 * session check, so its parts are plain functions and not effects around effects.
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
  /** None where the client went away before it was answered. */
  readonly status: number | undefined
}

/** The trace a request belongs to. */
export interface Trace<R> {
  readonly context: Context.Context<R>
  /** Ends the span, where one is recorded. */
  readonly end: ((exit: Exit.Exit<Response>) => void) | undefined
}

export interface Observer {
  readonly trace: <R>(request: RequestContext, context: Context.Context<R>) => Trace<R>
  readonly begun: (request: RequestContext, context: Context.Context<never>) => void
  readonly ended: (observed: Observed, context: Context.Context<never>) => Effect.Effect<void>
}

export interface ExchangeOptions {
  readonly publicUrl: string
  readonly requestIds: RequestIds
  readonly routes: RouteTable
  readonly trustedProxies: ReadonlyArray<IpNetwork.IpNetwork>
  /** The first that has something to say decides. */
  readonly gates: ReadonlyArray<Gate>
  /** What every answer carries that has no header of that name itself. */
  readonly fixedHeaders: Readonly<Record<string, string>>
  readonly responseHeaders: ReadonlyArray<ResponseHeaders>
  readonly observer?: Observer | undefined
}

export interface Exchange {
  readonly request: RequestContext
  /** What the first gate that objects answers. Then nothing else is asked. */
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
  { publicUrl, requestIds, routes, trustedProxies }: ExchangeOptions,
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
  bodyFault: undefined
})

/** Hands an answer over. `headers` are all that it has, its own among them. */
export type Delivery = (response: Response, headers: Record<string, string>) => Effect.Effect<Response>

/** What is to be run for a request, in the request's own context. */
export interface Answer<R> {
  readonly effect: Effect.Effect<Response, never, R>
  readonly context: Context.Context<R>
}

/** Puts what answers a request in its place, in the services of `outer`. `elapsedNanos` is how long it already took. */
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

/** Answers requests of the framework. `begun` knows those on whose way something was done already. */
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
