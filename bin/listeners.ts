/** The listeners of a server, by the settings. */
import { Duration, Effect, Layer } from "effect"
import * as AdminRouter from "../src/adapters/http/admin/AdminRouter.ts"
import { MakesTraceIds } from "../src/adapters/http/exchange/RequestIds.ts"
import * as HttpServer from "../src/adapters/http/listener/HttpServer.ts"
import * as ManagementServer from "../src/adapters/http/listener/ManagementServer.ts"
import { relatedOrigins } from "../src/adapters/webauthn/PasskeySettings.ts"
import type * as MetricSnapshots from "../src/platform/observability/MetricSnapshots.ts"
import * as PrometheusText from "../src/platform/observability/PrometheusText.ts"
import type { Settings } from "./settings.ts"

/** The listener of the API. */
export const publicListener = (settings: Settings, reloads: Effect.Effect<void>) =>
  Layer.unwrap(Effect.map(AdminRouter.make, (admin) =>
    HttpServer.layer({
      admin: settings.IDENTITY_ADMIN_API === "public" ? admin : undefined,
      host: settings.IDENTITY_HOST,
      port: settings.IDENTITY_PORT,
      publicUrl: settings.IDENTITY_PUBLIC_URL,
      tls: settings.IDENTITY_TLS_CERT === undefined || settings.IDENTITY_TLS_KEY === undefined
        ? undefined
        : { cert: settings.IDENTITY_TLS_CERT, key: settings.IDENTITY_TLS_KEY },
      tlsReloads: reloads,
      allowedOrigins: settings.IDENTITY_ALLOWED_ORIGINS ?? [],
      trustedProxies: settings.IDENTITY_TRUSTED_PROXIES ?? [],
      publicDocs: settings.IDENTITY_PUBLIC_DOCS,
      signInUrl: settings.IDENTITY_SIGN_IN_URL,
      relatedOrigins: relatedOrigins(settings.IDENTITY_PASSKEY_RP_ID, settings.IDENTITY_PASSKEY_ORIGINS ?? []),
      connectionsMax: settings.IDENTITY_CONNECTIONS_MAX,
      shutdownDelay: settings.IDENTITY_SHUTDOWN_DELAY,
      shutdownTimeout: settings.IDENTITY_SHUTDOWN_TIMEOUT,
      storeDeadline: storeDeadline(settings)
    }))).pipe(Layer.provide(madeTraceIds(settings)))

const madeTraceIds = (settings: Settings) => Layer.succeed(MakesTraceIds, settings.IDENTITY_LOG_FORMAT === "json")

const storeDeadline = (settings: Settings) => Duration.times(settings.IDENTITY_DATABASE_TIMEOUT, 2)

/** The listener for those who operate the server. */
export const managementListener = (
  settings: Settings,
  metrics: Effect.Effect<ReadonlyArray<MetricSnapshots.MetricSnapshot>>
) =>
  Layer.unwrap(Effect.map(AdminRouter.make, (admin) =>
    ManagementServer.layer({
      admin: settings.IDENTITY_ADMIN_API === "management" ? admin : undefined,
      host: settings.IDENTITY_MANAGEMENT_HOST,
      port: settings.IDENTITY_MANAGEMENT_PORT,
      publicUrl: settings.IDENTITY_PUBLIC_URL,
      metrics: Effect.map(metrics, PrometheusText.render),
      storeDeadline: storeDeadline(settings)
    }))).pipe(Layer.provide(madeTraceIds(settings)))
