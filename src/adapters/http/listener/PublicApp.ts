/** The app of the public listener: the steps of its exchanges, and the router. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer } from "effect"
import type { Duration } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import type { IpNetwork } from "effect/net"
import { SharedClock } from "../../../domain/clock/SharedClock.ts"
import { withStoreDeadline } from "../../../ports/StoreDeadline.ts"
import * as AccountsHandlers from "../accounts/AccountsHandlers.ts"
import type { AdminRouter } from "../admin/AdminRouter.ts"
import { endpointsOf } from "../api/Endpoints.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import * as Authorize from "../authorize/Authorize.ts"
import * as ChallengesHandlers from "../challenges/ChallengesHandlers.ts"
import * as EmailChangesHandlers from "../challenges/EmailChangesHandlers.ts"
import * as SignInLinksHandlers from "../challenges/SignInLinksHandlers.ts"
import { bodyLimit } from "../exchange/BodyLimit.ts"
import { cors } from "../exchange/Cors.ts"
import * as Exchange from "../exchange/Exchange.ts"
import { jsonBody } from "../exchange/JsonBody.ts"
import { knownTime } from "../exchange/KnownTime.ts"
import { makeObserver } from "../exchange/Observation.ts"
import { AllowedOrigins } from "../exchange/OriginCheck.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import { forwardedFraming, requestFraming } from "../exchange/RequestFraming.ts"
import { makeRequestIds } from "../exchange/RequestIds.ts"
import { fixedHeaders, requiredHeaders } from "../exchange/ResponseHeaders.ts"
import * as RouteTable from "../exchange/RouteTable.ts"
import * as FactorsHandlers from "../factors/FactorsHandlers.ts"
import * as PasskeysHandlers from "../factors/PasskeysHandlers.ts"
import * as AdminReference from "../pages/AdminReference.ts"
import * as FrontPage from "../pages/FrontPage.ts"
import * as LinkPages from "../pages/LinkPages.ts"
import * as ProblemPages from "../pages/ProblemPages.ts"
import * as ReferencePages from "../pages/ReferencePages.ts"
import * as RelatedOrigins from "../pages/RelatedOrigins.ts"
import * as SessionAuthentication from "../sessions/SessionAuthentication.ts"
import * as SessionsHandlers from "../sessions/SessionsHandlers.ts"
import { endWith } from "./Http1Connection.ts"
import { endsConnections, ListenerState } from "./ListenerState.ts"

export interface PublicAppOptions {
  /** The start of every link and problem type, without a trailing slash. */
  readonly publicUrl: string
  /** Whether responses travel over TLS, which is terminated here or by a proxy. */
  readonly overTls: boolean
  /** Origins whose pages may use the API with its cookie, in addition to the public URL's. */
  readonly allowedOrigins: ReadonlyArray<string>
  /** Networks of the proxies whose forwarded headers are believed. */
  readonly trustedProxies: ReadonlyArray<IpNetwork.IpNetwork>
  /** Whether the API reference is served. Problem pages always are, because every problem links to one. */
  readonly publicDocs: boolean
  /** The origins that share the passkeys of a domain, if some are of others. */
  readonly relatedOrigins?: ReadonlyArray<string> | undefined
  /** Where gateways may have navigations without a session sent. */
  readonly signInUrl?: string | undefined
  /** The admin API, if it is here. */
  readonly admin?: AdminRouter | undefined
  readonly requestDeadline: Duration.Duration
  /** The longest that the stores may take for one request in total. */
  readonly storeDeadline?: Duration.Duration | undefined
}

export const make = Effect.fnUntraced(function*(options: PublicAppOptions) {
  const listener = yield* ListenerState
  const origins = yield* AllowedOrigins
  const time = yield* SharedClock
  const parts = partsOf(options)
  // Framing first, because nothing else about a request is certain when two parties could read it differently.
  const exchange: Exchange.ExchangeOptions = {
    ...options,
    ownUrl: options.publicUrl,
    requestIds: yield* makeRequestIds,
    routes: RouteTable.make([...parts.flatMap(({ routes }) => routes), ...Authorize.authorizeRoutes]),
    gates: [
      requestFraming,
      forwardedFraming(options.trustedProxies),
      RouteTable.knownRoutes,
      bodyLimit,
      knownTime(time, [...api.routes, ...Authorize.authorizeRoutes, ...(options.admin?.routes ?? [])])
    ],
    fixedHeaders: fixedHeaders(options.overTls),
    responseHeaders: [
      requiredHeaders,
      cors(origins),
      // The client then opens a new connection for its next request, which reaches another server.
      (headers, _response, { source }) => {
        if (endsConnections(listener.state()) && endWith(source)) headers["connection"] = "close"
      }
    ],
    observer: yield* makeObserver(options.overTls ? "https" : "http")
  }
  const authorize = yield* Authorize.make(options)
  const router = yield* HttpRouter.toHttpEffect(
    Layer.mergeAll(Layer.empty, ...parts.map(({ layer }) => layer)).pipe(
      Layer.provide(NodeHttpServer.layerHttpServices)
    )
  ).pipe(Effect.provideService(HttpRouter.RouterConfig, STRICT))
  const answer = Effect.flatMap(CurrentRequest, (request) => authorize(request) ?? router)
  // The time a body takes to arrive doesn't count towards the stores' deadline.
  const answering = options.storeDeadline === undefined ? answer : withStoreDeadline(options.storeDeadline)(answer)
  return { exchange, authorize, router: jsonBody(options.requestDeadline)(answering) }
})

/** Waits until the store's clock has been read once, because requests before that would be refused. */
export const makeReady = (options: PublicAppOptions) =>
  Effect.tap(make(options), Effect.flatMap(SharedClock, ({ settled }) => settled))

/** For requests of the framework. */
export const makeApp = (options: PublicAppOptions) =>
  Effect.map(makeReady(options), ({ exchange, router }) => Exchange.exchange(exchange, router))

/** Paths match exactly, as in the route table. */
const STRICT = { caseSensitive: true, ignoreDuplicateSlashes: false, ignoreTrailingSlash: false }

const api = {
  routes: endpointsOf(IdentityApi),
  layer: HttpApiBuilder.layer(IdentityApi).pipe(
    Layer.provide([
      AccountsHandlers.layer,
      ChallengesHandlers.layer,
      EmailChangesHandlers.layer,
      SignInLinksHandlers.layer,
      FactorsHandlers.layer,
      PasskeysHandlers.layer,
      SessionsHandlers.layer
    ]),
    Layer.provide(SessionAuthentication.layer)
  )
}

/** What is served, but for what is answered before the router. */
const partsOf = ({ admin, publicDocs, publicUrl, relatedOrigins }: PublicAppOptions) => [
  api,
  ProblemPages.make({ publicDocs, publicUrl }),
  LinkPages.linkPages,
  RelatedOrigins.make(relatedOrigins),
  ...(admin === undefined ? [] : [admin]),
  ...(publicDocs ? [FrontPage.make(publicUrl), ReferencePages.make(publicUrl, { canTry: true })] : []),
  ...(publicDocs && admin !== undefined ? [AdminReference.make(publicUrl, publicUrl)] : [])
]
