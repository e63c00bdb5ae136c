/**
 * The primary as a worker sees it, and what the two tell each other, as JSON over the channel that Node gives them.
 * Should the primary die, the channel breaks, and Node ends the worker with it.
 */
import { Deferred, Effect, Option, Queue, Redacted, Schema } from "effect"
import type { Scope } from "effect"
import { MetricSnapshot } from "../observability/MetricSnapshots.ts"
import { failureFields } from "../process/CommandFailed.ts"

const ToWorker = Schema.Union([
  /**
   * The first message: which worker this is, and the settings as they are written. They may be secrets, so they are no
   * arguments.
   */
  Schema.TaggedStruct("Begin", { worker: Schema.Int, settings: Schema.Record(Schema.String, Schema.String) }),
  /** Asks for `Reported`. A worker that does not answer for long is killed. */
  Schema.TaggedStruct("Report", {}),
  /** Asks for the TLS files to be read again. */
  Schema.TaggedStruct("Reload", {}),
  /** Asks for the end: finish what was accepted. A signal would also come from terminals and service managers. */
  Schema.TaggedStruct("Drain", {})
])

export type ToWorker = typeof ToWorker.Type

export const FromWorker = Schema.Union([
  Schema.TaggedStruct("Serving", { port: Schema.Int }),
  /** The worker could not start. What it says is meant for the operator. */
  Schema.TaggedStruct("Failed", failureFields),
  Schema.TaggedStruct("Reported", { metrics: Schema.Array(MetricSnapshot) })
])

export type FromWorker = typeof FromWorker.Type

export interface Primary {
  readonly worker: number
  /** The settings by name, as they are written. */
  readonly rawValues: Redacted.Redacted<Readonly<Record<string, string>>>
  /** Completes whenever the TLS files are to be read again. */
  readonly reloads: Effect.Effect<void>
  /** Completes when the worker is to finish. */
  readonly drains: Effect.Effect<void>
  /** Completes when the message is on its way. */
  readonly tell: (message: FromWorker) => Effect.Effect<void>
  /** Tells the metrics whenever they are asked for, and a last time when the scope closes. */
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
    tell,
    report: Effect.fnUntraced(function*(metrics) {
      const once = Effect.flatMap(metrics, (metrics) => tell({ _tag: "Reported", metrics }))
      yield* Effect.addFinalizer(() => once)
      yield* Queue.take(asked).pipe(Effect.andThen(once), Effect.forever, Effect.forkScoped)
    })
  }
})

const decode = Schema.decodeUnknownOption(ToWorker)

/** A message that can't be sent has lost its reader, and this process is about to end. */
const tell = (message: FromWorker): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (process.send === undefined) return resume(Effect.void)
    process.send(message, undefined, undefined, () => resume(Effect.void))
  })
