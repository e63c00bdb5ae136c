/**
 * How many password hashes run at once, and how many may wait.
 *
 * A hash costs tens of milliseconds of a core and megabytes by design. Without a bound a burst of sign-ins takes the
 * cores and the memory from everything else. So a few run, a few wait their turn in order of arrival, and whatever
 * comes beyond is refused at once, which is kinder than an answer after everybody has given up (ASVS 15.2.2, 13.1.2).
 *
 * A caller that is interrupted while it waits leaves the queue. Native work can't be cancelled, so a hash that runs
 * keeps its slot until it truly ends, even if nobody wants the answer any more: otherwise connecting and hanging up
 * would run any number of hashes at once. Its caller's interruption waits for that.
 */
import { Duration, Effect, Metric } from "effect"
import { HashingOverloaded } from "../../domain/model/IdentityErrors.ts"

/** The native work of one hash, without the waiting before it. */
const hashSeconds = Metric.histogram("identity_password_hash_seconds", {
  description: "Time one password hash took to compute",
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
})

const queueLength = Metric.gauge("identity_password_hash_queue_length", {
  description: "Password hashes waiting for their turn"
})

/** Runs a hash as soon as there is a slot for it, or refuses it. */
export type HashAdmission = <A>(work: Effect.Effect<A>) => Effect.Effect<A, HashingOverloaded>

/** What a caller has of the bound: at first neither a place in the queue nor a slot. */
interface Turn {
  hasSlot: boolean
  begin: () => void
}

export const makeHashAdmission = Effect.fnUntraced(function*(
  { concurrency, queueMax }: { readonly concurrency: number; readonly queueMax: number }
): Effect.fn.Return<HashAdmission> {
  const context = yield* Effect.context<never>()
  const waiting: Array<Turn> = []
  let running = 0
  const reportQueue = () => queueLength.updateUnsafe(waiting.length, context)

  const awaitTurn = (turn: Turn) =>
    Effect.callback<void, HashingOverloaded>((resume) => {
      if (running < concurrency) {
        running += 1
        turn.hasSlot = true
        return resume(Effect.void)
      }
      if (waiting.length >= queueMax) return resume(Effect.fail(new HashingOverloaded()))
      turn.begin = () => resume(Effect.void)
      waiting.push(turn)
      reportQueue()
    })
  // Straight to the next in line, who begins before the one that leaves does anything else: a core that is there for
  // hashing then hashes all the time.
  const handSlotOver = () => {
    const next = waiting.shift()
    if (next === undefined) {
      running -= 1
      return
    }
    next.hasSlot = true
    next.begin()
  }
  const leave = (turn: Turn) =>
    Effect.sync(() => {
      if (turn.hasSlot) handSlotOver()
      else if (waiting.includes(turn)) waiting.splice(waiting.indexOf(turn), 1)
      reportQueue()
    })
  const run = Effect.fnUntraced(
    function*<A>(work: Effect.Effect<A>) {
      const [elapsed, result] = yield* Effect.timed(work)
      yield* Metric.update(hashSeconds, Duration.toSeconds(elapsed))
      return result
    },
    Effect.uninterruptible
  )

  // Both show on the metrics page before the first hash.
  reportQueue()
  yield* Metric.value(hashSeconds)

  return (work) =>
    Effect.suspend(() => {
      const turn: Turn = { hasSlot: false, begin: () => undefined }
      return Effect.ensuring(Effect.andThen(awaitTurn(turn), run(work)), leave(turn))
    })
})
