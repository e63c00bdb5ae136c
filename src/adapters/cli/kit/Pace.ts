import { Clock, Effect } from "effect"

/**
 * Measures work from now on. Of what is counted, says how much is done in a second, and how long the rest will take if
 * it goes on as before: `800 a second, 1 min 20 s left`. The rest is measured by `done`, which may be in other units.
 */
export const startPace = Effect.map(Clock.Clock, (clock) => {
  const startedAt = clock.currentTimeMillisUnsafe()
  return (count: number, done: number, all: number | undefined): string => {
    const elapsedMillis = clock.currentTimeMillisUnsafe() - startedAt
    return `${Math.round(count * 1000 / Math.max(1, elapsedMillis))} a second${timeLeft(elapsedMillis, done, all)}`
  }
})

/** Empty if it isn't known how much there is. */
const timeLeft = (elapsedMillis: number, done: number, all: number | undefined): string => {
  if (all === undefined || done === 0) return ""
  const seconds = Math.ceil(elapsedMillis * Math.max(0, all - done) / done / 1000)
  return seconds < 60 ? `, ${seconds} s left` : `, ${Math.floor(seconds / 60)} min ${seconds % 60} s left`
}
