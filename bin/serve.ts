/**
 * The server: both listeners and what runs beside them, on the storage of the configuration.
 *
 * Layers end in the reverse order of their start, so at SIGTERM the public listener finishes its requests while
 * everything they need is still there, and the log is the last to go.
 */
import { Duration, Effect, Layer } from "effect"
import manifest from "../package.json" with { type: "json" }
import * as HttpServer from "../src/adapters/http/listener/HttpServer.ts"
import { probe } from "../src/adapters/http/listener/ListenError.ts"
import type { ListenError } from "../src/adapters/http/listener/ListenError.ts"
import { ListenerState } from "../src/adapters/http/listener/ListenerState.ts"
import * as ManagementServer from "../src/adapters/http/listener/ManagementServer.ts"
import { SharedClock } from "../src/domain/clock/SharedClock.ts"
import { unlimitedAttempts } from "../src/domain/limits/AttemptPolicy.ts"
import * as ProcessMetrics from "../src/platform/observability/ProcessMetrics.ts"
import * as PrometheusText from "../src/platform/observability/PrometheusText.ts"
import * as Telemetry from "../src/platform/observability/Telemetry.ts"
import { CommandFailed } from "../src/platform/process/CommandFailed.ts"
import { terminated } from "../src/platform/process/Signals.ts"
import { currentSchema, policies, services, storage } from "./compose.ts"
import type { Values } from "./configuration.ts"
import { serverLog } from "./logging.ts"
import type { Settings } from "./settings.ts"
import { clockReported, durabilityCheck, houseKeeping, schemaWatch } from "./upkeep.ts"

/** What a server is started with. */
export type ServeOptions = Values & {
  readonly warnings: ReadonlyArray<string>
  /** Completes at each SIGHUP. */
  readonly hangUps: Effect.Effect<void>
}

/** Runs until SIGTERM, and ends when what was accepted is done. */
export const serve = (options: ServeOptions) =>
  Effect.raceFirst(Layer.launch(server(options)), terminated).pipe(
    Effect.catchTag("ListenError", canNotListen(options.settings))
  )

/** Names every address that is taken, and not one after the other from start to start. */
export const canNotListen = (settings: Settings) =>
  Effect.fnUntraced(function*({ message }: Pick<ListenError, "message">) {
    const { host, managementHost, managementPort, port } = settings
    const [, failures] = yield* Effect.partition([
      { host, port, hostSetting: "IDENTITY_HOST", portSetting: "IDENTITY_PORT" },
      {
        host: managementHost,
        port: managementPort,
        hostSetting: "IDENTITY_MANAGEMENT_HOST",
        portSetting: "IDENTITY_MANAGEMENT_PORT"
      }
    ], probe)
    const messages = new Set([message, ...failures.map((failure) => failure.message)])
    return yield* new CommandFailed({ exitCode: 1, code: CAN_NOT_LISTEN, message: [...messages].join("\n") })
  })

/** Also what a worker answers with whose port is taken. */
export const CAN_NOT_LISTEN = "can-not-listen"

const server = (options: ServeOptions) => {
  const { settings } = options
  return Layer.mergeAll(announcement(settings), houseKeeping, durabilityCheck, clockReported).pipe(
    Layer.provide(publicListener(settings, options.hangUps)),
    Layer.provideMerge(managementListener(settings, PrometheusText.render)),
    Layer.provide([ListenerState.layer, SharedClock.time]),
    Layer.provideMerge(services(settings)),
    Layer.provide(schema(settings)),
    Layer.provide([storage(settings), policies(settings), limits(settings)]),
    Layer.provide([warned(options), nothingToReload(options)]),
    Layer.provide(observed(options))
  )
}

/** SIGHUP has TLS files read again. Without them it does nothing, and says so. */
export const nothingToReload = ({ hangUps, settings }: Pick<ServeOptions, "hangUps" | "settings">) =>
  settings.tlsCert === undefined
    ? Layer.effectDiscard(
      hangUps.pipe(
        Effect.andThen(Effect.logInfo("SIGHUP does nothing here: no TLS files are configured")),
        Effect.forever,
        Effect.forkScoped
      )
    )
    : Layer.empty

/** Brings the schema of the embedded database up to date, or watches that of another. */
export const schema = (settings: Settings) => settings.databaseUrl === undefined ? currentSchema(settings) : schemaWatch

export const warned = ({ warnings }: Pick<ServeOptions, "warnings">) =>
  Layer.effectDiscard(Effect.forEach(warnings, (warning) => Effect.logWarning(warning)))

/** The log, metrics and traces of a process that serves. */
export const observed = ({ settings, telemetry }: Values) =>
  ProcessMetrics.layer.pipe(
    Layer.provideMerge(Telemetry.layer({ ...telemetry, serviceVersion: manifest.version })),
    Layer.provideMerge(serverLog(settings))
  )

/** Of the server alone: commands are run by administrators, whose attempts are not counted. */
export const limits = (settings: Settings) => settings.rateLimits === "off" ? unlimitedAttempts : Layer.empty

export const publicListener = (settings: Settings, reloads: Effect.Effect<void>) =>
  HttpServer.layer({
    host: settings.host,
    port: settings.port,
    publicUrl: settings.publicUrl,
    tls: settings.tlsCert === undefined || settings.tlsKey === undefined
      ? undefined
      : { cert: settings.tlsCert, key: settings.tlsKey },
    tlsReloads: reloads,
    allowedOrigins: settings.allowedOrigins ?? [],
    trustedProxies: settings.trustedProxies ?? [],
    publicDocs: settings.publicDocs,
    connectionsMax: settings.connectionsMax,
    shutdownDelay: settings.shutdownDelay,
    shutdownTimeout: settings.shutdownTimeout,
    storeDeadline: Duration.times(settings.databaseTimeout, 2)
  })

export const managementListener = (settings: Settings, metrics: Effect.Effect<string>) =>
  ManagementServer.layer({
    host: settings.managementHost,
    port: settings.managementPort,
    publicUrl: settings.publicUrl,
    metrics
  })

/** Tells a person where to go next. */
export const announcement = (settings: Settings) =>
  Layer.effectDiscard(Effect.gen(function*() {
    const here = yield* HttpServer.PublicAddress
    const management = yield* ManagementServer.ManagementAddress
    const scheme = settings.tlsCert === undefined ? "http" : "https"
    const sentences = [
      `identity ${manifest.version} listens on ${scheme}://${spell(here)}, for management on http://${
        spell(management)
      }.`,
      settings.workers === 1 ? "" : `${settings.workers} processes share the work.`,
      settings.publicUrl === `${scheme}://${spell(here)}` ? "" : `Its links begin with ${settings.publicUrl}.`,
      settings.databaseUrl === undefined
        ? `Its data is kept by an embedded Postgres server in ${settings.dataDir}.`
        : ""
    ]
    yield* Effect.logInfo(sentences.filter((sentence) => sentence !== "").join(" "))
  }))

const spell = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`
