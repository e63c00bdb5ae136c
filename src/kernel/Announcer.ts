/**
 * Tells operators something without repeating itself: what is worth a line in the log may happen a thousand times a
 * second, and go on for hours.
 */
import { Effect, Queue } from "effect"
import type { Scope } from "effect"

/** Tells a line when the state that it is about is another one than before. Nothing is told of `initial`. */
export const onChange = <S>(initial: S): (state: S, line: Effect.Effect<void>) => Effect.Effect<void> => {
  let told = initial
  return (state, line) =>
    Effect.suspend(() => {
      if (state === told) return Effect.void
      told = state
      return line
    })
}

/**
 * Tells a line if the last one that was told is `pause` old. Both are nanoseconds of `clock`, which never goes back.
 */
export const nowAndThen = (pause: bigint, clock: () => bigint): (line: Effect.Effect<void>) => Effect.Effect<void> => {
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
 * Announces what callbacks of Node notice, until the scope closes. Announcements follow one another; of what is noticed
 * during one, only the latest is announced next.
 */
export const fromCallbacks = Effect.fnUntraced(function*<A>(
  announce: (news: A) => Effect.Effect<void>
): Effect.fn.Return<(news: A) => void, never, Scope.Scope> {
  const noticed = yield* Queue.sliding<A>(1)
  yield* Queue.take(noticed).pipe(Effect.flatMap(announce), Effect.forever, Effect.forkScoped)
  return (news) => {
    Queue.offerUnsafe(noticed, news)
  }
})
