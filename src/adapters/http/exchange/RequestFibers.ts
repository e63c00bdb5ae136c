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

/** Runs an effect in the services of the caller. */
export type Run = (effect: Effect.Effect<unknown>) => void

export const make: Effect.Effect<Run, never, Scope.Scope> = Effect.gen(function*() {
  const context: Context.Context<never> = yield* Effect.context<never>()
  const start = Effect.runForkWith(context)
  const places: Array<Fiber.Fiber<unknown> | undefined> = []
  const free: Array<number> = []
  yield* Effect.addFinalizer(() => Effect.suspend(() => Fiber.interruptAll(places.filter(Predicate.isNotUndefined))))
  return (effect) => {
    const fiber = start(effect)
    if (fiber.pollUnsafe() !== undefined) return
    const place = free.pop() ?? places.length
    places[place] = fiber
    fiber.addObserver(() => {
      places[place] = undefined
      free.push(place)
    })
  }
})
