/**
 * Closes a port without resetting connections. Closing a listener resets those that wait in the kernel's queue, so it
 * goes on accepting until no more come.
 */
import { Clock, Duration, Effect } from "effect"

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
  yield* closeInQuietTurn({ accepted, close })
})

/**
 * A connection may arrive while the rest of a turn of the event loop runs, after the queue was read. So the port closes
 * after a turn that was short and accepted nothing. How short is relaxed with each turn, so that a busy server ends.
 */
const closeInQuietTurn = Effect.fnUntraced(function*({ accepted, close }: Acceptor) {
  const clock = yield* Clock.Clock
  let isClosed = false
  for (let nanos = SHORT_TURN; !isClosed; nanos += SHORT_TURN_STEP) {
    const before = accepted()
    const begun = clock.monotonicTimeNanosUnsafe()
    isClosed = yield* afterReading(() => {
      if (accepted() !== before || clock.monotonicTimeNanosUnsafe() - begun > nanos) return false
      close()
      return true
    })
  }
})

/** In nanoseconds. */
const SHORT_TURN = 50_000n
const SHORT_TURN_STEP = 100n

/** Runs `act` right after Node has read what was ready: connections from the kernel's queue and bytes of open ones. */
export const afterReading = <A>(act: () => A): Effect.Effect<A> =>
  Effect.callback((resume) => {
    setImmediate(() => resume(Effect.succeed(act())))
  })
