import { Deferred, Effect, Exit } from "effect"

/**
 * Makes a function that runs work at once, unless earlier work has a key in common: then after that. It tells the work
 * whether it has a key twice.
 */
export const makeImportTurns = () => {
  /** The end of the latest work with each key. */
  const ends = new Map<string, Deferred.Deferred<void>>()
  return <A, E, R>(
    keys: ReadonlyArray<string>,
    work: (isRepeated: boolean) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const end = Deferred.makeUnsafe<void>()
      const earlier = new Set<Deferred.Deferred<void>>()
      let isRepeated = false
      for (const key of keys) {
        const latest = ends.get(key)
        if (latest === end) isRepeated = true
        else if (latest !== undefined) earlier.add(latest)
        ends.set(key, end)
      }
      const turn = Effect.forEach(earlier, (other) => Deferred.await(other), { discard: true })
      return Effect.andThen(turn, work(isRepeated)).pipe(
        // Later work waits for this one alone, even if it was interrupted before its turn.
        Effect.ensuring(Effect.andThen(
          turn,
          Effect.sync(() => {
            for (const key of keys) if (ends.get(key) === end) ends.delete(key)
            Deferred.doneUnsafe(end, Exit.void)
          })
        ))
      )
    })
}
