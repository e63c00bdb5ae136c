/** One worker as the primary sees it, from its start to its end. */
import { Deferred, Effect, Option, Redacted, Schema } from "effect"
import cluster from "node:cluster"
import { CommandFailed } from "../process/CommandFailed.ts"
import type { LineRelay } from "./LineRelay.ts"
import { FromWorker } from "./Messages.ts"
import type { ToWorker } from "./Messages.ts"
import { closeStranded } from "./StrandedConnections.ts"

/** How a process ended. */
export interface Ending {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

export interface WorkerProcess {
  readonly number: number
  readonly pid: number | undefined
  /** Completes with the port when the worker answers requests. What it failed with is a sentence for the operator. */
  readonly serving: Effect.Effect<number, CommandFailed>
  /** Completes when the process has gone and all it logged is passed on. */
  readonly ended: Effect.Effect<Ending>
  /** Whether a connection is on its way to it. */
  readonly isTaking: () => boolean
  /** Asks for the metrics; completes when they are there. Never, if the worker is stuck. */
  readonly report: Effect.Effect<void>
  /** The last metrics it told. */
  readonly reported: () => string | undefined
  /** Asks it to read the TLS files again. */
  readonly reload: Effect.Effect<void>
  readonly drain: Effect.Effect<void>
  readonly kill: Effect.Effect<void>
}

export interface WorkerStart {
  readonly number: number
  readonly settings: Redacted.Redacted<Readonly<Record<string, string>>>
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
  let reported: string | undefined
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
  const tell = (message: ToWorker) =>
    Effect.sync(() => {
      if (child.connected) worker.send(message, ignore)
    })

  worker.on("message", (message: unknown) => Option.map(decode(message), hear))
  // Failing to start ends it, too, and a message that can't be sent has nobody to read it.
  worker.on("error", ignore)
  child.once("close", (exitCode, signal) => {
    Deferred.doneUnsafe(serving, failed(`ended before it could serve (${signal ?? `exit code ${exitCode}`})`))
    Deferred.doneUnsafe(ended, Effect.succeed({ exitCode, signal }))
  })
  const isTaking = closeStranded(child)
  if (child.stderr !== null) options.relay.add(child.stderr)
  worker.send(
    { _tag: "Begin", worker: options.number, settings: Redacted.value(options.settings) } satisfies ToWorker,
    ignore
  )

  return {
    number: options.number,
    pid: child.pid,
    serving: Deferred.await(serving),
    ended: Deferred.await(ended),
    isTaking,
    report: Effect.suspend(() => Effect.andThen(tell({ _tag: "Report" }), Deferred.await(answer))),
    reported: () => reported,
    reload: tell({ _tag: "Reload" }),
    drain: tell({ _tag: "Drain" }),
    kill: Effect.sync(() => child.kill("SIGKILL"))
  }
}

const decode = Schema.decodeUnknownOption(FromWorker)

const ignore = () => undefined

const failed = (how: string): CommandFailed =>
  new CommandFailed({ exitCode: 1, code: "worker-failed", message: `A process of the server ${how}.` })
