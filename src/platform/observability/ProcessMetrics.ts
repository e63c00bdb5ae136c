/**
 * What the process uses: memory, CPU and the health of its event loop, under the names of the OpenTelemetry semantic
 * conventions.
 *
 * Values are read when somebody looks, by a scrape or an export; nothing is polled in between. Those that describe a
 * stretch of time (utilization, event-loop delay) describe the last completed window of at least ten seconds, so that
 * two readers do not take each other's measurements away.
 */
import { Clock, Context, Effect, Layer, Metric } from "effect"
import { availableParallelism } from "node:os"
import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import { getHeapStatistics } from "node:v8"

type IntervalHistogram = ReturnType<typeof monitorEventLoopDelay>
type Sample = (context: Context.Context<never>) => number

export const layer: Layer.Layer<never> = Layer.effectDiscard(Effect.gen(function*() {
  const delays = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
      histogram.enable()
      return histogram
    }),
    (histogram) => Effect.sync(() => histogram.disable())
  )
  const context = yield* Effect.context<never>()
  yield* Effect.acquireRelease(
    Effect.sync(() => [...processMetrics(context), ...eventLoopMetrics(context, delays)]),
    (registrations) => Effect.sync(() => registrations.forEach((registration) => registration.remove()))
  )
}))

/** How often the event loop is probed. A probe that comes on time says nothing of a delay. */
const RESOLUTION_MS = 20
const WINDOW_NANOS = 10_000_000_000n

const processMetrics = (context: Context.Context<never>): ReadonlyArray<Metric.Registration> => [
  gauge(context, "process.memory.usage", "Physical memory in use", "By", () => process.memoryUsage.rss()),
  gauge(
    context,
    "process.memory.available",
    "Memory still available to the process",
    "By",
    () => process.availableMemory()
  ),
  gauge(context, "v8js.memory.heap.used", "JavaScript heap in use", "By", () => getHeapStatistics().used_heap_size),
  gauge(
    context,
    "v8js.memory.heap.limit",
    "Most JavaScript heap the process may use",
    "By",
    () => getHeapStatistics().heap_size_limit
  ),
  gauge(context, "process.uptime", "Time since the process started", "s", () => process.uptime()),
  cpuTime(context, "user", () => process.cpuUsage().user / 1e6),
  cpuTime(context, "system", () => process.cpuUsage().system / 1e6)
]

const eventLoopMetrics = (
  context: Context.Context<never>,
  delays: IntervalHistogram
): ReadonlyArray<Metric.Registration> => {
  const window = makeWindow(delays)
  const delay = (name: string, description: string, pick: (delay: EventLoopDelay) => number) =>
    gauge(context, `nodejs.eventloop.delay.${name}`, description, "s", (at) => pick(window(at).delay))
  return [
    delay("min", "Shortest event-loop delay", (delay) => delay.min),
    delay("max", "Longest event-loop delay", (delay) => delay.max),
    delay("mean", "Mean event-loop delay", (delay) => delay.mean),
    delay("p50", "Median event-loop delay", (delay) => delay.p50),
    delay("p90", "90th percentile of event-loop delays", (delay) => delay.p90),
    delay("p99", "99th percentile of event-loop delays", (delay) => delay.p99),
    gauge(
      context,
      "nodejs.eventloop.utilization",
      "Share of time the event loop was busy",
      "1",
      (at) => window(at).eventLoopUtilization
    ),
    gauge(
      context,
      "process.cpu.utilization",
      "Share of the available CPU time used",
      "1",
      (at) => window(at).cpuUtilization
    )
  ]
}

interface EventLoopDelay {
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

interface Measurement {
  readonly delay: EventLoopDelay
  readonly eventLoopUtilization: number
  readonly cpuUtilization: number
}

/** Measures from one look to the next, and answers the last measurement until its window is old enough. */
const makeWindow = (delays: IntervalHistogram): (context: Context.Context<never>) => Measurement => {
  let since: bigint | undefined
  let loop = performance.eventLoopUtilization()
  let cpu = process.cpuUsage()
  let last: Measurement = measurement(delays, 0, 0)

  return (context) => {
    const now = Context.get(context, Clock.Clock).monotonicTimeNanosUnsafe()
    if (since !== undefined && now - since < WINDOW_NANOS) return last
    const nextLoop = performance.eventLoopUtilization()
    const used = process.cpuUsage(cpu)
    const elapsed = nextLoop.idle + nextLoop.active - loop.idle - loop.active
    const cpuTime = (used.user + used.system) / 1000
    last = measurement(
      delays,
      performance.eventLoopUtilization(nextLoop, loop).utilization,
      elapsed <= 0 ? 0 : cpuTime / elapsed / availableParallelism()
    )
    since = now
    loop = nextLoop
    cpu = process.cpuUsage()
    delays.reset()
    return last
  }
}

const measurement = (
  delays: IntervalHistogram,
  eventLoopUtilization: number,
  cpuUtilization: number
): Measurement => ({
  delay: {
    min: seconds(delays, delays.min),
    max: seconds(delays, delays.max),
    mean: seconds(delays, delays.mean),
    p50: seconds(delays, delays.percentile(50)),
    p90: seconds(delays, delays.percentile(90)),
    p99: seconds(delays, delays.percentile(99))
  },
  eventLoopUtilization,
  cpuUtilization
})

/** The histogram holds the time between probes in nanoseconds; what exceeds the interval is the delay. */
const seconds = (delays: IntervalHistogram, nanoseconds: number): number =>
  delays.count === 0 ? 0 : Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000)

const gauge = (
  context: Context.Context<never>,
  name: string,
  description: string,
  unit: string,
  sample: Sample
): Metric.Registration =>
  Metric.registerUnsafe(Metric.gauge(name, { description, attributes: { unit } }), context, {
    get: (at) => ({ value: sample(at) }),
    update: () => undefined,
    modify: () => undefined
  })

const cpuTime = (context: Context.Context<never>, mode: "user" | "system", sample: Sample): Metric.Registration =>
  Metric.registerUnsafe(
    Metric.counter("process.cpu.time", {
      description: "CPU time used",
      incremental: true,
      attributes: { unit: "s", "cpu.mode": mode }
    }),
    context,
    {
      get: (at) => ({ count: sample(at), incremental: true }),
      update: () => undefined,
      modify: () => undefined
    }
  )
