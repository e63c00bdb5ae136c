/** Runs pieces of the program over and over, and says what one run of each takes. */
import { Effect } from "effect"
import { Bench as TinyBench } from "tinybench"

export interface Task {
  readonly name: string
  /** Does it so often, in a batch: a timer can't tell what takes less than it does itself. */
  readonly batch: (count: number) => void
}

/** Makes a text so often, and looks at its bytes: one that nobody reads need not have been put together. */
export const writing = (name: string, write: () => string): Task => ({
  name,
  batch: (count) => {
    for (let round = 0; round < count; round++) Buffer.byteLength(write())
  }
})

const BATCH = 1000

/** Medians in microseconds. */
export const microsecondsOf = Effect.fnUntraced(function*(tasks: ReadonlyArray<Task>, milliseconds: number) {
  const bench = new TinyBench({ time: milliseconds, warmupTime: milliseconds / 2 })
  for (const { batch, name } of tasks) bench.add(name, () => batch(BATCH))
  yield* Effect.promise(() => bench.run())
  return yield* Effect.forEach(bench.tasks, ({ name, result }) =>
    "latency" in result
      ? Effect.succeed([name, result.latency.p50 * 1000 / BATCH] as const)
      : Effect.die(new Error(`${name} was not measured: ${result.state}`)))
})
