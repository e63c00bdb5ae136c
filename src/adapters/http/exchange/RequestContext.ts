/** What is known of a request before its body is. Log lines, spans, metrics and problems read it here. */
import { Context, Option } from "effect"
import type { Effect } from "effect"
import { Headers } from "effect/http"
import type { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Actor } from "../../../domain/model/Audit.ts"
import type { Caller } from "../../../domain/model/Caller.ts"
import type { ProblemClass } from "../api/ProblemForm.ts"
import type { Problem } from "../api/Problems.ts"

/** A request as it came. `source` is how the platform has it. */
export type RequestHead = Pick<
  HttpServerRequest.HttpServerRequest,
  "headers" | "method" | "remoteAddress" | "source" | "url"
>

/** An address of this server's. */
export interface Route {
  /** `/sessions/{id}` */
  readonly template: string
  /** The methods it takes, as the `Allow` header lists them. */
  readonly allow: string
  readonly methods: ReadonlySet<string>
  readonly methodsWithBody: ReadonlySet<string>
}

export interface RequestContext extends RequestHead {
  readonly id: string
  /** None if the request names no address of ours. */
  readonly route: Route | undefined
  readonly clientAddress: string | undefined
  /** What every link begins with. Configured, never derived from the request, which its sender could forge. */
  readonly publicUrl: string
  /** What a fault in the body was answered with, if the parser found one while the body was read. */
  bodyFault: ProblemClass<Problem> | undefined
}

/**
 * A reference and not a service, because what authenticates the requests of an `HttpApi` can't require services that
 * belong to one request.
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
      bodyFault: undefined
    })
  }
)

/** How the audit log names a request's sender. */
export const callerOf = ({ clientAddress, id }: RequestContext, actor: Actor): Caller => ({
  actor,
  requestId: id,
  clientAddress
})

/** Looks at a request before anything is done for it. An effect answers or refuses it, and nothing else happens. */
export type Gate = (
  request: RequestContext
) => Effect.Effect<HttpServerResponse.HttpServerResponse, Problem> | undefined

/** Sets headers of an answer that depend on it or on its request, over those it was made with. */
export type ResponseHeaders = (
  headers: Record<string, string>,
  response: HttpServerResponse.HttpServerResponse,
  request: RequestContext
) => void
