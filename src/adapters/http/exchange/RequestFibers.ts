/**
 * The fibers of active requests, one for each request that a Node callback brings. They are interrupted when the scope
 * closes.
 *
 * `FiberSet` would do the same, but it uses a `Set`. A `Set` whose entries come and go leaves its old tables behind,
 * with everything in them, until V8 collects the whole heap. That kept 1.5 KB for each session check and made scavenges
 * take twice as long.
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
