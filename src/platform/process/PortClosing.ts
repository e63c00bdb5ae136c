/**
 * Closes a port without resetting connections. Closing a listener resets those that wait in the kernel's queue, so it
 * goes on accepting until no more come.
 */
import { Duration, Effect } from "effect"

const STEP = Duration.millis(10)

/** After this many steps without a new connection, the port closes. */
const QUIET_STEPS = 5

/** After this many steps the port closes even if connections still come. */
const STEPS_MAX = 100

/** Accepts connections at a port. */
export interface Acceptor {
  /** How many connections it has accepted so far. */
  readonly accepted: () => number
  /** Closes the port. */
  readonly close: () => void
}

/** Closes the port once nobody has connected for a while, at a moment when the kernel's queue is empty. */
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

/** Runs `act` right after Node has read what was ready: connections from the kernel's queue and bytes of open ones. */
export const afterReading = <A>(act: () => A): Effect.Effect<A> =>
  Effect.callback((resume) => {
    setImmediate(() => resume(Effect.succeed(act())))
  })
