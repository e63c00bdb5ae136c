/**
 * How a port is closed without a reset. A listener that is closed resets whatever still waits in the kernel's queue to
 * be accepted, so it goes on accepting until nobody comes any more.
 */
import { Duration, Effect } from "effect"

const STEP = Duration.millis(10)

/** After this many steps without a new connection, nobody is expected any more. */
const QUIET_STEPS = 5

/** After this many steps, connections never cease: don't wait any longer. */
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
export const afterReading = <A>(act: () => A): Effect.Effect<A> =>
  Effect.callback((resume) => {
    setImmediate(() => resume(Effect.succeed(act())))
  })
