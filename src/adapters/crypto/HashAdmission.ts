/**
 * Decides how many password hashes run at once, how many may wait, and for how long.
 *
 * By design a hash takes tens of milliseconds of a core, and megabytes. Without a bound, a burst of sign-ins would take
 * all cores and memory. So a few hashes run, a few wait, and further ones are refused at once, because an answer after
 * the client has given up helps nobody (ASVS 15.2.2, 13.1.2). The expected wait is estimated from recent hashes, so the
 * bound also holds on a busy machine. `HashQueue` decides who is next.
 *
 * While no session is verified, further hashes run on cores that are otherwise kept free. They aren't promised, so
 * estimates don't rely on them, and the next verification takes them back: each is given back when its hash ends.
 *
 * A caller that is interrupted while it waits leaves the queue. Native work can't be cancelled, so a running hash keeps
 * its slot until it ends, and the interruption of its caller waits for that. Otherwise clients that connect and hang up
 * could start any number of hashes at once.
 */
import { Clock, Context, Duration, Effect, Metric } from "effect"
import { HashingOverloaded } from "../../domain/model/IdentityErrors.ts"
import { HashRequester, VerifiedSessions } from "../../ports/PasswordHasher.ts"
import type { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { makeHashQueue } from "./HashQueue.ts"
import type { HashRefusal, Turn } from "./HashQueue.ts"

const boundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** Only the native work of a hash, not its wait. */
const hashSeconds = Metric.histogram("identity_password_hash_seconds", {
  description: "Time one password hash took to compute",
  boundaries
})

const waitSeconds = Metric.histogram("identity_password_hash_wait_seconds", {
  description: "Time one password hash waited for its turn",
  boundaries
})

const queueLength = Metric.gauge("identity_password_hash_queue_length", {
  description: "Password hashes waiting for their turn"
})

const refused = Metric.counter("identity_password_hashes_refused_total", {
  description: "Password hashes refused, by the bound that refused them",
  incremental: true
})

const refusedBecauseOf = (reason: HashRefusal) => Metric.withAttributes(refused, { reason })

export interface HashAdmission {
  /** Runs a hash as soon as there is a slot, or refuses it. */
  readonly admit: <A>(work: Effect.Effect<A>) => Effect.Effect<A, HashingOverloaded>
  /**
   * Fails if `admit` would fail now. Otherwise runs an effect that asks for a hash later, and holds a place for it if
   * one is free.
   */
  readonly holdPlace: PasswordHasher["Service"]["holdPlace"]
}

export interface HashAdmissionOptions {
  /** How many hashes may run at once at any time. */
  readonly concurrency: number
  /** How many more may run while no session is verified. None by default. */
  readonly borrowed?: number
  /** The most hashes that wait in line. */
  readonly queueMax: number
  /** The estimated cost of one hash until some have been measured. */
  readonly secondsExpected: number
}

/** A place held for the first hash of the running effect. */
interface HeldPlace {
  readonly requester: HashRequester
  isTaken: boolean
}

const HeldPlace = Context.Reference<HeldPlace | undefined>("identityd/adapters/crypto/HashAdmission/HeldPlace", {
  defaultValue: () => undefined
})

/** The longest wait for a turn. People still wait that long, and clients haven't timed out. */
const WAIT_SECONDS_MAX = 1

/** What has waited so long at its turn is refused: hashes take longer than the estimate of its wait assumed. */
const WAIT_NANOS_LIMIT = BigInt(2 * WAIT_SECONDS_MAX * 1e9)

/** For how long no session may have been verified when a slot is borrowed. */
const QUIET_NANOS = BigInt(0.25e9)

/** The weight of the last hash in the moving average. */
const WEIGHT_OF_LAST = 1 / 8

/** Knows whether sessions have been verified lately. A verification that was not seen at the time counts from now. */
const makeQuiet = Effect.gen(function*() {
  const verified = yield* VerifiedSessions
  const clock = yield* Clock.Clock
  let known = verified.count
  let movedAt = clock.monotonicTimeNanosUnsafe()
  return () => {
    const now = clock.monotonicTimeNanosUnsafe()
    if (verified.count !== known) {
      known = verified.count
      movedAt = now
    }
    return now - movedAt >= QUIET_NANOS
  }
})

export const makeHashAdmission = Effect.fnUntraced(function*(
  { borrowed = 0, concurrency, queueMax, secondsExpected }: HashAdmissionOptions
): Effect.fn.Return<HashAdmission> {
  const context = yield* Effect.context<never>()
  const isQuiet = yield* makeQuiet
  let recentSeconds = secondsExpected
  const queue = makeHashQueue({
    slots: () => borrowed > 0 && isQuiet() ? concurrency + borrowed : concurrency,
    placesMax: queueMax,
    aheadMax: () => recentSeconds === 0 ? Infinity : WAIT_SECONDS_MAX * concurrency / recentSeconds
  })
  const reportQueue = () => queueLength.updateUnsafe(queue.waiting(), context)

  const refuse = (reason: HashRefusal, ahead: number) => {
    refusedBecauseOf(reason).updateUnsafe(1, context)
    return Effect.fail(
      new HashingOverloaded({ retryAfter: Duration.seconds(ahead * recentSeconds / concurrency) })
    )
  }

  const awaitTurn = (place: HeldPlace | undefined, requester: HashRequester, entered: (turn: Turn) => void) =>
    Effect.callback<void, HashingOverloaded>((resume) => {
      const turn: Turn = { requester, state: undefined, begin: () => resume(Effect.void) }
      if (place === undefined) {
        const { ahead, refusal } = queue.enter(turn)
        if (refusal !== undefined) return resume(refuse(refusal, ahead))
      } else {
        place.isTaken = true
        queue.enterHeld(turn)
      }
      entered(turn)
      if (turn.state === "at-work") return resume(Effect.void)
      return reportQueue()
    })

  const run = Effect.fnUntraced(
    function*<A>(work: Effect.Effect<A>, waited: bigint) {
      waitSeconds.updateUnsafe(Number(waited) / 1e9, context)
      const [elapsed, result] = yield* Effect.timed(work)
      const seconds = Duration.toSeconds(elapsed)
      recentSeconds += (seconds - recentSeconds) * WEIGHT_OF_LAST
      hashSeconds.updateUnsafe(seconds, context)
      return result
    },
    Effect.uninterruptible
  )

  // All metrics appear on `/metrics` before the first hash.
  reportQueue()
  yield* Metric.value(hashSeconds)
  yield* Metric.value(waitSeconds)

  const holdPlace = <A, E, R>(use: Effect.Effect<A, E, R>) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(HashRequester, (requester): Effect.Effect<A, E | HashingOverloaded, R> => {
        const { ahead, isHeld, refusal } = queue.hold(requester)
        if (refusal !== undefined) return refuse(refusal, ahead)
        if (!isHeld) return restore(use)
        const place: HeldPlace = { requester, isTaken: false }
        return Effect.ensuring(
          restore(Effect.provideService(use, HeldPlace, place)),
          Effect.sync(() => {
            if (place.isTaken) return
            queue.release(requester)
            reportQueue()
          })
        )
      })
    )

  const admit = <A>(work: Effect.Effect<A>) =>
    Effect.flatMap(Effect.all([HashRequester, HeldPlace, Clock.Clock]), ([requester, held, clock]) => {
      const place = held?.isTaken === false ? held : undefined
      const arrivedAt = clock.monotonicTimeNanosUnsafe()
      let admitted: Turn | undefined
      // The next hash begins before the finished one does anything else, so that the cores for hashing are always busy.
      const leave = Effect.sync(() => {
        if (admitted === undefined) return
        queue.leave(admitted)
        reportQueue()
      })
      const begun = awaitTurn(place, place?.requester ?? requester, (turn) => {
        admitted = turn
      })
      return Effect.ensuring(
        Effect.flatMap(begun, () => {
          const waited = clock.monotonicTimeNanosUnsafe() - arrivedAt
          return waited > WAIT_NANOS_LIMIT ? refuse("time", queue.waiting()) : run(work, waited)
        }),
        leave
      )
    })

  return { admit, holdPlace }
})
