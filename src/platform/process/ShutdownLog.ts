/** Logs how a server ends, so that nobody takes its last requests for a hang. */
import { Duration, Effect, Exit, Layer } from "effect"

/** How long a server that was asked to stop goes on, and how long it then waits for requests. */
export interface StopOptions {
  readonly delay: Duration.Duration
  readonly timeout: Duration.Duration
}

/** A server that fails has its own message. */
const whenInterrupted = (line: string): Layer.Layer<never> =>
  Layer.effectDiscard(Effect.addFinalizer((exit) => Exit.hasInterrupts(exit) ? Effect.logInfo(line) : Effect.void))

/** Logs that the server stops. Belongs above everything that takes its time to end. */
export const stopping = ({ delay, timeout }: StopOptions): Layer.Layer<never> => {
  const waits = `answers what was accepted, for at most ${Duration.toSeconds(timeout)} seconds`
  const before = Duration.isZero(delay) ? "" : `goes on for ${Duration.toSeconds(delay)} seconds, then `
  return whenInterrupted(`Stopping: ${before}${waits}`)
}

/** Logs that the server has stopped. Belongs below everything but the log. */
export const stopped: Layer.Layer<never> = whenInterrupted("Stopped")
