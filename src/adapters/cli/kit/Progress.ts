/**
 * Tells whoever watches a terminal that something is going on which takes longer than a second, on stderr and so never
 * in the way of a result. Where nobody watches, it is silent.
 */
import { Clock, Console, Effect, Stdio } from "effect"
import type { Option } from "effect"
import { Quiet } from "./GlobalFlags.ts"
import { columnsOf, fitted } from "./Lines.ts"

const PATIENCE_MILLIS = 1000

const isWatched = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  return (yield* stdio.stderrIsTerminal) && !(yield* Quiet)
})

const tell = (text: string, columns: Option.Option<number>) => Console.error(fitted(`… ${text}`, columns))

/** Something that can't tell how far it has come: says what it is, once. */
export const tellingIfSlow = Effect.fnUntraced(function*<A, E, R>(text: string, work: Effect.Effect<A, E, R>) {
  if (!(yield* isWatched)) return yield* work
  const telling = Effect.andThen(Effect.sleep(PATIENCE_MILLIS), tell(text, yield* columnsOf("stderr")))
  return yield* Effect.raceFirst(work, Effect.andThen(telling, Effect.never))
})

/** What to call after every step with how far it has come: a line at most once a second, the first after one. */
export const makeProgress = Effect.fnUntraced(function*<A>(describe: (reached: A) => string) {
  const watched = yield* isWatched
  const columns = yield* columnsOf("stderr")
  let told = yield* Clock.currentTimeMillis
  return Effect.fnUntraced(function*(reached: A) {
    const now = yield* Clock.currentTimeMillis
    if (!watched || now - told < PATIENCE_MILLIS) return
    told = now
    yield* tell(describe(reached), columns)
  })
})
