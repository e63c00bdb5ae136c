/** Leaves processors to others. */
import { Duration, Effect, Option } from "effect"
import { readFileSync } from "node:fs"
import { constants, setPriority } from "node:os"
import { setTimeout } from "node:timers/promises"

/**
 * From now on, this process gets the processor time that others leave. What comes of it, run after each part of long
 * work, pauses while others want processors, so that the database leaves them, too: it works for this process at its
 * own priority. Where priorities can't be changed or the system doesn't show who waits, it does what it can.
 */
export const giveWay: Effect.Effect<Effect.Effect<void>> = Effect.sync(() => {
  Option.liftThrowable(() => setPriority(constants.priority.PRIORITY_BELOW_NORMAL))()
  const pauseAfter = makePacing()
  return Effect.suspend(() =>
    Option.match(readShare(), {
      onNone: () => Effect.void,
      // In real time, whatever clock there is: that is what the system measures.
      onSome: (share) => {
        const millis = Duration.toMillis(pauseAfter(share))
        return millis === 0 ? Effect.void : Effect.promise((signal) => setTimeout(millis, undefined, { signal }))
      }
    })
  )
})

/** How long a thread has run and has waited for a processor since it began, in milliseconds. */
export interface ProcessorShare {
  readonly ran: number
  readonly waited: number
}

/** Linux has both for the main thread, in nanoseconds. */
const readShare = Option.liftThrowable((): ProcessorShare => {
  const [ran, waited] = readFileSync("/proc/self/schedstat", "latin1").split(" ").map(Number)
  return { ran: (ran ?? 0) / 1e6, waited: (waited ?? 0) / 1e6 }
})

/**
 * Makes a function that returns after each part of the work how long to pause, at most a tenth of a second.
 *
 * With the database on the same two cores and nobody else, an import waits for six tenths of the time that it runs;
 * beside a busy server, for more than it runs. From eight tenths on, what exceeds it counts twentyfold. Some thirty
 * parts count together, because one alone says little.
 */
export const makePacing = (): (share: ProcessorShare) => Duration.Duration => {
  let before: ProcessorShare | undefined
  let ran = 0
  let waited = 0
  return (share) => {
    // Loading the program is none of the work.
    const { ran: ranBefore, waited: waitedBefore } = before ?? share
    before = share
    ran += (share.ran - ranBefore - ran) / PARTS
    waited += (share.waited - waitedBefore - waited) / PARTS
    const pause = GAIN * (waited - TOLERATED * ran)
    return Duration.millis(pause < SHORTEST_MILLIS ? 0 : Math.min(pause, LONGEST_MILLIS))
  }
}

const PARTS = 32

const TOLERATED = 0.8

const GAIN = 20

/** A timer takes no less. */
const SHORTEST_MILLIS = 1

const LONGEST_MILLIS = 100
