/**
 * The public listener: HTTP/1.1, or HTTP/2 and HTTP/1.1 over TLS.
 *
 * Provide `ManagementServer.layer` to this layer instead of merging the two. Layers end in reverse order, so the
 * management listener then answers until this one has finished its requests.
 */
import { Context, Duration, Effect, Layer } from "effect"
import { AllowedOrigins } from "../exchange/OriginCheck.ts"
import * as CertificateReloads from "./CertificateReloads.ts"
import * as ConnectionLimit from "./ConnectionLimit.ts"
import { publicAddress } from "./ListenError.ts"
import { ListenerState } from "./ListenerState.ts"
import type { DrainOptions } from "./ListenerState.ts"
import * as NodeApp from "./NodeApp.ts"
import type { NodeHandlers } from "./NodeHandler.ts"
import * as NodeListener from "./NodeListener.ts"
import * as ParserErrors from "./ParserErrors.ts"
import type * as PublicApp from "./PublicApp.ts"
import { readCertificate } from "./TlsFiles.ts"
import type { TlsFiles } from "./TlsFiles.ts"
import * as UnroutedRequests from "./UnroutedRequests.ts"
import * as UntrustedProxy from "./UntrustedProxy.ts"

export interface HttpServerOptions
  extends Omit<PublicApp.PublicAppOptions, "overTls" | "requestDeadline">, Omit<DrainOptions, "enter">
{
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** With a certificate the listener speaks TLS only. */
  readonly tls?: TlsFiles | undefined
  /**
   * Completes whenever the TLS files have to be read again at once. Changes are noticed within half a minute anyway.
   */
  readonly tlsReloads?: Effect.Effect<void>
  /** The most connections at once in this process. Further ones are closed. */
  readonly connectionsMax: number
  /** How long a request may take to arrive. 10 seconds, except in tests. */
  readonly requestDeadline?: Duration.Duration
  /** How long a client may read nothing while data is waiting for it. 10 seconds, except in tests. */
  readonly writeDeadline?: Duration.Duration
}

/** Where the public listener listens. */
export class PublicAddress extends Context.Service<PublicAddress, {
  readonly host: string
  readonly port: number
}>()("identityd/adapters/http/listener/HttpServer/PublicAddress") {}

export const layer = (options: HttpServerOptions) =>
  Layer.effect(PublicAddress, serve(options)).pipe(Layer.provide(AllowedOrigins.layer(options)))

export const REQUEST_DEADLINE = Duration.seconds(10)

const serve = Effect.fnUntraced(function*(options: HttpServerOptions) {
  const requestDeadline = options.requestDeadline ?? REQUEST_DEADLINE
  const state = yield* ListenerState
  const overTls = options.tls !== undefined || options.publicUrl.startsWith("https:")
  const { exchange, ...handlers } = yield* NodeApp.make({ ...options, overTls, requestDeadline })
  const certificate = options.tls === undefined ? undefined : yield* readCertificate(options.tls)
  const { port, useCertificate } = yield* NodeListener.listen({
    address: publicAddress(options),
    ...(options.trustedProxies.length === 0 ? yield* suspicious(handlers) : handlers),
    errors: ParserErrors.make(yield* UnroutedRequests.make(exchange, requestDeadline)),
    certificate,
    connectionLimit: yield* ConnectionLimit.make(options.connectionsMax, options.trustedProxies),
    requestDeadline,
    writeDeadline: options.writeDeadline,
    shutdownDelay: options.shutdownDelay,
    shutdownTimeout: options.shutdownTimeout,
    enter: state.enter
  })
  if (certificate !== undefined && options.tls !== undefined) {
    yield* CertificateReloads.watch({
      files: options.tls,
      certificate,
      asked: options.tlsReloads ?? Effect.never,
      use: useCertificate
    })
  }
  yield* state.enter("serving")
  return PublicAddress.of({ host: options.host, port })
})

const suspicious = ({ handler, streamHandler }: NodeHandlers) =>
  Effect.map(UntrustedProxy.make, (look): NodeHandlers => ({
    handler: (request, response) => {
      look(request.headers, request.socket.remoteAddress)
      handler(request, response)
    },
    streamHandler: (request) => {
      look(request.headers, request.remoteAddress)
      return streamHandler(request)
    }
  }))
