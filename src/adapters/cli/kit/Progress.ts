/** Shows on stderr that work takes longer than a second. Silent unless stderr is a terminal. */
import { Clock, Console, Effect, Stdio } from "effect"
import type { Option } from "effect"
import { Quiet } from "./GlobalFlags.ts"
import { columnsOf, fitToColumns } from "./Lines.ts"

const PATIENCE_MILLIS = 1000

const isWatched = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  return (yield* stdio.stderrIsTerminal) && !(yield* Quiet)
})

const show = (text: string, columns: Option.Option<number>) => Console.error(fitToColumns(`… ${text}`, columns))

/** Runs work that has no measurable progress. Prints `text` once if it takes longer than a second. */
export const noteIfSlow = Effect.fnUntraced(function*<A, E, R>(text: string, work: Effect.Effect<A, E, R>) {
  if (!(yield* isWatched)) return yield* work
  const showing = Effect.andThen(Effect.sleep(PATIENCE_MILLIS), show(text, yield* columnsOf("stderr")))
  return yield* Effect.raceFirst(work, Effect.andThen(showing, Effect.never))
})

/**
 * Returns a function to call after every step with the progress. It prints at most one line a second, the first one
 * after a second.
 */
export const makeProgress = Effect.fnUntraced(function*<A>(describe: (reached: A) => string) {
  const watched = yield* isWatched
  const columns = yield* columnsOf("stderr")
  let lastShown = yield* Clock.currentTimeMillis
  return Effect.fnUntraced(function*(reached: A) {
    const now = yield* Clock.currentTimeMillis
    if (!watched || now - lastShown < PATIENCE_MILLIS) return
    lastShown = now
    yield* show(describe(reached), columns)
  })
})
