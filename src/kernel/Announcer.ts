/**
 * Logs an event without repeating it: what deserves one line in the log may happen a thousand times a second, for
 * hours.
 */
import { Effect, Queue } from "effect"
import type { Scope } from "effect"

/** Runs `line` when `state` differs from the last one. Nothing is logged for `initial`. */
export const onChange = <S>(initial: S): (state: S, line: Effect.Effect<void>) => Effect.Effect<void> => {
  let last = initial
  return (state, line) =>
    Effect.suspend(() => {
      if (state === last) return Effect.void
      last = state
      return line
    })
}

/** Runs `line` unless one was logged less than `pause` ago. `pause` and the monotonic `clock` are in nanoseconds. */
export const atMostEvery = (pause: bigint, clock: () => bigint): (line: Effect.Effect<void>) => Effect.Effect<void> => {
  let quietUntil = 0n
  return (line) =>
    Effect.suspend(() => {
      const now = clock()
      if (now < quietUntil) return Effect.void
      quietUntil = now + pause
      return line
    })
}

/**
 * Lets Node callbacks announce news until the scope closes. Announcements run one at a time. News that arrives
 * meanwhile replaces news that still waits.
 */
export const announceFromCallbacks = Effect.fnUntraced(function*<A>(
  announce: (news: A) => Effect.Effect<void>
): Effect.fn.Return<(news: A) => void, never, Scope.Scope> {
  const noticed = yield* Queue.sliding<A>(1)
  yield* Queue.take(noticed).pipe(Effect.flatMap(announce), Effect.forever, Effect.forkScoped)
  return (news) => {
    Queue.offerUnsafe(noticed, news)
  }
})
