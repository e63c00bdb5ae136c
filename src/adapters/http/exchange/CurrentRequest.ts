/**
 * What is known of a request before anything looks at it closely. Log lines, spans, metrics and problems read it here.
 */
import { Context } from "effect"
import type { HttpServerRequest } from "effect/http"
import type { IpNetwork } from "effect/net"
import type { AuditOrigin } from "../../../domain/audit/AuditContext.ts"
import type { Actor } from "../../../domain/model/Audit.ts"
import { clientAddress } from "./ClientAddress.ts"
import type { RequestIds } from "./RequestId.ts"
import type { KnownAddress, RouteTable } from "./RouteTable.ts"

/** What of a request is known before its body is. */
export type RequestHead = Pick<
  HttpServerRequest.HttpServerRequest,
  "headers" | "method" | "remoteAddress" | "source" | "url"
>

export interface RequestFacts {
  readonly id: string
  /** The address the request names; none if there is no such. */
  readonly address: KnownAddress | undefined
  readonly clientAddress: string | undefined
  /** What every link begins with. Configured, never derived from the request, which its sender could forge. */
  readonly publicUrl: string
}

/**
 * A reference and not a service, because what authenticates the requests of an `HttpApi` can't require services that
 * belong to one request.
 */
export const CurrentRequest = Context.Reference<RequestFacts>("identityd/adapters/http/exchange/CurrentRequest", {
  defaultValue: () => ({ id: "", address: undefined, clientAddress: undefined, publicUrl: "" })
})

export interface RequestFactsOptions {
  readonly publicUrl: string
  readonly requestIds: RequestIds
  readonly routes: RouteTable
  readonly trustedProxies: ReadonlyArray<IpNetwork.IpNetwork>
}

export const factsOf = (request: RequestHead, options: RequestFactsOptions): RequestFacts => ({
  id: options.requestIds.of(request.headers["x-request-id"]),
  address: options.routes.find(request.url),
  clientAddress: clientAddress(request, options.trustedProxies),
  publicUrl: options.publicUrl
})

/** How the audit log names a request's sender. */
export const auditOrigin = (facts: RequestFacts, actor: Actor): AuditOrigin => ({
  actor,
  requestId: facts.id,
  clientAddress: facts.clientAddress
})
