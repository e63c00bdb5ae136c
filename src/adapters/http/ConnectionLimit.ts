/**
 * Bounds how many connections a listener has at once: each takes a file descriptor and memory, also if it is idle.
 *
 * One more is closed as soon as it is accepted, before anything is read from it; those that are open go on. Each is
 * counted. The log says so once, and again after a while if it goes on, since their number is the callers' choice.
 */
import { Duration, Effect, Metric, Queue } from "effect"
import type { Scope } from "effect"

export interface ConnectionLimit {
  readonly max: number
  /** Takes note of a connection that was closed for being one too many. */
  readonly onRefused: () => void
}

const refusedConnections = Metric.counter("identity_connections_refused_total", {
  description: "Connections closed at once because the most there may be were open",
  incremental: true
})

const LOG_INTERVAL = Duration.minutes(1)

/** A limit that counts and logs what it refuses, until the scope closes. */
export const make = Effect.fnUntraced(function*(
  max: number
): Effect.fn.Return<ConnectionLimit, never, Scope.Scope> {
  const context = yield* Effect.context<never>()
  const refusals = yield* Queue.sliding<void>(1)
  let unreported = 0

  const report = Effect.suspend(() => {
    const count = unreported
    unreported = 0
    return Effect.logWarning(
      `${max} connections are open, the most there may be, so others are refused. IDENTITY_CONNECTIONS_MAX raises that.`
    ).pipe(Effect.annotateLogs({ connections_refused: count }))
  })

  yield* Queue.take(refusals).pipe(
    Effect.andThen(report),
    Effect.andThen(Effect.sleep(LOG_INTERVAL)),
    Effect.forever,
    Effect.forkScoped
  )
  return {
    max,
    onRefused: () => {
      unreported += 1
      refusedConnections.updateUnsafe(1, context)
      Queue.offerUnsafe(refusals, undefined)
    }
  }
})
