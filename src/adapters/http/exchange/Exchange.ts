/**
 * One request and its answer: what every request gets, in the one order that is right, around whatever answers it.
 *
 * Gates look at the request first and may refuse it. Whatever happens then leaves as a response or a problem, is
 * dressed in the headers of every response, and is observed. All of this runs for every session check, so its parts are
 * plain functions and not effects around effects.
 */
import { Clock, Context, Effect, Exit } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { AuditContext } from "../../../domain/audit/AuditContext.ts"
import type { Problem } from "../api/Problems.ts"
import { auditOrigin, CurrentRequest, factsOf } from "./CurrentRequest.ts"
import type { RequestFacts, RequestFactsOptions, RequestHead } from "./CurrentRequest.ts"
import { problemResponses } from "./ProblemResponses.ts"

type Response = HttpServerResponse.HttpServerResponse

/** Looks at a request before anything is done for it. An effect answers or refuses it, and nothing else happens. */
export type Gate = (request: RequestHead, facts: RequestFacts) => Effect.Effect<Response, Problem> | undefined

/** Sets headers of an answer, over those it was made with. */
export type Dressing = (
  headers: Record<string, string>,
  response: Response,
  request: RequestHead,
  facts: RequestFacts
) => void

export interface Observed {
  readonly request: RequestHead
  readonly facts: RequestFacts
  readonly durationNanos: bigint
  /** None where the client went away before it was answered. */
  readonly status: number | undefined
}

export interface Observer {
  readonly begun: (request: RequestHead, context: Context.Context<never>) => void
  readonly ended: (observed: Observed, context: Context.Context<never>) => Effect.Effect<void>
}

/** Runs a request in its trace. */
export type Tracing = <A extends Response, R>(
  request: RequestHead,
  facts: RequestFacts,
  context: Context.Context<R>,
  effect: Effect.Effect<A, never, R>
) => Effect.Effect<A>

export interface ExchangeOptions extends RequestFactsOptions {
  /** The first that has something to say decides. */
  readonly gates: ReadonlyArray<Gate>
  /** In the order in which they are put on. */
  readonly dressings: ReadonlyArray<Dressing>
  readonly observer?: Observer
  readonly tracing?: Tracing
}

export const exchange = (options: ExchangeOptions) =>
<E, R>(
  app: Effect.Effect<Response, E, R>
): Effect.Effect<Response, never, R | HttpServerRequest.HttpServerRequest> => {
  const accepted = problemResponses(app)
  return Effect.contextWith((outer: Context.Context<R | HttpServerRequest.HttpServerRequest>) => {
    const request = Context.get(outer, HttpServerRequest.HttpServerRequest)
    const facts = factsOf(request, options)
    const refused = refusalOf(options, request, facts)
    return observed(
      options,
      request,
      facts,
      outer,
      Effect.map(
        refused === undefined ? accepted : problemResponses(refused),
        (response) => HttpServerResponse.setHeaders(response, headersOf(options, response, request, facts))
      )
    )
  })
}

/** What the first gate that has something to say answers. */
export const refusalOf = (
  { gates }: ExchangeOptions,
  request: RequestHead,
  facts: RequestFacts
): Effect.Effect<Response, Problem> | undefined => {
  for (const gate of gates) {
    const refusal = gate(request, facts)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** The headers of every response, as far as they depend on the exchange. */
export const headersOf = (
  { dressings }: ExchangeOptions,
  response: Response,
  request: RequestHead,
  facts: RequestFacts
): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (const dress of dressings) dress(headers, response, request, facts)
  return headers
}

/**
 * Runs what answers a request in the request's own context and trace, before the eyes of the observer. `elapsedNanos`
 * is how long it had already taken.
 */
export const observed = <R>(
  { observer, tracing }: ExchangeOptions,
  request: RequestHead,
  facts: RequestFacts,
  outer: Context.Context<R>,
  answered: Effect.Effect<Response, never, R>,
  elapsedNanos = 0n
): Effect.Effect<Response> => {
  const context = Context.add(
    Context.add(outer, CurrentRequest, facts),
    AuditContext,
    auditOrigin(facts, { type: "anonymous" })
  )
  const seen = observer === undefined ? answered : observe(observer, request, facts, outer, answered, elapsedNanos)
  return tracing === undefined ? Effect.updateContext(seen, () => context) : tracing(request, facts, context, seen)
}

const observe = <R>(
  { begun, ended }: Observer,
  request: RequestHead,
  facts: RequestFacts,
  context: Context.Context<R>,
  answered: Effect.Effect<Response, never, R>,
  elapsedNanos: bigint
): Effect.Effect<Response, never, R> => {
  const clock = Context.get(context, Clock.Clock)
  const startedAt = clock.monotonicTimeNanosUnsafe() - elapsedNanos
  begun(request, context)
  return Effect.onExit(answered, (exit) =>
    ended({
      request,
      facts,
      durationNanos: clock.monotonicTimeNanosUnsafe() - startedAt,
      status: Exit.isSuccess(exit) ? exit.value.status : undefined
    }, context))
}
