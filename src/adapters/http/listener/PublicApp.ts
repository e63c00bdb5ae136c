/**
 * What the public listener serves, as one effect: a request in, a response out, whatever happens in between.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer } from "effect"
import type { Duration } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import type { IpNetwork } from "effect/net"
import { SharedClock } from "../../../domain/clock/SharedClock.ts"
import { withStoreDeadline } from "../../../ports/StoreDeadline.ts"
import * as AccountsHandlers from "../accounts/AccountsHandlers.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import { bodyLimit } from "../exchange/BodyLimit.ts"
import { cors } from "../exchange/Cors.ts"
import * as Exchange from "../exchange/Exchange.ts"
import { requestBegun, requestEnded } from "../exchange/HttpMetrics.ts"
import { jsonBody } from "../exchange/JsonBody.ts"
import { knownRoutes } from "../exchange/KnownRoutes.ts"
import { knownTime } from "../exchange/KnownTime.ts"
import { AllowedOrigins } from "../exchange/OriginCheck.ts"
import { requiredHeaders } from "../exchange/ProblemResponses.ts"
import { forwardedFraming, requestFraming } from "../exchange/RequestFraming.ts"
import type { RequestIds } from "../exchange/RequestId.ts"
import { requestLine } from "../exchange/RequestLog.ts"
import * as RouteTable from "../exchange/RouteTable.ts"
import { securityHeaders } from "../exchange/SecurityHeaders.ts"
import { serverSpan } from "../exchange/ServerSpan.ts"
import { makeTraceIds } from "../exchange/TraceIds.ts"
import * as FrontPage from "../pages/FrontPage.ts"
import * as ProblemPages from "../pages/ProblemPages.ts"
import * as ReferencePages from "../pages/ReferencePages.ts"
import * as SessionAuthentication from "../sessions/SessionAuthentication.ts"
import * as SessionsHandlers from "../sessions/SessionsHandlers.ts"
import { isFollowed } from "./Http1Connection.ts"
import { Readiness } from "./Readiness.ts"

export interface PublicAppOptions {
  /** What every link and problem type begins with, without a slash at its end. */
  readonly publicUrl: string
  /** Whether the answers travel over TLS, terminated here or by a proxy in front. */
  readonly overTls: boolean
  readonly allowedOrigins: ReadonlyArray<string>
  readonly trustedProxies: ReadonlyArray<IpNetwork.IpNetwork>
  /** Whether the API reference is served. The problem pages always are: every problem links to one. */
  readonly publicDocs: boolean
  readonly requestDeadline: Duration.Duration
  /** The longest that the stores may take for one request. */
  readonly storeDeadline?: Duration.Duration | undefined
  readonly requestIds: RequestIds
}

/** The app, and what every exchange with it consists of. */
export const make = Effect.fnUntraced(function*(options: PublicAppOptions) {
  const readiness = yield* Readiness
  const origins = yield* AllowedOrigins
  const traceIds = yield* makeTraceIds
  const time = yield* SharedClock
  const served = [
    ...apiRoutes,
    ...ProblemPages.problemRoutes,
    ...(options.publicDocs ? [...FrontPage.frontRoutes, ...ReferencePages.referenceRoutes] : [])
  ]
  // Framing first: nothing else may be believed of a request that two parties read differently.
  const exchange: Exchange.ExchangeOptions = {
    ...options,
    routes: RouteTable.make(served),
    gates: [
      requestFraming,
      forwardedFraming(options.trustedProxies),
      knownRoutes,
      bodyLimit,
      knownTime(time, apiTemplates)
    ],
    dressings: [
      requiredHeaders,
      cors(origins),
      securityHeaders({
        overTls: options.overTls,
        isLast: ({ source }) => readiness.state() === "draining" && !isFollowed(source)
      })
    ],
    tracing: serverSpan(options.overTls ? "https" : "http", traceIds),
    observer: {
      begun: requestBegun,
      ended: (observed, context) => {
        requestEnded(observed, context)
        return requestLine(observed)
      }
    }
  }
  const router = yield* routes(options)
  // A body may take its time to arrive, which is not the stores'.
  const answering = options.storeDeadline === undefined ? router : withStoreDeadline(options.storeDeadline)(router)
  return { exchange, app: Exchange.exchange(exchange)(jsonBody(options.requestDeadline)(answering)) }
})

/** Paths match to the letter, as in the route table. */
const STRICT = { caseSensitive: true, ignoreDuplicateSlashes: false, ignoreTrailingSlash: false }

const routes = ({ publicDocs, publicUrl }: PublicAppOptions) =>
  HttpRouter.toHttpEffect(
    Layer.mergeAll(
      HttpApiBuilder.layer(IdentityApi).pipe(
        Layer.provide([AccountsHandlers.layer, SessionsHandlers.layer]),
        Layer.provide(SessionAuthentication.layer)
      ),
      ProblemPages.layer(publicUrl),
      publicDocs ? Layer.merge(FrontPage.layer(publicUrl), ReferencePages.layer(publicUrl)) : Layer.empty
    ).pipe(Layer.provide(NodeHttpServer.layerHttpServices))
  ).pipe(Effect.provideService(HttpRouter.RouterConfig, STRICT))

const apiRoutes: ReadonlyArray<RouteTable.ServedRoute> = Object.values(IdentityApi.groups).flatMap((group) =>
  Object.values(group.endpoints).map((endpoint) => ({
    method: endpoint.method,
    path: endpoint.path,
    takesBody: endpoint.payload.size > 0
  }))
)

const apiTemplates: ReadonlySet<string> = new Set(apiRoutes.map(({ path }) => RouteTable.templateOf(path)))
