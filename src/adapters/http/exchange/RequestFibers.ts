/**
 * The fibers of requests under way, one for each that a callback of Node brings. They are interrupted when the scope
 * closes.
 *
 * What `FiberSet` is for, but that one is a `Set`, and one in which entries come and go leaves its old tables behind,
 * with all that was in them. A young table is kept alive by an old one that is dead already, so whatever a request was
 * about would stay until the collector looks at the whole heap: 1.5 KB a session check, and scavenges took twice as
 * long.
 */
import { Effect, Fiber, Predicate } from "effect"
import type { Context, Scope } from "effect"

export type Run = <R>(work: {
  readonly effect: Effect.Effect<unknown, never, R>
  readonly context: Context.Context<R>
}) => void

export const make: Effect.Effect<Run, never, Scope.Scope> = Effect.gen(function*() {
  const places: Array<Fiber.Fiber<unknown> | undefined> = []
  const free: Array<number> = []
  yield* Effect.addFinalizer(() => Effect.suspend(() => Fiber.interruptAll(places.filter(Predicate.isNotUndefined))))
  return ({ context, effect }) => {
    const fiber = Effect.runForkWith(context)(effect)
    if (fiber.pollUnsafe() !== undefined) return
    const place = free.pop() ?? places.length
    places[place] = fiber
    fiber.addObserver(() => {
      places[place] = undefined
      free.push(place)
    })
  }
})
