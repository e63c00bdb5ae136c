/**
 * The primary as a worker sees it, and the messages between them: JSON over the channel that Node provides. If the
 * primary dies, the channel breaks and Node ends the worker.
 */
import { Deferred, Effect, Option, Queue, Redacted, Schema } from "effect"
import type { Scope } from "effect"
import { MetricSnapshot } from "../observability/MetricSnapshots.ts"
import { failureFields } from "../process/CommandFailed.ts"

const ToWorker = Schema.Union([
  /**
   * The first message: the worker's number and the settings as text. Settings may be secrets, so they aren't passed as
   * arguments.
   */
  Schema.TaggedStruct("Begin", { worker: Schema.Int, settings: Schema.Record(Schema.String, Schema.String) }),
  /** Asks for `Reported`. A worker that doesn't answer for about 45 seconds is killed. */
  Schema.TaggedStruct("Report", {}),
  /** Asks the worker to read the TLS files again. */
  Schema.TaggedStruct("Reload", {}),
  /**
   * Asks the worker to finish its accepted requests and end. A signal won't do, because terminals and service managers
   * send those too.
   */
  Schema.TaggedStruct("Drain", {})
])

export type ToWorker = typeof ToWorker.Type

export const FromWorker = Schema.Union([
  Schema.TaggedStruct("Serving", { port: Schema.Int }),
  /** The worker could not start. The message is for the operator. */
  Schema.TaggedStruct("Failed", failureFields),
  Schema.TaggedStruct("Reported", { metrics: Schema.Array(MetricSnapshot) })
])

export type FromWorker = typeof FromWorker.Type

export interface Primary {
  readonly worker: number
  /** The texts of the settings, by name. */
  readonly rawValues: Redacted.Redacted<Readonly<Record<string, string>>>
  /** Completes whenever the TLS files are to be read again. */
  readonly reloads: Effect.Effect<void>
  /** Completes when the worker is to finish. */
  readonly drains: Effect.Effect<void>
  /** Completes when the message is on its way. */
  readonly send: (message: FromWorker) => Effect.Effect<void>
  /** Sends the metrics whenever the primary asks, and once more when the scope closes. */
  readonly report: (metrics: Effect.Effect<ReadonlyArray<MetricSnapshot>>) => Effect.Effect<void, never, Scope.Scope>
}

/** Waits for the primary's first message. */
export const connect: Effect.Effect<Primary> = Effect.gen(function*() {
  const begun = Deferred.makeUnsafe<Extract<ToWorker, { readonly _tag: "Begin" }>>()
  const draining = Deferred.makeUnsafe<void>()
  const asked = yield* Queue.sliding<void>(1)
  const reloads = yield* Queue.sliding<void>(1)

  const hear = (message: ToWorker): void => {
    switch (message._tag) {
      case "Begin":
        Deferred.doneUnsafe(begun, Effect.succeed(message))
        break
      case "Report":
        Queue.offerUnsafe(asked, undefined)
        break
      case "Reload":
        Queue.offerUnsafe(reloads, undefined)
        break
      case "Drain":
        Deferred.doneUnsafe(draining, Effect.void)
    }
  }
  yield* Effect.sync(() => process.on("message", (message: unknown) => Option.map(decode(message), hear)))
  const { settings, worker } = yield* Deferred.await(begun)

  return {
    worker,
    rawValues: Redacted.make(settings),
    reloads: Queue.take(reloads),
    drains: Deferred.await(draining),
    send,
    report: Effect.fnUntraced(function*(metrics) {
      const once = Effect.flatMap(metrics, (metrics) => send({ _tag: "Reported", metrics }))
      yield* Effect.addFinalizer(() => once)
      yield* Queue.take(asked).pipe(Effect.andThen(once), Effect.forever, Effect.forkScoped)
    })
  }
})

const decode = Schema.decodeUnknownOption(ToWorker)

/** Ignores failures: without a primary to read the message, this process is about to end. */
const send = (message: FromWorker): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (process.send === undefined) return resume(Effect.void)
    process.send(message, undefined, undefined, () => resume(Effect.void))
  })
