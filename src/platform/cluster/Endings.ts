/** How workers are ended, and what comes between an end and the next start. */
import { Duration, Effect, Option } from "effect"
import type { Ending, WorkerProcess } from "./WorkerProcess.ts"

/** For what a worker does after its last request: leaving the database, flushing log and telemetry. */
const FAREWELL = Duration.seconds(5)

/** Asks it to finish its requests, for which it has so long, and kills it when it takes longer. */
export const end = (worker: WorkerProcess, timeout: Duration.Duration): Effect.Effect<void> =>
  worker.drain.pipe(
    Effect.andThen(worker.ended),
    Effect.timeoutOption(Duration.sum(timeout, FAREWELL)),
    Effect.flatMap((ending) => Option.isSome(ending) ? Effect.void : Effect.andThen(worker.kill, worker.ended))
  )

const LOOK_INTERVAL = "5 seconds"
const LOOK_DEADLINE = "10 seconds"
const LOOKS_MISSED_MAX = 3

/**
 * Kills it once it has not answered for about 45 seconds. A process whose event loop stands still holds connections
 * that nobody answers, and does not end by itself.
 */
export const killWhenStuck: (worker: WorkerProcess) => Effect.Effect<Ending> = Effect.fnUntraced(function*(worker) {
  let missed = 0
  while (missed < LOOKS_MISSED_MAX) {
    yield* Effect.sleep(LOOK_INTERVAL)
    const answer = yield* Effect.timeoutOption(worker.report, LOOK_DEADLINE)
    missed = Option.isSome(answer) ? 0 : missed + 1
  }
  yield* Effect.logError(`Worker ${worker.number} does not answer and is killed`)
  yield* worker.kill
  return yield* worker.ended
})

/** Whoever has served for so long and dies has another reason than its start. */
const STEADY_MS = 60_000
const PAUSE_MS = 100
const PAUSE_MS_MAX = 10_000

/** How many milliseconds to wait before a worker is replaced that lasted so long, if last time it was `pause`. */
export const pauseAfter = (lasted: number, pause: number): number =>
  lasted >= STEADY_MS ? 0 : Math.min(Math.max(PAUSE_MS, pause * 2), PAUSE_MS_MAX)
