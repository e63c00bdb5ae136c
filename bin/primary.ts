/**
 * The server as several processes: this one starts the workers, which serve the public port, and is what operators and
 * other programs talk to. It has the management listener, starts the embedded database, looks at the schema and keeps
 * house, so that each of these happens once.
 */
import { Effect, Layer } from "effect"
import { getCompileCacheDir } from "node:module"
import { dirname, extname } from "node:path"
import { fileURLToPath } from "node:url"
import { stopAccepting } from "../src/adapters/http/listener/Draining.ts"
import { PublicAddress } from "../src/adapters/http/listener/HttpServer.ts"
import { ListenerState } from "../src/adapters/http/listener/ListenerState.ts"
import { SharedClock } from "../src/domain/clock/SharedClock.ts"
import { WorkerReports } from "../src/platform/cluster/WorkerReports.ts"
import * as Workers from "../src/platform/cluster/Workers.ts"
import * as PrometheusSum from "../src/platform/observability/PrometheusSum.ts"
import * as PrometheusText from "../src/platform/observability/PrometheusText.ts"
import { terminated } from "../src/platform/process/Signals.ts"
import { threadsFor } from "../src/platform/process/Threads.ts"
import { forgetting, storage } from "./compose.ts"
import {
  announcement,
  CAN_NOT_LISTEN,
  canNotListen,
  managementListener,
  nothingToReload,
  observed,
  schema,
  warned
} from "./serve.ts"
import type { ServeOptions } from "./serve.ts"
import { clockReported, durabilityCheck, houseKeeping } from "./upkeep.ts"

/** Runs until SIGTERM, and ends when the workers have done what they accepted. */
export const lead = (options: ServeOptions) =>
  Effect.raceFirst(Layer.launch(primary(options)), terminated).pipe(
    Effect.catchTags({
      ListenError: canNotListen(options.settings),
      CommandFailed: (failure) =>
        failure.code === CAN_NOT_LISTEN ? canNotListen(options.settings)(failure) : Effect.fail(failure)
    })
  )

/** For readiness and house-keeping. The work is done on the workers' connections. */
const CONNECTIONS_MAX = 2

const primary = (options: ServeOptions) => {
  const { settings } = options
  const sum = PrometheusSum.make()
  return Layer.mergeAll(announcement(settings), houseKeeping, durabilityCheck, clockReported).pipe(
    Layer.provide(workers(options)),
    Layer.provideMerge(Layer.unwrap(Effect.map(sumOfAll(sum), (metrics) => managementListener(settings, metrics)))),
    Layer.provide([ListenerState.layer, WorkerReports.layer(sum), SharedClock.time]),
    Layer.provideMerge(forgetting(settings)),
    Layer.provide(schema(settings)),
    Layer.provide(storage({ ...settings, databasePoolMax: Math.min(settings.databasePoolMax, CONNECTIONS_MAX) })),
    Layer.provide([warned(options), nothingToReload(options)]),
    Layer.provide(observed(options))
  )
}

const sumOfAll = (sum: PrometheusSum.PrometheusSum) =>
  Effect.map(WorkerReports, (reports) =>
    Effect.andThen(
      reports.refresh,
      Effect.map(PrometheusText.render, (own) => sum.render(own, reports.latest()))
    ))

const workers = ({ hangUps, settings, texts }: ServeOptions) =>
  Layer.effect(PublicAddress, Effect.map(Workers.Workers, ({ port }) => ({ host: settings.host, port }))).pipe(
    Layer.provide(Layer.unwrap(Effect.gen(function*() {
      const { enter } = yield* ListenerState
      return Workers.layer({
        script,
        count: settings.workers,
        settings: texts,
        environment: {
          UV_THREADPOOL_SIZE: String(yield* threadsFor(settings.hashConcurrency)),
          ...compileCache()
        },
        shutdownDelay: settings.shutdownDelay,
        stopAccepting,
        shutdownTimeout: settings.shutdownTimeout,
        reloads: settings.tlsCert === undefined ? Effect.never : hangUps,
        onState: enter,
        log: process.stderr
      })
    })))
  )

/** Where Node keeps what it compiles, below which it has a directory for each of its versions. */
const compileCache = () => {
  const directory = getCompileCacheDir()
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) }
}

// Beside this module there is worker.ts in the repository and worker.js in the published package.
const script = fileURLToPath(new URL(`worker${extname(import.meta.url)}`, import.meta.url))
