/**
 * Metrics of the process: memory, CPU and the health of its event loop, named by the OpenTelemetry semantic
 * conventions.
 *
 * A scrape or an export reads the values; nothing is polled in between. Utilization and event-loop delay describe the
 * last completed window of at least ten seconds, so that two readers see the same measurements.
 */
import { Clock, Context, Effect, Layer, Metric } from "effect"
import { availableParallelism } from "node:os"
import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import { getHeapStatistics } from "node:v8"

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
    Effect.sync(() => registerAll(context, makeWindow(delays))),
    (registrations) => Effect.sync(() => registrations.forEach((registration) => registration.remove()))
  )
}))

/** How often the event loop is probed, in milliseconds. */
const RESOLUTION_MS = 20
const WINDOW_NANOS = 10_000_000_000n

type Sample = (context: Context.Context<never>) => number

const gauges = (
  window: Window
): ReadonlyArray<readonly [name: string, unit: string, description: string, sample: Sample]> => [
  ["process.memory.usage", "By", "Physical memory in use", () => process.memoryUsage.rss()],
  ["process.memory.available", "By", "Memory still available to the process", () => process.availableMemory()],
  ["v8js.memory.heap.used", "By", "JavaScript heap in use", () => getHeapStatistics().used_heap_size],
  [
    "v8js.memory.heap.limit",
    "By",
    "Most JavaScript heap the process may use",
    () => getHeapStatistics().heap_size_limit
  ],
  ["process.uptime", "s", "Time since the process started", () => process.uptime()],
  ["nodejs.eventloop.delay.min", "s", "Shortest event-loop delay", (at) => window(at).min],
  ["nodejs.eventloop.delay.max", "s", "Longest event-loop delay", (at) => window(at).max],
  ["nodejs.eventloop.delay.mean", "s", "Mean event-loop delay", (at) => window(at).mean],
  ["nodejs.eventloop.delay.p50", "s", "Median event-loop delay", (at) => window(at).p50],
  ["nodejs.eventloop.delay.p90", "s", "90th percentile of event-loop delays", (at) => window(at).p90],
  ["nodejs.eventloop.delay.p99", "s", "99th percentile of event-loop delays", (at) => window(at).p99],
  ["nodejs.eventloop.utilization", "1", "Share of time the event loop was busy", (at) => window(at).eventLoop],
  ["process.cpu.utilization", "1", "Share of the available CPU time used", (at) => window(at).cpu]
]

const registerAll = (context: Context.Context<never>, window: Window): ReadonlyArray<Metric.Registration> => {
  const unused = { update: () => undefined, modify: () => undefined }
  const cpuTime = (mode: "user" | "system") =>
    Metric.registerUnsafe(
      Metric.counter("process.cpu.time", {
        description: "CPU time used",
        incremental: true,
        attributes: { unit: "s", "cpu.mode": mode }
      }),
      context,
      { ...unused, get: () => ({ count: process.cpuUsage()[mode] / 1e6, incremental: true }) }
    )
  return [
    ...gauges(window).map(([name, unit, description, sample]) =>
      Metric.registerUnsafe(Metric.gauge(name, { description, attributes: { unit } }), context, {
        ...unused,
        get: (at) => ({ value: sample(at) })
      })
    ),
    cpuTime("user"),
    cpuTime("system")
  ]
}

type IntervalHistogram = ReturnType<typeof monitorEventLoopDelay>

/** Delays in seconds, and shares. */
type Measurement = ReturnType<typeof measurement>

type Window = (context: Context.Context<never>) => Measurement

/** Measures from one window to the next. Returns the last measurement until the current window is long enough. */
const makeWindow = (delays: IntervalHistogram): Window => {
  let since: bigint | undefined
  let loop = performance.eventLoopUtilization()
  let cpu = process.cpuUsage()
  let last = measurement(delays, 0, 0)

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

const measurement = (delays: IntervalHistogram, eventLoop: number, cpu: number) => ({
  min: seconds(delays, delays.min),
  max: seconds(delays, delays.max),
  mean: seconds(delays, delays.mean),
  p50: seconds(delays, delays.percentile(50)),
  p90: seconds(delays, delays.percentile(90)),
  p99: seconds(delays, delays.percentile(99)),
  eventLoop,
  cpu
})

/** The histogram holds the nanoseconds between probes. The excess over the interval is the delay. */
const seconds = (delays: IntervalHistogram, nanoseconds: number): number =>
  delays.count === 0 ? 0 : Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000)
