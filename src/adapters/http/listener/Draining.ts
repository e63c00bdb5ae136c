/**
 * How a listener ends without a reset.
 *
 * A listener that is closed resets whatever still waits in the kernel's queue to be accepted, and a connection that is
 * closed resets the request that is on its way. So the listener goes on accepting until nobody comes any more, and
 * connections without a request are kept for a while: a request that they bring is answered, with the news that it was
 * the last one.
 */
import { Deferred, Duration, Effect } from "effect"
import { Server as NetServer } from "node:net"
import type { Server } from "node:net"
import type { Connections } from "./Connections.ts"

export interface DrainOptions {
  /** How long everything goes on as before. Those who send requests here get to know meanwhile that they should not. */
  readonly delay: Duration.Duration
  /** How long requests under way get after that. */
  readonly timeout: Duration.Duration
}

export const drain = Effect.fnUntraced(
  function*(server: Server, connections: Connections, { delay, timeout }: DrainOptions) {
    yield* Effect.sleep(delay)
    const ended = Deferred.makeUnsafe<void>()
    yield* stopAccepting({
      accepted: () => connections.accepted,
      // Not the server's own `close`, which closes idle connections too.
      close: () => NetServer.prototype.close.call(server, () => Deferred.doneUnsafe(ended, Effect.void))
    })
    const goodbyes = Effect.sleep(ROUND).pipe(
      Effect.andThen(afterReading(() => connections.dismiss())),
      Effect.forever
    )
    yield* Effect.timeoutOption(Effect.raceFirst(Deferred.await(ended), goodbyes), timeout)
  },
  (draining, server, connections) =>
    Effect.ensuring(
      draining,
      Effect.sync(() => {
        server.close()
        connections.cut()
      })
    )
)

const ROUND = Duration.millis(50)

const STEP = Duration.millis(10)

/** So many steps without a new connection, and nobody is coming any more. */
const QUIET_STEPS = 5

/** After so many there is no use in waiting for that. */
const STEPS_MAX = 100

/** What accepts connections at a port. */
export interface Acceptor {
  /** How many connections it ever accepted. */
  readonly accepted: () => number
  /** Closes the port. */
  readonly close: () => void
}

/** Closes the port when nobody has connected for a while, in a moment when nobody waits to be accepted. */
export const stopAccepting = Effect.fnUntraced(function*({ accepted, close }: Acceptor) {
  let quiet = 0
  for (let step = 0; quiet < QUIET_STEPS && step < STEPS_MAX; step++) {
    const before = accepted()
    yield* Effect.sleep(STEP)
    quiet = accepted() === before ? quiet + 1 : 0
  }
  const closeUnlessBusy = Effect.suspend(() => {
    const before = accepted()
    return afterReading(() => {
      if (accepted() !== before) return false
      close()
      return true
    })
  })
  yield* Effect.repeat(closeUnlessBusy, { until: (isClosed) => isClosed })
})

/**
 * Acts in a turn of the event loop right after Node has taken what there was to take: connections from the kernel's
 * queue and bytes from those that are open.
 */
const afterReading = <A>(act: () => A): Effect.Effect<A> =>
  Effect.callback((resume) => {
    setImmediate(() => resume(Effect.succeed(act())))
  })
