/**
 * One time for all nodes: the store's.
 *
 * Sessions, idempotency keys, leases and budgets of guesses are shared by machines whose clocks never agree, and may be
 * wrong by years. So each node measures how far the store's clock is from its own monotonic clock, and what it calls
 * "now" is the sum of both. A wall clock that is wrong, or that is set while the node runs, changes nothing.
 *
 * A reading is good to half of its round trip. `clock` is moved no further than a reading proves it wrong, so a slow
 * reading spoils nothing that a quick one found out. Where the store's clock jumps, `clock` follows, backwards too: the
 * store is the authority, also after another machine took its place.
 */
import { Clock, Context, DateTime, Duration, Effect, Fiber, Layer } from "effect"
import { StoreClock } from "../../ports/StoreClock.ts"
import { ClockTooFarOff } from "../model/IdentityErrors.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"

/** How the machine's wall clock agrees with the store's. Beyond `off` one of the two can't be trusted. */
export type ClockAgreement = "unknown" | "close" | "off" | "far-off"

/** Beyond it a machine's clock is `off`, which is worth a warning. */
const CLOSE_MILLIS = Duration.toMillis("2 seconds")

/** Beyond it a machine's clock is `far-off`: its node takes no requests and deletes nothing. */
const OFF_MILLIS = Duration.toMillis("1 minute")

/** How often the store's clock is read. */
const INTERVAL_MILLIS = Duration.toMillis("1 minute")

/** When it is read again after it could not be. */
const RETRY_MILLIS = Duration.toMillis("2 seconds")

/** How often `keep` looks whether it is time to read. */
const LOOK = Duration.seconds(1)

/** By how much wall and monotonic clock may part without a closer look. Slewing a clock is slower. */
const JUMP_MILLIS = 1000

/** A reading that is good to this is good enough; another one is tried otherwise, for the first connects as well. */
const PRECISE_MILLIS = 20

export class SharedClock extends Context.Service<SharedClock, {
  /**
   * Effect's clock with the store's time. Before the first reading it shows the machine's, which must not decide
   * anything. Sleeping and elapsed time are the machine's as ever, and so are nanoseconds of wall-clock time: they
   * stamp spans, which are read beside those of other programs.
   */
  readonly clock: Clock.Clock

  readonly agreement: () => ClockAgreement

  /** The store's clock minus the machine's wall clock in milliseconds, now: negative where the machine is ahead. */
  readonly offsetMillis: () => number

  /** Reads the store's clock and corrects `clock`. */
  readonly measure: Effect.Effect<void, StoreUnavailable>

  /**
   * The store's time, read anew, for what deletes or ends things for good. Refused on a machine whose clock is far off:
   * one of the two clocks is wrong, and it may be the store's.
   */
  readonly trusted: Effect.Effect<DateTime.Utc, ClockTooFarOff | StoreUnavailable>

  /** Completes when the first reading, which is begun with the layer, was made or has failed. */
  readonly settled: Effect.Effect<void>

  /**
   * Measures every minute until interrupted, and within a second or two when there is no reading yet and when the
   * machine's wall clock jumped or the machine slept: the monotonic clock of a machine that sleeps may stand still.
   */
  readonly keep: Effect.Effect<never>
}>()("identityd/domain/clock/SharedClock") {
  static readonly layer = Layer.effect(SharedClock, Effect.suspend(() => make))

  /** Makes the store's time that of everything above it. Logs and metrics belong below. */
  static readonly time = Layer.effect(Clock.Clock, Effect.map(SharedClock, ({ clock }) => clock))
}

/** How far a machine's clock is off, for people: "8d ahead of the database's". */
export const describeOffset = (offsetMillis: number): string => {
  const size = Duration.format(Duration.seconds(Math.round(Math.abs(offsetMillis) / 1000)))
  return `${size} ${offsetMillis < 0 ? "ahead of" : "behind"} the database's`
}

const make = Effect.gen(function*() {
  const store = yield* StoreClock
  const machine = yield* Clock.Clock
  const monotonicMillis = () => Number(machine.monotonicTimeNanosUnsafe()) / 1e6
  /** The wall clock against the monotonic one. It is constant until somebody sets the one or the other stands still. */
  const wallMillis = () => machine.currentTimeMillisUnsafe() - monotonicMillis()

  let isKnown = false
  let wallThen = wallMillis()
  let correction = wallMillis()
  const now = () => Math.floor(monotonicMillis() + correction)
  const offsetMillis = () => isKnown ? correction - wallMillis() : 0

  /** Answers to how many milliseconds the reading is good. */
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

  const trusted = Effect.gen(function*() {
    yield* measure
    if (agreement() === "far-off") return yield* new ClockTooFarOff({ offsetMillis: offsetMillis() })
    return DateTime.makeUnsafe(now())
  })

  const keep = Effect.gen(function*() {
    let dueAt = monotonicMillis() + (isKnown ? INTERVAL_MILLIS : 0)
    while (true) {
      yield* Effect.sleep(LOOK)
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
    trusted,
    settled: Effect.asVoid(Fiber.await(first)),
    keep
  })
})

const agreementAt = (millis: number): ClockAgreement => {
  if (millis > OFF_MILLIS) return "far-off"
  return millis > CLOSE_MILLIS ? "off" : "close"
}
