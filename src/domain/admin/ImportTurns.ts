import { Deferred, Effect, Exit } from "effect"

interface Turn {
  readonly keys: ReadonlySet<string>
  readonly over: Deferred.Deferred<void>
}

/** Makes a function that runs work at once, unless earlier work has a key in common: then after that. */
export const makeImportTurns = () => {
  const turns = new Set<Turn>()
  return <A, E, R>(keys: ReadonlySet<string>, work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const turn = { keys, over: Deferred.makeUnsafe<void>() }
      const before = [...turns].filter((other) => [...keys].some((key) => other.keys.has(key)))
      turns.add(turn)
      return Effect.forEach(before, ({ over }) => Deferred.await(over), { discard: true }).pipe(
        Effect.andThen(work),
        Effect.ensuring(Effect.sync(() => {
          turns.delete(turn)
          Deferred.doneUnsafe(turn.over, Exit.void)
        }))
      )
    })
}
