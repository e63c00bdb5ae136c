/**
 * The server: both listeners and what runs beside them, on the storage of the configuration.
 *
 * Layers end in the reverse order of their start, so at SIGTERM the public listener finishes its requests while
 * everything they need is still there, and the log is the last to go.
 */
import { Effect, Layer } from "effect"
import manifest from "../package.json" with { type: "json" }
import { CommandFailed } from "../src/adapters/cli/Failure.ts"
import * as HttpServer from "../src/adapters/http/HttpServer.ts"
import * as ManagementServer from "../src/adapters/http/ManagementServer.ts"
import { Readiness } from "../src/adapters/http/Readiness.ts"
import * as ProcessMetrics from "../src/adapters/observability/ProcessMetrics.ts"
import * as PrometheusText from "../src/adapters/observability/PrometheusText.ts"
import * as Telemetry from "../src/adapters/observability/Telemetry.ts"
import { unlimitedAttempts } from "../src/domain/services/AttemptPolicy.ts"
import { currentSchema, policies, services, storage } from "./composition.ts"
import type { Values } from "./configuration.ts"
import { serverLog } from "./logging.ts"
import { terminated } from "./process.ts"
import type { Settings } from "./settings.ts"
import { durabilityCheck, houseKeeping, schemaWatch } from "./upkeep.ts"

/** Runs until SIGTERM, and ends when what was accepted is done. */
export const serve = (options: Values & { readonly warnings: ReadonlyArray<string> }) =>
  Effect.raceFirst(Layer.launch(server(options)), terminated).pipe(
    Effect.catchTag("ListenError", ({ message }) => new CommandFailed({ exitCode: 1, code: "can-not-listen", message }))
  )

const server = ({ settings, telemetry, warnings }: Parameters<typeof serve>[0]) =>
  Layer.mergeAll(announcement(settings), houseKeeping, durabilityCheck).pipe(
    Layer.provide(publicListener(settings)),
    Layer.provideMerge(managementListener(settings)),
    Layer.provide(Readiness.layer),
    Layer.provideMerge(services(settings)),
    Layer.provide(settings.databaseUrl === undefined ? currentSchema(settings) : schemaWatch),
    Layer.provide([storage(settings), policies(settings), limits(settings)]),
    Layer.provide(Layer.effectDiscard(Effect.forEach(warnings, (warning) => Effect.logWarning(warning)))),
    Layer.provide(ProcessMetrics.layer),
    Layer.provide(Telemetry.layer({ ...telemetry, serviceVersion: manifest.version })),
    Layer.provide(serverLog(settings))
  )

/** Of the server alone: commands are run by administrators, whose attempts are not counted. */
const limits = (settings: Settings) => settings.rateLimits === "off" ? unlimitedAttempts : Layer.empty

const publicListener = (settings: Settings) =>
  HttpServer.layer({
    host: settings.host,
    port: settings.port,
    publicUrl: settings.publicUrl,
    tls: settings.tlsCert === undefined || settings.tlsKey === undefined
      ? undefined
      : { cert: settings.tlsCert, key: settings.tlsKey },
    allowedOrigins: settings.allowedOrigins ?? [],
    trustedProxies: settings.trustedProxies ?? [],
    publicDocs: settings.publicDocs,
    shutdownTimeout: settings.shutdownTimeout
  })

const managementListener = (settings: Settings) =>
  ManagementServer.layer({
    host: settings.managementHost,
    port: settings.managementPort,
    publicUrl: settings.publicUrl,
    metrics: PrometheusText.render
  })

/** Tells a person where to go next. */
const announcement = (settings: Settings) =>
  Layer.effectDiscard(Effect.gen(function*() {
    const here = yield* HttpServer.PublicAddress
    const management = yield* ManagementServer.ManagementAddress
    const scheme = settings.tlsCert === undefined ? "http" : "https"
    const sentences = [
      `identity ${manifest.version} listens on ${scheme}://${spell(here)}, for management on http://${
        spell(management)
      }.`,
      settings.publicUrl === `${scheme}://${spell(here)}` ? "" : `Its links begin with ${settings.publicUrl}.`,
      settings.databaseUrl === undefined
        ? `Its data is kept by an embedded Postgres server in ${settings.dataDir}.`
        : ""
    ]
    yield* Effect.logInfo(sentences.filter((sentence) => sentence !== "").join(" "))
  }))

const spell = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`
