/**
 * How a port is closed without a reset. Closing a listener resets the connections that still wait in the kernel's
 * queue, so it goes on accepting until no more come.
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
 * Acts right after Node has read what was there: connections from the kernel's queue, and bytes from open ones.
 */
export const afterReading = <A>(act: () => A): Effect.Effect<A> =>
  Effect.callback((resume) => {
    setImmediate(() => resume(Effect.succeed(act())))
  })
