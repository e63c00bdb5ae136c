/** F9: little memory for a long time. */
import { Duration, Effect } from "effect"
import { residentMegabytes } from "../bench/machine/ProcessUsage.ts"
import { slopeOf } from "../bench/suite/LeastSquares.ts"
import { progress } from "../bench/suite/Progress.ts"
import { least, most, none, Trial } from "./Fault.ts"
import type { Fault, Figure } from "./Fault.ts"
import { makeWorld } from "./World.ts"

const HEAP_MB = 128

const RSS_MAX_MB = 300

const PERIOD_SECONDS = 600

const WINDOW_SECONDS = 120

type Sample = readonly [seconds: number, megabytes: number]

/** Garbage comes and goes. What stays is seen by the least memory of every two minutes. */
const floorOf = (samples: ReadonlyArray<Sample>): ReadonlyArray<Sample> =>
  [...Map.groupBy(samples, ([at]) => Math.floor(at / WINDOW_SECONDS)).values()].flatMap((own) =>
    own.toSorted(([, one], [, other]) => one - other).slice(0, 1)
  )

const memory = Effect.gen(function*() {
  const { plan } = yield* Trial
  const seconds = plan.full ? 1800 : 10
  const world = yield* makeWorld()
  const server = yield* world.start({ NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` })
  const begun = performance.now()
  let samplesTaken = 0
  const sample = Effect.sync(() => {
    const megabytes = residentMegabytes(server.child.pid ?? 0)
    if (++samplesTaken % 60 === 0) progress(`${megabytes.toFixed(1)} MB`)
    return [(performance.now() - begun) / 1000, megabytes] as const
  })
  const samples = yield* world.during(
    { size: 8, pauseMs: 50 },
    Effect.replicateEffect(Effect.delay(sample, Duration.seconds(1)), seconds)
  )
  // What is loaded and compiled first is no leak.
  const settled = samples.filter(([at]) => at >= seconds / 3)
  const growth: ReadonlyArray<Figure> = plan.full
    ? [most("growth of memory in ten minutes", slopeOf(floorOf(settled)) * PERIOD_SECONDS, 1, "MB")]
    : []
  return [
    least("requests", world.recorder.exchanges.length, seconds),
    none("ends of the server", server.child.exitCode === null && server.child.signalCode === null ? 0 : 1),
    most("most memory", Math.max(...samples.map(([, megabytes]) => megabytes)), RSS_MAX_MB, "MB"),
    ...growth,
    ...yield* world.judged
  ]
})

export const memoryFaults: ReadonlyArray<Fault> = [
  { id: "F9", title: `A heap of ${HEAP_MB} MB`, run: memory }
]
