/**
 * One time for all nodes: the store's.
 *
 * Machines share sessions, idempotency keys, leases and guess budgets. Their clocks never agree, and may be wrong by
 * years. So each node measures the difference between the store's clock and its own monotonic clock, and adds it to the
 * latter to get "now". A wrong wall clock changes nothing, nor does one that is set while the node runs.
 *
 * A reading is accurate to half of its round trip. `clock` is corrected only as far as a reading proves it wrong, so a
 * slow reading doesn't spoil what a quick one found. When the store's clock jumps, `clock` follows, also backwards: the
 * store is the authority, even after a failover.
 */
import { Clock, Context, DateTime, Duration, Effect, Fiber, Layer } from "effect"
import { StoreClock } from "../../ports/StoreClock.ts"
import { ClockTooFarOff } from "../model/IdentityErrors.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"

/**
 * How well the machine's wall clock agrees with the store's. When it is more than `off`, one of the two can't be
 * trusted.
 */
export type ClockAgreement = "unknown" | "close" | "off" | "far-off"

/** With a larger difference, the machine's clock is `off`, which is worth a warning. */
const CLOSE_MILLIS = Duration.toMillis("2 seconds")

/** With a larger difference, the machine's clock is `far-off`: its node takes no requests and deletes nothing. */
const OFF_MILLIS = Duration.toMillis("1 minute")

/** How often the store's clock is read. */
const INTERVAL_MILLIS = Duration.toMillis("1 minute")

/** How long to wait after a failed reading. */
const RETRY_MILLIS = Duration.toMillis("2 seconds")

/** How often `keepMeasuring` checks whether a reading is due. */
const POLL_INTERVAL = Duration.seconds(1)

/** A larger difference between changes of the wall and the monotonic clock is a jump. Slewing a clock is slower. */
const JUMP_MILLIS = 1000

/** A reading with this accuracy is good enough. Otherwise another one follows, because the first one also connects. */
const PRECISE_MILLIS = 20

export class SharedClock extends Context.Service<SharedClock, {
  /**
   * Effect's clock with the store's time. Before the first reading it shows the machine's time, which must not decide
   * anything. Sleeping and elapsed time always follow the machine. So do nanoseconds of wall-clock time: they stamp
   * spans, which are read beside those of other programs.
   */
  readonly clock: Clock.Clock

  readonly agreement: () => ClockAgreement

  /** The store's clock minus the machine's wall clock, in milliseconds, now: negative if the machine is ahead. */
  readonly offsetMillis: () => number

  /** Reads the store's clock and corrects `clock`. */
  readonly measure: Effect.Effect<void, StoreUnavailable>

  /**
   * The store's time, read anew, for operations that delete or end things for good. Fails if the machine's clock is far
   * off: one of the two clocks is wrong, and it may be the store's.
   */
  readonly trustedNow: Effect.Effect<DateTime.Utc, ClockTooFarOff | StoreUnavailable>

  /** Completes when the first reading has succeeded or failed. It starts with the layer. */
  readonly settled: Effect.Effect<void>

  /**
   * Measures every minute until interrupted. Measures within two seconds while there is no reading yet, and when the
   * wall clock jumped or the machine slept: the monotonic clock may stand still during sleep.
   */
  readonly keepMeasuring: Effect.Effect<never>
}>()("identityd/domain/clock/SharedClock") {
  static readonly layer = Layer.effect(SharedClock, Effect.suspend(() => make))

  /** Gives everything above it the store's time. Logs and metrics belong below. */
  static readonly time = Layer.effect(Clock.Clock, Effect.map(SharedClock, ({ clock }) => clock))
}

/** The machine's clock error in words: "8d ahead of the database's". */
export const describeOffset = (offsetMillis: number): string => {
  const size = Duration.format(Duration.seconds(Math.round(Math.abs(offsetMillis) / 1000)))
  return `${size} ${offsetMillis < 0 ? "ahead of" : "behind"} the database's`
}

const make = Effect.gen(function*() {
  const store = yield* StoreClock
  const machine = yield* Clock.Clock
  const monotonicMillis = () => Number(machine.monotonicTimeNanosUnsafe()) / 1e6
  /** The wall clock minus the monotonic clock. It is constant until one of them is set or stands still. */
  const wallMillis = () => machine.currentTimeMillisUnsafe() - monotonicMillis()

  let isKnown = false
  let wallThen = wallMillis()
  let correction = wallMillis()
  const now = () => Math.floor(monotonicMillis() + correction)
  const offsetMillis = () => isKnown ? correction - wallMillis() : 0

  /** Returns the accuracy of the reading in milliseconds. */
  const read = Effect.gen(function*() {
    const wall = wallMillis()
    const before = monotonicMillis()
    const shown = DateTime.toEpochMillis(yield* store.read)
    const least = shown - monotonicMillis()
    const most = shown + 1 - before
    correction = isKnown ? Math.min(Math.max(correction, least), most) : (least + most) / 2
    isKnown = true
    wallThen = wall
    return (most - least) / 2
  })

  const measure = Effect.asVoid(Effect.repeat(read, { while: (uncertainty) => uncertainty > PRECISE_MILLIS, times: 2 }))

  const agreement = () => isKnown ? agreementAt(Math.abs(offsetMillis())) : "unknown"

  const trustedNow = Effect.gen(function*() {
    yield* measure
    if (agreement() === "far-off") return yield* new ClockTooFarOff({ offsetMillis: offsetMillis() })
    return DateTime.makeUnsafe(now())
  })

  const keepMeasuring = Effect.gen(function*() {
    let dueAt = monotonicMillis() + (isKnown ? INTERVAL_MILLIS : 0)
    while (true) {
      yield* Effect.sleep(POLL_INTERVAL)
      const jumped = Math.abs(wallMillis() - wallThen) > JUMP_MILLIS
      if (!jumped && monotonicMillis() < dueAt) continue
      const isMeasured = yield* Effect.match(measure, { onSuccess: () => true, onFailure: () => false })
      dueAt = monotonicMillis() + (isMeasured ? INTERVAL_MILLIS : RETRY_MILLIS)
    }
  })

  const first = yield* Effect.forkScoped(Effect.ignore(measure), { startImmediately: true })

  return SharedClock.of({
    clock: {
      currentTimeMillisUnsafe: now,
      currentTimeMillis: Effect.sync(now),
      currentTimeNanosUnsafe: () => machine.currentTimeNanosUnsafe(),
      currentTimeNanos: machine.currentTimeNanos,
      monotonicTimeNanosUnsafe: () => machine.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: machine.monotonicTimeNanos,
      sleep: (duration) => machine.sleep(duration)
    },
    agreement,
    offsetMillis,
    measure,
    trustedNow,
    settled: Effect.asVoid(Fiber.await(first)),
    keepMeasuring
  })
})

const agreementAt = (millis: number): ClockAgreement => {
  if (millis > OFF_MILLIS) return "far-off"
  return millis > CLOSE_MILLIS ? "off" : "close"
}
