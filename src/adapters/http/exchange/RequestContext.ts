/** What is known about a request before its body is read. Log lines, spans, metrics and problems use it. */
import { Context, Option } from "effect"
import type { Effect } from "effect"
import { Headers } from "effect/http"
import type { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Actor } from "../../../domain/model/Audit.ts"
import type { Caller } from "../../../domain/model/Caller.ts"
import type { ProblemClass } from "../api/ProblemForm.ts"
import type { Problem } from "../api/Problems.ts"

/** A request as it arrived. `source` is the platform's own object. */
export type RequestHead = Pick<
  HttpServerRequest.HttpServerRequest,
  "headers" | "method" | "remoteAddress" | "source" | "url"
>

/** An address that this server serves. */
export interface Route {
  /** `/sessions/{id}` */
  readonly template: string
  /** The methods it takes, as the `Allow` header lists them. */
  readonly allow: string
  /** Contains `*` if it takes all. */
  readonly methods: ReadonlySet<string>
  readonly methodsWithBody: ReadonlySet<string>
  /** Whether a body may have any length. */
  readonly streamsBody: boolean
}

export interface RequestContext extends RequestHead {
  readonly id: string
  /** None if no route matches. */
  readonly route: Route | undefined
  readonly clientAddress: string | undefined
  /** The start of every link. It is configured, and never derived from the request, which a sender could forge. */
  readonly publicUrl: string
  /** The start of links to this listener. Empty where nobody configures its address, so that they are relative. */
  readonly ownUrl: string
  /** The problem to answer with, if the parser found a fault while the body was read. */
  bodyFault: ProblemClass<Problem> | undefined
}

/**
 * A reference and not a service, because the authentication of an `HttpApi` can't require services that belong to one
 * request.
 */
export const CurrentRequest = Context.Reference<RequestContext>(
  "identityd/adapters/http/exchange/RequestContext/CurrentRequest",
  {
    defaultValue: () => ({
      method: "",
      url: "",
      headers: Headers.empty,
      source: {},
      remoteAddress: Option.none(),
      id: "",
      route: undefined,
      clientAddress: undefined,
      publicUrl: "",
      ownUrl: "",
      bodyFault: undefined
    })
  }
)

/** The caller of a request, as limits and the audit log see them. */
export const callerOf = ({ clientAddress, id }: RequestContext, actor: Actor): Caller => ({
  actor,
  requestId: id,
  clientAddress
})

/**
 * Looks at a request before any other work. A returned effect answers or refuses the request, and nothing else runs.
 */
export type Gate = (
  request: RequestContext
) => Effect.Effect<HttpServerResponse.HttpServerResponse, Problem> | undefined

/** Answers some requests, without a stream and without reading a body. `undefined` for others. */
export type DirectAnswer = (
  request: RequestContext
) => Effect.Effect<HttpServerResponse.HttpServerResponse> | undefined

/** Sets response headers that depend on the response or its request. They replace those that the response has. */
export type ResponseHeaders = (
  headers: Record<string, string>,
  response: HttpServerResponse.HttpServerResponse,
  request: RequestContext
) => void
