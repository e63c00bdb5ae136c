/**
 * The HTTP API over the services, as a listener of its own or as a `fetch` handler for an existing server. For a
 * `node:http` server see `NodeHttp`.
 */
import { Context, Duration, Effect, Layer, Option } from "effect"
import type { Scope } from "effect"
import { HttpEffect, HttpMiddleware, HttpServerRequest } from "effect/http"
import type { IpNetwork } from "effect/net"
import { AllowedOrigins } from "../adapters/http/exchange/OriginCheck.ts"
import * as HttpServer from "../adapters/http/listener/HttpServer.ts"
import type { ListenError } from "../adapters/http/listener/ListenError.ts"
import { ListenerState } from "../adapters/http/listener/ListenerState.ts"
import * as PublicApp from "../adapters/http/listener/PublicApp.ts"
import { SharedClock } from "../domain/clock/SharedClock.ts"
import type * as Core from "../domain/Core.ts"

export interface HttpOptions {
  /**
   * The base of links and problem types, without a slash at its end. Pages of its origin may use the API with the
   * cookie.
   */
  readonly publicUrl: string
  /** Further origins whose pages may use the API with the cookie. None by default. */
  readonly allowedOrigins?: ReadonlyArray<string>
  /** Networks of the proxies whose forwarded headers are believed. None by default. */
  readonly trustedProxies?: ReadonlyArray<IpNetwork.IpNetwork>
  /** Where gateways may have navigations without a session sent. Nowhere by default. */
  readonly signInUrl?: string
  /** Whether `/docs` and `/openapi.json` are served. True by default. */
  readonly publicDocs?: boolean
}

/** The options with their defaults. */
export const appOptions = (
  { allowedOrigins = [], publicDocs = true, publicUrl, signInUrl, trustedProxies = [] }: HttpOptions
) => ({
  publicUrl,
  allowedOrigins,
  trustedProxies,
  publicDocs,
  signInUrl,
  overTls: publicUrl.startsWith("https:"),
  requestDeadline: HttpServer.REQUEST_DEADLINE,
  storeDeadline: Duration.seconds(4)
})

/** What every form of the API needs besides the services. */
export const surroundings = (options: HttpOptions) =>
  Layer.mergeAll(
    ListenerState.layer,
    SharedClock.time,
    AllowedOrigins.layer({ publicUrl: options.publicUrl, allowedOrigins: options.allowedOrigins ?? [] })
  )

export interface ListenOptions extends HttpOptions {
  /** `127.0.0.1` by default. */
  readonly host?: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Most connections at once. 1024 by default. */
  readonly connectionsMax?: number
}

/** The address that `listener` listens on. */
export { PublicAddress } from "../adapters/http/listener/HttpServer.ts"

/** Listens until the layer ends. Accepted requests then get up to 10 seconds to finish. */
export const listener = (
  options: ListenOptions
): Layer.Layer<HttpServer.PublicAddress, ListenError, Core.Services> =>
  HttpServer.layer({
    ...appOptions(options),
    host: options.host ?? "127.0.0.1",
    port: options.port,
    connectionsMax: options.connectionsMax ?? 1024,
    shutdownDelay: Duration.zero,
    shutdownTimeout: Duration.seconds(10)
  }).pipe(Layer.provide(surroundings(options)))

/** Answers every request: the promise never rejects. */
export class FetchHandler extends Context.Service<FetchHandler, (request: Request) => Promise<Response>>()(
  "identityd/embedding/Http/FetchHandler"
) {}

export interface FetchOptions extends HttpOptions {
  /**
   * The client's address, which a `Request` doesn't carry. Limits by network need it. Without it, guesses are limited
   * only by account and for the whole service.
   */
  readonly clientAddress: (request: Request) => string | undefined
}

/** The API as a `fetch` handler. */
export const fetchHandler = (options: FetchOptions): Layer.Layer<FetchHandler, never, Core.Services> =>
  Layer.effect(
    FetchHandler,
    Effect.gen(function*() {
      const app = yield* PublicApp.makeApp(appOptions(options))
      const addressed = Effect.updateService(app, HttpServerRequest.HttpServerRequest, (request) => {
        const address = request.source instanceof Request ? options.clientAddress(request.source) : undefined
        return request.modify({ remoteAddress: Option.fromUndefinedOr(address) })
      })
      const context = Context.add(yield* Effect.context<never>(), HttpMiddleware.TracerDisabledWhen, () => true)
      const handle = HttpEffect.toWebHandlerWith<never, HttpServerRequest.HttpServerRequest | Scope.Scope>(context)(
        addressed
      )
      return FetchHandler.of((request) => handle(request))
    })
  ).pipe(Layer.provide(surroundings(options)))
