/** The primary as a worker sees it. Should it die, the channel to it breaks, and Node ends the worker with it. */
import { Deferred, Effect, Option, Queue, Redacted, Schema } from "effect"
import type { Scope } from "effect"
import { ToWorker } from "./Messages.ts"
import type { FromWorker } from "./Messages.ts"

export interface Primary {
  readonly worker: number
  readonly settings: Redacted.Redacted<Readonly<Record<string, string>>>
  /** Completes whenever the TLS files are to be read again. */
  readonly reloads: Effect.Effect<void>
  /** Completes when the worker is to finish. */
  readonly drains: Effect.Effect<void>
  /** Completes when the message is on its way. */
  readonly tell: (message: FromWorker) => Effect.Effect<void>
  /** Tells the metrics whenever they are asked for, and a last time when the scope closes. */
  readonly report: (metrics: Effect.Effect<string>) => Effect.Effect<void, never, Scope.Scope>
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
    settings: Redacted.make(settings),
    reloads: Queue.take(reloads),
    drains: Deferred.await(draining),
    tell,
    report: Effect.fnUntraced(function*(metrics) {
      const once = Effect.flatMap(metrics, (text) => tell({ _tag: "Reported", metrics: text }))
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
