/** One worker as the primary sees it, from its start to its end. */
import { Deferred, Effect, Option, Predicate, Redacted, Schema } from "effect"
import type { ChildProcess } from "node:child_process"
import cluster from "node:cluster"
import type { LineRelay } from "../observability/LineRelay.ts"
import type { MetricSnapshot } from "../observability/MetricSnapshots.ts"
import { CommandFailed } from "../process/CommandFailed.ts"
import { FromWorker } from "./Primary.ts"
import type { ToWorker } from "./Primary.ts"

/** How a process ended. */
export interface Ending {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

export interface WorkerProcess {
  readonly number: number
  readonly pid: number | undefined
  /** Completes with the port when the worker answers requests. The message of a failure is for the operator. */
  readonly serving: Effect.Effect<number, CommandFailed>
  /** Completes when the process has ended and its log has been passed on. */
  readonly ended: Effect.Effect<Ending>
  /** Whether a connection is being handed over to it. */
  readonly isHandingOver: () => boolean
  /** Asks for the metrics and completes when they arrive. Never completes if the worker doesn't answer. */
  readonly report: Effect.Effect<void>
  /** Its last report. */
  readonly reported: () => ReadonlyArray<MetricSnapshot>
  /** Asks it to read the TLS files again. */
  readonly reload: Effect.Effect<void>
  readonly drain: Effect.Effect<void>
  readonly kill: Effect.Effect<void>
}

export interface WorkerStart {
  readonly number: number
  readonly rawValues: Redacted.Redacted<Readonly<Record<string, string>>>
  readonly environment: Readonly<Record<string, string>>
  readonly relay: LineRelay
}

/** Starts the program that `cluster.setupPrimary` named. */
export const start = (options: WorkerStart): Effect.Effect<WorkerProcess, CommandFailed> =>
  Effect.try({ try: () => startUnsafe(options), catch: (cause) => failed(`could not be started: ${cause}`) })

const startUnsafe = (options: WorkerStart): WorkerProcess => {
  const worker = cluster.fork(options.environment)
  const child = worker.process
  const serving = Deferred.makeUnsafe<number, CommandFailed>()
  const ended = Deferred.makeUnsafe<Ending>()
  let reported: ReadonlyArray<MetricSnapshot> = []
  let answer = Deferred.makeUnsafe<void>()

  const hear = (message: FromWorker): void => {
    switch (message._tag) {
      case "Serving":
        Deferred.doneUnsafe(serving, Effect.succeed(message.port))
        break
      case "Failed": {
        const { _tag, ...failure } = message
        Deferred.doneUnsafe(serving, new CommandFailed(failure))
        break
      }
      case "Reported":
        reported = message.metrics
        Deferred.doneUnsafe(answer, Effect.void)
        answer = Deferred.makeUnsafe()
    }
  }
  const send = (message: ToWorker) =>
    Effect.sync(() => {
      if (child.connected) worker.send(message, ignore)
    })

  worker.on("message", (message: unknown) => Option.map(decode(message), hear))
  // A process that can't start emits `close` as well, and a message that can't be sent has no reader.
  worker.on("error", ignore)
  child.once("close", (exitCode, signal) => {
    Deferred.doneUnsafe(serving, failed(`ended before it could serve (${signal ?? `exit code ${exitCode}`})`))
    Deferred.doneUnsafe(ended, Effect.succeed({ exitCode, signal }))
  })
  const isHandingOver = closeStranded(child)
  if (child.stderr !== null) options.relay.add(child.stderr)
  worker.send(
    { _tag: "Begin", worker: options.number, settings: Redacted.value(options.rawValues) } satisfies ToWorker,
    ignore
  )

  return {
    number: options.number,
    pid: child.pid,
    serving: Deferred.await(serving),
    ended: Deferred.await(ended),
    isHandingOver,
    report: Effect.suspend(() => Effect.andThen(send({ _tag: "Report" }), Deferred.await(answer))),
    reported: () => reported,
    reload: send({ _tag: "Reload" }),
    drain: send({ _tag: "Drain" }),
    kill: Effect.sync(() => child.kill("SIGKILL"))
  }
}

const decode = Schema.decodeUnknownOption(FromWorker)

const ignore = () => undefined

const failed = (how: string): CommandFailed =>
  new CommandFailed({ exitCode: 1, code: "worker-failed", message: `A process of the server ${how}.` })

interface Closable {
  readonly close: () => void
}

const isClosable = (value: unknown): value is Closable =>
  Predicate.hasProperty(value, "close") && Predicate.isFunction(value.close)

/**
 * Closes the connection that is being handed over to a worker when the worker dies. The returned function says whether
 * there is one.
 *
 * Node's primary keeps a connection open until the worker has confirmed it. It doesn't close it when the worker dies
 * before that, so the client would wait for ever (https://github.com/nodejs/node-v0.x-archive/issues/7006). Each worker
 * is handed at most one connection at a time. If a later Node hands connections over differently, this does nothing.
 */
const closeStranded = (worker: ChildProcess): () => boolean => {
  const send = worker.send
  let underWay: Closable | undefined
  Object.defineProperty(worker, "send", {
    value: (...args: ReadonlyArray<unknown>) => {
      if (isClosable(args[1])) underWay = args[1]
      return Reflect.apply(send, worker, args)
    }
  })
  // Runs before Node's own listener, which sends the next connection.
  worker.prependListener("internalMessage", (message: unknown) => {
    if (Predicate.hasProperty(message, "ack")) underWay = undefined
  })
  worker.once("exit", () => underWay?.close())
  return () => underWay !== undefined
}
