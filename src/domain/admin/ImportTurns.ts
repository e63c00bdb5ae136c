import { Deferred, Effect, Exit, Hash } from "effect"

/**
 * Makes a function that runs work at once, unless earlier work has a key in common: then after that. It gives the
 * work whether it may have a key twice.
 *
 * Keys are known by 32 bits of a hash, because V8 takes three times as long to look for a text that it hasn't seen yet.
 * Two keys that are confused only make work wait, or look at its keys once more.
 */
export const makeImportTurns = () => {
  /** The end of the latest work with each key. */
  const ends = new Map<number, Deferred.Deferred<void>>()
  return <A, E, R>(
    keys: ReadonlyArray<string>,
    work: (isRepeated: boolean) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const hashes = keys.map(Hash.string)
      const end = Deferred.makeUnsafe<void>()
      const earlier = new Set<Deferred.Deferred<void>>()
      let isRepeated = false
      for (const hash of hashes) {
        const latest = ends.get(hash)
        if (latest === end) isRepeated = true
        else if (latest !== undefined) earlier.add(latest)
        ends.set(hash, end)
      }
      const turn = Effect.forEach(earlier, (other) => Deferred.await(other), { discard: true })
      return Effect.andThen(turn, work(isRepeated)).pipe(
        // Later work waits for this one alone, even if it was interrupted before its turn.
        Effect.ensuring(Effect.andThen(
          turn,
          Effect.sync(() => {
            for (const hash of hashes) {
              if (ends.get(hash) === end) ends.delete(hash)
            }
            Deferred.doneUnsafe(end, Exit.void)
          })
        ))
      )
    })
}
