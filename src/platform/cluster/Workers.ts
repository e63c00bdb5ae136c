/**
 * Processes that serve the same port: started together, replaced when they die, ended together.
 *
 * The primary accepts connections and hands them to the workers in turn, because a kernel that lets them compete gives
 * most to the first one to wake. A worker that can't start at first fails the whole start with its reason. Later, one
 * that dies is replaced: at once if it had served for a while, else after a pause that doubles, so that what kills
 * workers at their start does not also keep the machine busy.
 */
import { Clock, Context, Deferred, Effect, Layer, Metric, Option, Result } from "effect"
import type { Duration, Redacted } from "effect"
import cluster from "node:cluster"
import type { Writable } from "node:stream"
import type { CommandFailed } from "../process/CommandFailed.ts"
import * as Acceptance from "./Acceptance.ts"
import { end, killWhenStuck, pauseAfter } from "./Endings.ts"
import * as LineRelay from "./LineRelay.ts"
import * as WorkerProcess from "./WorkerProcess.ts"
import { WorkerReports } from "./WorkerReports.ts"

export interface WorkersOptions {
  /** The module that a worker runs. */
  readonly script: string
  readonly count: number
  readonly settings: Redacted.Redacted<Readonly<Record<string, string>>>
  /** Variables for the workers beside our own. */
  readonly environment: Readonly<Record<string, string>>
  /** How long everything goes on after the end was asked for. */
  readonly shutdownDelay: Duration.Duration
  /** Closes a port, in a moment when nobody waits to be accepted. */
  readonly stopAccepting: (acceptor: Acceptance.Acceptor) => Effect.Effect<void>
  /** How long a worker gets for the requests it has accepted. */
  readonly shutdownTimeout: Duration.Duration
  /** Completes whenever workers are to read the TLS files again. One that starts reads them anyhow. */
  readonly reloads: Effect.Effect<void>
  /** Runs whenever it changes whether requests are answered. */
  readonly onState: (state: "starting" | "serving" | "draining") => Effect.Effect<void>
  /** Where the workers' lines go. */
  readonly log: Writable
}

export class Workers extends Context.Service<Workers, {
  /** The port that they share. */
  readonly port: number
}>()("identityd/platform/cluster/Workers") {}

/** Ready when all workers serve. At its end they finish their requests, side by side. */
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
    // Whoever may signal a worker must not thereby get at what it knows.
    execArgv: [...process.execArgv, "--disable-sigusr1"],
    stdio: ["ignore", "inherit", "pipe", "ipc"]
  })
  yield* Metric.update(replaced, 0)
  const acceptor = yield* Acceptance.notice
  const slots = yield* makeSlots(options)
  const first = Array.from({ length: options.count }, () => Deferred.makeUnsafe<number, CommandFailed>())
  yield* Effect.forkScoped(
    Effect.forEach(first, (started, index) => slots.keep(index + 1, started), { concurrency: "unbounded" })
  )
  yield* options.reloads.pipe(Effect.andThen(slots.reload), Effect.forever, Effect.forkScoped)
  const stopAccepting = Effect.suspend(() =>
    Option.match(acceptor(), { onNone: () => Effect.void, onSome: options.stopAccepting })
  )
  yield* Effect.addFinalizer(() =>
    slots.drain.pipe(
      Effect.andThen(Effect.sleep(options.shutdownDelay)),
      Effect.andThen(stopAccepting),
      Effect.andThen(slots.taken)
    )
  )
  const [port = 0] = yield* Effect.forEach(first, (started) => Deferred.await(started), { concurrency: "unbounded" })
  yield* slots.open
  return Workers.of({ port })
})

/**
 * Who asks one process to end has often asked all of them. When that turns out, there is nothing to tell nor to
 * replace.
 */
const SETTLING = "100 millis"

/**
 * How often to look whether a connection is on its way, and how many times at most: a worker that is stuck takes none.
 */
const LOOK = "5 millis"
const LOOKS_MAX = 200

/** How a life of a worker ended, in words and fields. */
interface Death {
  readonly sentence: string
  readonly fields: Readonly<Record<string, unknown>>
}

const makeSlots = Effect.fnUntraced(function*(options: WorkersOptions) {
  const reports = yield* WorkerReports
  const relay = LineRelay.make(options.log)
  const serving = new Set<WorkerProcess.WorkerProcess>()
  let phase: "starting" | "open" | "draining" = "starting"

  const tell = Effect.suspend(() => {
    const state = phase === "open" ? options.onState(serving.size === 0 ? "starting" : "serving") : Effect.void
    return Effect.andThen(Metric.update(servingNow, serving.size), state)
  })
  const join = (worker: WorkerProcess.WorkerProcess) =>
    Effect.suspend(() => {
      serving.add(worker)
      reports.add(worker)
      return tell
    })
  const leave = (worker: WorkerProcess.WorkerProcess) =>
    Effect.suspend(() => {
      serving.delete(worker)
      reports.remove(worker)
      return tell
    })
  const reload = Effect.suspend(() => Effect.forEach(serving, (worker) => worker.reload, { discard: true }))

  /** One process from its start to its end. */
  const live = Effect.fnUntraced(
    function*(number: number, started: Deferred.Deferred<number, CommandFailed>) {
      const worker = yield* Effect.acquireRelease(
        WorkerProcess.start({ ...options, number, relay }),
        (worker) => Effect.andThen(end(worker, options.shutdownTimeout), leave(worker))
      )
      const port = yield* worker.serving
      yield* join(worker)
      yield* Deferred.succeed(started, port)
      const fields = { "worker.pid": worker.pid }
      yield* Effect.logInfo(`Worker ${number} serves`).pipe(Effect.annotateLogs(fields))
      const ending = yield* Effect.raceFirst(worker.ended, killWhenStuck(worker))
      return { sentence: `Worker ${number} has ended and is replaced`, fields: { ...fields, ...describe(ending) } }
    },
    Effect.scoped
  )

  const keep = Effect.fnUntraced(
    function*(number: number, started: Deferred.Deferred<number, CommandFailed>) {
      let pause = 0
      for (;;) {
        const begun = yield* Clock.monotonicTimeNanos
        const life = yield* Effect.result(live(number, started))
        if (Result.isFailure(life) && (yield* Deferred.fail(started, life.failure))) return
        const lasted = Number((yield* Clock.monotonicTimeNanos) - begun) / 1e6
        pause = pauseAfter(lasted, pause)
        yield* Effect.sleep(SETTLING)
        const death = Result.match(life, { onSuccess: (death): Death => death, onFailure: stillborn(number) })
        yield* Effect.logError(death.sentence).pipe(Effect.annotateLogs(death.fields))
        yield* Metric.update(replaced, 1)
        yield* Effect.sleep(pause)
      }
    }
  )

  const enter = (next: typeof phase) =>
    Effect.suspend(() => {
      phase = next
      return next === "draining" ? options.onState("draining") : tell
    })

  /** Completes when no connection is on its way to a worker. */
  const taken = Effect.repeat(Effect.sleep(LOOK), {
    while: () => [...serving].some((worker) => worker.isTaking()),
    times: LOOKS_MAX
  })

  return { keep, reload, taken, open: enter("open"), drain: enter("draining") }
})

const stillborn = (number: number) => ({ message }: CommandFailed): Death => ({
  sentence: `Worker ${number} could not start and is tried again: ${message}`,
  fields: {}
})

const describe = ({ exitCode, signal }: WorkerProcess.Ending) => signal === null ? { exit_code: exitCode } : { signal }
