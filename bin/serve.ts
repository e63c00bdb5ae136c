/**
 * The server: its listeners and background work, in one process or in several. With several, the primary has the
 * management listener, starts the embedded database, watches the schema and does the housekeeping, so that each happens
 * once. The workers serve the public port.
 *
 * Layers end in the reverse order of their start. At SIGTERM the public listener finishes its requests while everything
 * they need still runs, and the log ends last.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Duration, Effect, Layer, Metric, Option, References } from "effect"
import { extname } from "node:path"
import { fileURLToPath } from "node:url"
import manifest from "../package.json" with { type: "json" }
import type { ServerStart } from "../src/adapters/cli/CommandLine.ts"
import { describe, unexpected } from "../src/adapters/cli/kit/Failure.ts"
import * as Announcement from "../src/adapters/http/listener/Announcement.ts"
import * as HttpServer from "../src/adapters/http/listener/HttpServer.ts"
import { ensureListenable, managementAddress, publicAddress } from "../src/adapters/http/listener/ListenError.ts"
import { ListenerState } from "../src/adapters/http/listener/ListenerState.ts"
import { SCHEMA } from "../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { reportClock } from "../src/domain/clock/ClockReport.ts"
import { SharedClock } from "../src/domain/clock/SharedClock.ts"
import { unlimitedAttempts } from "../src/domain/limits/AttemptPolicy.ts"
import { buildInfo } from "../src/domain/telemetry/IdentityMetrics.ts"
import * as Primary from "../src/platform/cluster/Primary.ts"
import * as Workers from "../src/platform/cluster/Workers.ts"
import * as Logging from "../src/platform/observability/Logging.ts"
import * as MetricSnapshots from "../src/platform/observability/MetricSnapshots.ts"
import * as ProcessMetrics from "../src/platform/observability/ProcessMetrics.ts"
import * as Telemetry from "../src/platform/observability/Telemetry.ts"
import { telemetryOptions } from "../src/platform/observability/TelemetrySettings.ts"
import { CommandFailed } from "../src/platform/process/CommandFailed.ts"
import { compileCacheVariables } from "../src/platform/process/CompileCache.js"
import * as ShutdownLog from "../src/platform/process/ShutdownLog.ts"
import { terminated } from "../src/platform/process/Signals.ts"
import * as Threads from "../src/platform/process/Threads.ts"
import {
  hashSlotsOf,
  mailSending,
  policies,
  PRIMARY_CONNECTIONS_MAX,
  seldomHashing,
  serverSchema,
  services,
  storage,
  storeUpkeep
} from "./compose.ts"
import { startChecks } from "./doctor.ts"
import { managementListener, publicListener } from "./listeners.ts"
import { adoptConfiguration } from "./settings.ts"
import type { Settings, Values } from "./settings.ts"

/** Runs until SIGTERM, and ends when all accepted requests are answered. */
export const serve = Effect.fnUntraced(function*(values: Values, start: ServerStart) {
  const { settings } = values
  const tooFewThreads = settings.IDENTITY_WORKERS > 1
    ? []
    : yield* Threads.ensureSize(start.threads, hashSlotsOf(settings))
  const warned = Effect.forEach([...start.warnings, ...tooFewThreads], (warning) => Effect.logWarning(warning))
  const server = (settings.IDENTITY_WORKERS > 1 ? leader(values, start) : single(settings, start)).pipe(
    Layer.provide([ShutdownLog.stopped, Layer.effectDiscard(warned), logUselessHangUps(settings, start)]),
    Layer.provide(observed(settings))
  )
  const management = { host: settings.IDENTITY_MANAGEMENT_HOST, port: settings.IDENTITY_MANAGEMENT_PORT }
  const addresses = [
    publicAddress({ host: settings.IDENTITY_HOST, port: settings.IDENTITY_PORT }),
    managementAddress(management)
  ]
  // A server that can't listen must not make a database before it finds out.
  yield* Effect.andThen(
    ensureListenable(addresses, management),
    Effect.raceFirst(Layer.launch(server), terminated)
  ).pipe(Effect.catchTag("ListenError", ({ message }) => canNotListen(message)))
})

/** Workers also fail with this code when the port is taken. */
const CAN_NOT_LISTEN = "can-not-listen"

const canNotListen = (message: string) => new CommandFailed({ exitCode: 1, code: CAN_NOT_LISTEN, message })

const single = (settings: Settings, { hangUps }: ServerStart) =>
  Layer.merge(announcement(settings), upkeep(settings)).pipe(
    Layer.provide(publicListener(settings, hangUps)),
    Layer.provideMerge(managementListener(settings, MetricSnapshots.take)),
    Layer.provide([ListenerState.layer, SharedClock.time]),
    Layer.provideMerge(services(settings)),
    Layer.provide(serverSchema(settings)),
    Layer.provide([storage(settings), policies(settings), limits(settings)])
  )

const leader = (values: Values, start: ServerStart) => {
  const { settings } = values
  const connections = Math.min(settings.IDENTITY_DATABASE_POOL_MAX, PRIMARY_CONNECTIONS_MAX)
  return Layer.merge(announcement(settings), upkeep(settings)).pipe(
    Layer.provide(workers(values, start)),
    Layer.provideMerge(
      Layer.unwrap(Effect.map(Workers.ServingWorkers, ({ metrics }) => managementListener(settings, metrics)))
    ),
    Layer.provide([ListenerState.layer, Workers.ServingWorkers.layer, SharedClock.time]),
    // Programs seldom have it hash. The workers have the cores.
    Layer.provideMerge(seldomHashing({ ...settings, IDENTITY_HASH_CONCURRENCY: 1 })),
    Layer.provide(serverSchema(settings)),
    Layer.provide([
      storage({ ...settings, IDENTITY_DATABASE_POOL_MAX: connections }),
      policies(settings),
      limits(settings)
    ])
  )
}

const workers = ({ rawValues, settings }: Values, { hangUps }: ServerStart) =>
  Layer.effect(
    HttpServer.PublicAddress,
    Effect.map(Workers.Workers, ({ port }) => ({ host: settings.IDENTITY_HOST, port }))
  ).pipe(
    Layer.provide(Layer.unwrap(Effect.gen(function*() {
      const { enter } = yield* ListenerState
      return Workers.layer({
        // The file beside this one is worker.ts in the repository and worker.js in the published package.
        script: fileURLToPath(new URL(`worker${extname(import.meta.url)}`, import.meta.url)),
        count: settings.IDENTITY_WORKERS,
        rawValues,
        environment: {
          UV_THREADPOOL_SIZE: String(yield* Threads.threadsFor(hashSlotsOf(settings))),
          ...compileCacheVariables()
        },
        shutdownDelay: settings.IDENTITY_SHUTDOWN_DELAY,
        shutdownTimeout: settings.IDENTITY_SHUTDOWN_TIMEOUT,
        reloads: settings.IDENTITY_TLS_CERT === undefined ? Effect.never : hangUps,
        onState: enter,
        log: process.stderr
      })
    })))
  )

const worker = (primary: Primary.Primary, { settings }: Values) =>
  Layer.effectDiscard(
    Effect.flatMap(HttpServer.PublicAddress, ({ port }) => primary.send({ _tag: "Serving", port }))
  ).pipe(
    // The primary has already waited for the delay before it ends a worker.
    Layer.provide(publicListener({ ...settings, IDENTITY_SHUTDOWN_DELAY: Duration.zero }, primary.reloads)),
    Layer.provide(Layer.effectDiscard(primary.report(MetricSnapshots.take))),
    Layer.provide([ListenerState.layer, SharedClock.time, clockKept]),
    Layer.provide(services(settings)),
    Layer.provide([storage(settings), policies(settings), limits(settings)]),
    Layer.provide(observed(settings, primary.worker)),
    Layer.provide(Layer.succeed(References.CurrentLogAnnotations, { worker: primary.worker }))
  )

/** Runs a worker, which reports its failures to the primary. */
export const work = Effect.gen(function*() {
  const primary = yield* Primary.connect
  yield* adoptConfiguration(primary.rawValues).pipe(
    Effect.flatMap(({ values }) => Effect.fromResult(values)),
    Effect.flatMap((values) =>
      Effect.raceFirst(Layer.launch(worker(primary, values)), Effect.raceFirst(primary.drains, terminated))
    ),
    Effect.catchTag("ListenError", ({ message }) => canNotListen(message)),
    Effect.tapCause(Effect.fnUntraced(function*(cause) {
      const error = Cause.findErrorOption(cause)
      if (Option.isNone(error)) yield* Effect.logDebug("The worker failed unexpectedly", cause)
      const { code, exitCode, message } = Option.match(error, { onNone: () => unexpected, onSome: describe })
      yield* primary.send({ _tag: "Failed", code, exitCode, message })
    }))
  )
}).pipe(Effect.provide([Logging.layerCommand, NodeServices.layer]))

/** Keeps measuring the store's time, in every process. */
const clockKept = Layer.effectDiscard(
  Effect.flatMap(SharedClock, ({ keepMeasuring }) => Effect.forkScoped(keepMeasuring))
)

/** The work of one process per server besides answering requests. */
const upkeep = (settings: Settings) =>
  Layer.mergeAll(
    clockKept,
    Layer.effectDiscard(Effect.flatMap(SharedClock, (clock) => Effect.forkScoped(reportClock(clock)))),
    storeUpkeep,
    mailSending(settings),
    Layer.effectDiscard(Metric.update(buildInfo(manifest.version, SCHEMA), 1)),
    startChecks(settings)
  )

/** Logs that SIGHUP does nothing, when there are no TLS files to read again. */
const logUselessHangUps = (settings: Settings, { hangUps }: ServerStart) =>
  settings.IDENTITY_TLS_CERT === undefined
    ? Layer.effectDiscard(
      hangUps.pipe(
        Effect.andThen(Effect.logInfo("SIGHUP does nothing here: no TLS files are configured")),
        Effect.forever,
        Effect.forkScoped
      )
    )
    : Layer.empty

const levels = { trace: "Trace", debug: "Debug", info: "Info", warn: "Warn", error: "Error" } as const

/** The log, metrics and traces of a process that serves. */
const observed = (settings: Settings, worker?: number) => {
  const telemetry = telemetryOptions(settings, worker)
  return ProcessMetrics.layer.pipe(
    Layer.provideMerge(Telemetry.layer({ ...telemetry, serviceVersion: manifest.version })),
    Layer.provideMerge(
      Logging.layer({ format: settings.IDENTITY_LOG_FORMAT, level: levels[settings.IDENTITY_LOG_LEVEL] })
    )
  )
}

/** Limits apply to the server only. Administrators run the commands, and their attempts aren't counted. */
const limits = (settings: Settings) => settings.IDENTITY_RATE_LIMITS === "off" ? unlimitedAttempts : Layer.empty

/** Logs where the server can be reached and, at its end, what it waits for. */
const announcement = (settings: Settings) =>
  Layer.merge(
    Announcement.layer({
      product: `identity ${manifest.version}`,
      scheme: settings.IDENTITY_TLS_CERT === undefined ? "http" : "https",
      publicUrl: settings.IDENTITY_PUBLIC_URL,
      workers: settings.IDENTITY_WORKERS,
      dataDir: settings.IDENTITY_DATABASE_URL === undefined ? settings.IDENTITY_DATA_DIR : undefined
    }),
    ShutdownLog.stopping({ delay: settings.IDENTITY_SHUTDOWN_DELAY, timeout: settings.IDENTITY_SHUTDOWN_TIMEOUT })
  )
