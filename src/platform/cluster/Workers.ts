/**
 * The worker processes that share one port. They start together, are replaced when they die, and end together.
 *
 * The primary accepts connections and hands them to the workers in turn. If workers competed for connections, the
 * kernel would give most of them to the first one that wakes. When a worker can't start at first, the whole start fails
 * with its reason. Later, a worker that dies is replaced: at once if it had served for a while, otherwise after a pause
 * that doubles, so that workers that keep dying don't keep the machine busy.
 */
import { Clock, Context, Deferred, Effect, Layer, Metric, Option, Result } from "effect"
import type { Duration, Redacted } from "effect"
import cluster from "node:cluster"
import type { Writable } from "node:stream"
import * as LineRelay from "../observability/LineRelay.ts"
import * as MetricSnapshots from "../observability/MetricSnapshots.ts"
import type { MetricSnapshot } from "../observability/MetricSnapshots.ts"
import type { CommandFailed } from "../process/CommandFailed.ts"
import { stopAccepting } from "../process/PortClosing.ts"
import * as WorkerProcess from "./WorkerProcess.ts"
import { end, findAcceptor, killWhenUnresponsive } from "./WorkerShutdown.ts"

/**
 * The workers that serve, and their metrics. Exists before the workers do, so that the management listener can ask
 * while they start and end.
 */
export class ServingWorkers extends Context.Service<ServingWorkers, {
  readonly all: ReadonlySet<WorkerProcess.WorkerProcess>
  readonly add: (worker: WorkerProcess.WorkerProcess) => void
  readonly remove: (worker: WorkerProcess.WorkerProcess) => void
  /**
   * The sum of the metrics of this process, of the workers, and of workers that have ended. Asks every worker. For a
   * worker that doesn't answer in time, its last report counts.
   */
  readonly metrics: Effect.Effect<ReadonlyArray<MetricSnapshot>>
}>()("identityd/platform/cluster/Workers/ServingWorkers") {
  static readonly layer = Layer.sync(ServingWorkers, () => {
    const all = new Set<WorkerProcess.WorkerProcess>()
    let remaining: ReadonlyArray<MetricSnapshot> = []
    const refresh = Effect.suspend(() =>
      Effect.forEach(
        all,
        ({ ended, report }) => Effect.timeoutOption(Effect.raceFirst(report, ended), REPORT_DEADLINE),
        {
          concurrency: "unbounded",
          discard: true
        }
      )
    )
    return ServingWorkers.of({
      all,
      add: (worker) => void all.add(worker),
      remove: (worker) => {
        if (all.delete(worker)) {
          remaining = MetricSnapshots.sum([...remaining, ...MetricSnapshots.countersOf(worker.reported())])
        }
      },
      metrics: Effect.map(Effect.andThen(refresh, MetricSnapshots.take), (own) =>
        MetricSnapshots.sum([
          ...remaining,
          ...MetricSnapshots.labelled("primary", own),
          ...[...all].flatMap(({ number, reported }) => MetricSnapshots.labelled(String(number), reported()))
        ]))
    })
  })
}

/** Well below the usual timeout of a scrape. */
const REPORT_DEADLINE = "1 second"

export interface WorkersOptions {
  /** The module that a worker runs. */
  readonly script: string
  readonly count: number
  /** The texts of the settings, by name. */
  readonly rawValues: Redacted.Redacted<Readonly<Record<string, string>>>
  /** Environment variables for the workers besides our own. */
  readonly environment: Readonly<Record<string, string>>
  /** How long everything goes on after a stop was requested. */
  readonly shutdownDelay: Duration.Duration
  /** How long a worker may take to finish its accepted requests. */
  readonly shutdownTimeout: Duration.Duration
  /** Completes whenever workers are to read the TLS files again. */
  readonly reloads: Effect.Effect<void>
  /** Runs at each change of whether requests are answered. */
  readonly onState: (state: "starting" | "serving" | "draining") => Effect.Effect<void>
  /** Where the workers' log lines go. */
  readonly log: Writable
}

export class Workers extends Context.Service<Workers, {
  /** The port that they share. */
  readonly port: number
}>()("identityd/platform/cluster/Workers") {}

/** Ready when all workers serve. When it closes, they finish their requests side by side. */
export const layer = (options: WorkersOptions) => Layer.effect(Workers, serve(options))

const servingNow = Metric.gauge("identity_workers_serving", { description: "Server processes that answer requests" })

const replaced = Metric.counter("identity_workers_replaced_total", {
  description: "Server processes that ended and were replaced",
  incremental: true
})

const serve = Effect.fnUntraced(function*(options: WorkersOptions) {
  cluster.setupPrimary({
    exec: options.script,
    args: [],
    // SIGUSR1 must not open a debugger, which exposes all secrets of the process.
    execArgv: [...process.execArgv, "--disable-sigusr1"],
    stdio: ["ignore", "inherit", "pipe", "ipc"]
  })
  yield* Metric.update(replaced, 0)
  const acceptor = yield* findAcceptor
  const slots = yield* makeSlots(options)
  const first = Array.from({ length: options.count }, () => Deferred.makeUnsafe<number, CommandFailed>())
  yield* Effect.forkScoped(
    Effect.forEach(first, (started, index) => slots.keep(index + 1, started), { concurrency: "unbounded" })
  )
  yield* options.reloads.pipe(Effect.andThen(slots.reload), Effect.forever, Effect.forkScoped)
  yield* Effect.addFinalizer(() =>
    slots.drain.pipe(
      Effect.andThen(Effect.sleep(options.shutdownDelay)),
      Effect.andThen(Effect.suspend(() => Effect.forEach(Option.toArray(acceptor()), stopAccepting))),
      Effect.andThen(slots.handedOver)
    )
  )
  const [port = 0] = yield* Effect.forEach(first, (started) => Deferred.await(started), { concurrency: "unbounded" })
  yield* slots.open
  return Workers.of({ port })
})

/** A stop signal usually reaches every process. Wait a moment before treating an exit as a crash. */
const SIGNAL_GRACE = "100 millis"

/**
 * How often, and how many times at most, to check whether a connection is being handed over. A stuck worker never takes
 * one.
 */
const POLL_INTERVAL = "5 millis"
const POLLS_MAX = 200

const makeSlots = Effect.fnUntraced(function*(options: WorkersOptions) {
  const serving = yield* ServingWorkers
  const relay = LineRelay.make(options.log)
  let phase: "starting" | "open" | "draining" = "starting"

  const reportState = Effect.suspend(() => {
    const { size } = serving.all
    const state = phase === "open" ? options.onState(size === 0 ? "starting" : "serving") : Effect.void
    return Effect.andThen(Metric.update(servingNow, size), state)
  })
  const after = (change: () => void) => Effect.andThen(Effect.sync(change), reportState)

  /** Runs one process from start to end. Returns the log line and fields that say how it ended. */
  const runWorker = Effect.fnUntraced(
    function*(number: number, started: Deferred.Deferred<number, CommandFailed>) {
      const worker = yield* Effect.acquireRelease(
        WorkerProcess.start({ ...options, number, relay }),
        (worker) => Effect.andThen(end(worker, options.shutdownTimeout), after(() => serving.remove(worker)))
      )
      const port = yield* worker.serving
      yield* after(() => serving.add(worker))
      const fields = { "worker.pid": worker.pid }
      yield* Effect.logInfo(`Worker ${number} serves`).pipe(Effect.annotateLogs(fields))
      yield* Deferred.succeed(started, port)
      const { exitCode, signal } = yield* Effect.raceFirst(worker.ended, killWhenUnresponsive(worker))
      return {
        sentence: `Worker ${number} has ended and is replaced`,
        fields: { ...fields, ...(signal === null ? { exit_code: exitCode } : { signal }) }
      }
    },
    Effect.scoped
  )

  const keep = Effect.fnUntraced(function*(number: number, started: Deferred.Deferred<number, CommandFailed>) {
    let pause = 0
    for (;;) {
      const begun = yield* Clock.monotonicTimeNanos
      const life = yield* Effect.result(runWorker(number, started))
      if (Result.isFailure(life) && (yield* Deferred.fail(started, life.failure))) return
      pause = pauseAfter(Number((yield* Clock.monotonicTimeNanos) - begun) / 1e6, pause)
      yield* Effect.sleep(SIGNAL_GRACE)
      const { fields, sentence } = Result.getOrElse(life, failedStart(number))
      yield* Effect.logError(sentence).pipe(Effect.annotateLogs(fields))
      yield* Metric.update(replaced, 1)
      yield* Effect.sleep(pause)
    }
  })

  return {
    keep,
    reload: Effect.suspend(() => Effect.forEach(serving.all, (worker) => worker.reload, { discard: true })),
    /** Completes when no connection is being handed over to a worker. */
    handedOver: Effect.repeat(Effect.sleep(POLL_INTERVAL), {
      while: () => [...serving.all].some((worker) => worker.isHandingOver()),
      times: POLLS_MAX
    }),
    open: after(() => phase = "open"),
    drain: Effect.andThen(Effect.sync(() => phase = "draining"), options.onState("draining"))
  }
})

const failedStart = (number: number) => ({ message }: CommandFailed) => ({
  sentence: `Worker ${number} could not start and is tried again: ${message}`,
  fields: {}
})

/** A worker that lasted this long didn't fail at its start. */
const STEADY_MS = 60_000
const PAUSE_MS = 100
const PAUSE_MS_MAX = 10_000

/** Milliseconds to wait before replacing a worker that lasted `lasted` ms, when the last wait was `pause` ms. */
export const pauseAfter = (lasted: number, pause: number): number =>
  lasted >= STEADY_MS ? 0 : Math.min(Math.max(PAUSE_MS, pause * 2), PAUSE_MS_MAX)
