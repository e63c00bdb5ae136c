import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Metric } from "effect"
import { TestClock } from "effect/testing"
import { setImmediate } from "node:timers/promises"
import * as ProcessMetrics from "../../../src/platform/observability/ProcessMetrics.ts"
import { aMachine } from "../../support/machines.ts"
import { prometheusText } from "./prometheus-text.ts"

const alone = Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map()))

const valueOf = (name: string) =>
  Effect.map(prometheusText, (text) => {
    const line = text.split("\n").find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`))
    return Number(line?.slice(line.lastIndexOf(" ")))
  })

const blockFor = (milliseconds: number) =>
  Effect.sync(() => {
    const until = performance.now() + milliseconds
    while (performance.now() < until);
  })

const useCpu = (seconds: number) =>
  Effect.sync(() => {
    const until = process.cpuUsage().user + seconds * 1e6
    while (process.cpuUsage().user < until);
  })

/** Lets the probe of the event loop come by, so that a delay has a beginning. */
const turns = Effect.promise(async () => {
  const until = performance.now() + 100
  while (performance.now() < until) await setImmediate()
})

describe("ProcessMetrics", () => {
  it.effect("memory, uptime and CPU time are those of this process", () =>
    Effect.gen(function*() {
      assert.isAbove(yield* valueOf("process_memory_usage_bytes"), 10_000_000)
      assert.isAbove(yield* valueOf("process_memory_available_bytes"), 0)
      assert.isAbove(yield* valueOf("v8js_memory_heap_limit_bytes"), yield* valueOf("v8js_memory_heap_used_bytes"))
      assert.isAbove(yield* valueOf("process_uptime_seconds"), 0)
      const before = yield* valueOf("process_cpu_time_seconds_total")
      yield* useCpu(0.05)
      assert.isAtLeast(yield* valueOf("process_cpu_time_seconds_total"), before + 0.05)
    }).pipe(Effect.provide(ProcessMetrics.layer), alone))

  it.effect("a blocked event loop shows as its delay", () =>
    Effect.gen(function*() {
      yield* turns
      yield* blockFor(300)
      yield* turns
      assert.isAtLeast(yield* valueOf("nodejs_eventloop_delay_max_seconds"), 0.2)
      assert.isBelow(yield* valueOf("nodejs_eventloop_delay_p50_seconds"), 0.2)
      assert.isAbove(yield* valueOf("nodejs_eventloop_utilization_ratio"), 0)
      assert.isAtMost(yield* valueOf("process_cpu_utilization_ratio"), 1)
    }).pipe(Effect.provide(ProcessMetrics.layer), alone))

  it.effect("readers within ten seconds see the same window, later ones the next", () =>
    Effect.gen(function*() {
      yield* turns
      yield* blockFor(300)
      yield* turns
      const first = yield* valueOf("nodejs_eventloop_delay_max_seconds")
      yield* turns
      assert.strictEqual(yield* valueOf("nodejs_eventloop_delay_max_seconds"), first)
      yield* TestClock.adjust("10 seconds")
      assert.isBelow(yield* valueOf("nodejs_eventloop_delay_max_seconds"), first)
    }).pipe(Effect.provide(ProcessMetrics.layer), alone))

  it.effect("a wall clock that is set back keeps no window open", () =>
    Effect.gen(function*() {
      const { clock, setAhead } = yield* aMachine(0)
      const delay = Effect.provideService(valueOf("nodejs_eventloop_delay_max_seconds"), Clock.Clock, clock)
      yield* turns
      yield* blockFor(300)
      yield* turns
      const first = yield* delay
      setAhead(-3_600_000)
      yield* TestClock.adjust("10 seconds")
      assert.isBelow(yield* delay, first)
    }).pipe(Effect.provide(ProcessMetrics.layer), alone))
})
