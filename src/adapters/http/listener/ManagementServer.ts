/**
 * The management listener, for the systems that operate this server and never for its callers.
 *
 * It answers as long as the process works, also while the public listener starts and drains. Its requests are not
 * traced, counted or logged, because probes would hide everything else. Those of the admin API are.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Duration, Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { SharedClock } from "../../../domain/clock/SharedClock.ts"
import { withStoreDeadline } from "../../../ports/StoreDeadline.ts"
import { isAdministrative } from "../admin/AdminRouter.ts"
import type { AdminRouter } from "../admin/AdminRouter.ts"
import { bodyLimit } from "../exchange/BodyLimit.ts"
import type { ExchangeOptions } from "../exchange/Exchange.ts"
import { jsonBody } from "../exchange/JsonBody.ts"
import { knownTime } from "../exchange/KnownTime.ts"
import { localHosts } from "../exchange/LocalHosts.ts"
import { makeObserver, observing } from "../exchange/Observation.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import { probeFraming } from "../exchange/RequestFraming.ts"
import { makeRequestIds } from "../exchange/RequestIds.ts"
import { fixedHeaders, requiredHeaders } from "../exchange/ResponseHeaders.ts"
import * as RouteTable from "../exchange/RouteTable.ts"
import * as AdminReference from "../pages/AdminReference.ts"
import * as FrontPage from "../pages/FrontPage.ts"
import * as ReferencePages from "../pages/ReferencePages.ts"
import * as Introspection from "../sessions/Introspection.ts"
import { managementAddress } from "./ListenError.ts"
import * as NodeHandler from "./NodeHandler.ts"
import * as NodeListener from "./NodeListener.ts"
import * as ParserErrors from "./ParserErrors.ts"
import * as ReadyzEndpoint from "./ReadyzEndpoint.ts"
import * as UnroutedRequests from "./UnroutedRequests.ts"

export interface ManagementServerOptions {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** The start of problem types, whose pages are on the public listener. */
  readonly publicUrl: string
  /** The metrics in Prometheus' text format. */
  readonly metrics: Effect.Effect<string>
  /** The admin API, if it is here. */
  readonly admin?: AdminRouter | undefined
  /** The longest that the stores may take for one request. */
  readonly storeDeadline: Duration.Duration
}

/** Where the management listener listens. */
export class ManagementAddress extends Context.Service<ManagementAddress, {
  readonly host: string
  readonly port: number
}>()("identityd/adapters/http/listener/ManagementServer/ManagementAddress") {}

export const layer = (options: ManagementServerOptions) => Layer.effect(ManagementAddress, serve(options))

const REQUEST_DEADLINE = Duration.seconds(10)

/** Few systems have a reason to connect. */
const CONNECTIONS_MAX = 256

/** Long enough for a running probe. */
const SHUTDOWN_TIMEOUT = Duration.seconds(2)

const serve = Effect.fnUntraced(function*(options: ManagementServerOptions) {
  const time = yield* SharedClock
  const parts = yield* makeParts(options)
  const exchange: ExchangeOptions = {
    publicUrl: options.publicUrl,
    ownUrl: "",
    requestIds: yield* makeRequestIds,
    routes: RouteTable.make(parts.flatMap(({ routes }) => routes)),
    trustedProxies: [],
    gates: [
      probeFraming,
      localHosts(options.host),
      RouteTable.knownRoutes,
      bodyLimit,
      knownTime(time, [{ path: INTROSPECTION }, ...(options.admin?.routes ?? [])])
    ],
    fixedHeaders: fixedHeaders(false),
    responseHeaders: [requiredHeaders],
    observer: observing(isAdministrative, yield* makeObserver("http"))
  }
  const router = yield* HttpRouter.toHttpEffect(
    Layer.mergeAll(Layer.empty, ...parts.map(({ layer }) => layer)).pipe(
      Layer.provide(NodeHttpServer.layerHttpServices)
    )
  )
  const administer = jsonBody(REQUEST_DEADLINE)(withStoreDeadline(options.storeDeadline)(router))
  const app = Effect.flatMap(CurrentRequest, (request) => isAdministrative(request) ? administer : router)
  const { port } = yield* NodeListener.listen({
    address: managementAddress(options),
    handler: (yield* NodeHandler.make(exchange, app)).handler,
    errors: ParserErrors.make(yield* UnroutedRequests.make(exchange, REQUEST_DEADLINE)),
    certificate: undefined,
    connectionLimit: { max: CONNECTIONS_MAX, onRefused: () => undefined, admits: () => true },
    requestDeadline: REQUEST_DEADLINE,
    shutdownDelay: Duration.zero,
    shutdownTimeout: SHUTDOWN_TIMEOUT,
    enter: () => Effect.void
  })
  return ManagementAddress.of({ host: options.host, port })
})

/** Where a shell on this machine reaches the listener. */
const urlOf = ({ host, port }: ManagementServerOptions): string => {
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`
}

const INTROSPECTION = "/introspect"

const makeParts = Effect.fnUntraced(function*(options: ManagementServerOptions) {
  const { admin, metrics, publicUrl, storeDeadline } = options
  const readyz = yield* ReadyzEndpoint.make
  const introspection = yield* Introspection.make(REQUEST_DEADLINE)
  return [
    RouteTable.served(
      HttpRouter.route("GET", "/livez", HttpServerResponse.jsonUnsafe({ status: "alive" })),
      HttpRouter.route("GET", "/readyz", readyz.answer),
      HttpRouter.route("GET", "/metrics", Effect.map(metrics, exposition)),
      HttpRouter.route("POST", INTROSPECTION, withStoreDeadline(storeDeadline)(introspection))
    ),
    FrontPage.makeForOperators({ hasAdminApi: admin !== undefined }),
    ReferencePages.make(publicUrl, { canTry: false }),
    ...(admin === undefined ? [] : [admin, AdminReference.make(urlOf(options), publicUrl)])
  ]
})

const exposition = (text: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
