/**
 * Metrics of the connections and of the operations that wait for one, named after the OpenTelemetry semantic
 * conventions.
 *
 * The numbers are read when the metrics are collected. Only operations that have to wait are timed, so one that finds
 * an idle connection costs nothing.
 */
import { Effect, Metric } from "effect"
import type { Context, Scope } from "effect"

/** A pool's readings. */
export interface PoolReadings {
  readonly idle: () => number
  readonly used: () => number
  readonly waiting: () => number
  readonly max: () => number
}

export interface WaitMetrics {
  readonly waited: (seconds: number) => void
  readonly timedOut: () => void
}

const count = (state: "idle" | "used") =>
  Metric.gauge("db.client.connection.count", {
    description: "Connections to the database, by state",
    attributes: { "db.client.connection.state": state }
  })

const most = Metric.gauge("db.client.connection.max", {
  description: "The most connections to the database"
})

const pending = Metric.gauge("db.client.connection.pending_requests", {
  description: "Operations that wait for a connection to the database"
})

const waits = Metric.histogram("db.client.connection.wait_time", {
  description: "How long operations waited for a connection that found none idle, in seconds",
  boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  attributes: { unit: "s" }
})

const timeouts = Metric.counter("db.client.connection.timeouts", {
  description: "Operations that got no connection to the database in time",
  incremental: true
})

/** Publishes a pool's readings until the scope closes. */
export const show = (readings: PoolReadings): Effect.Effect<WaitMetrics, never, Scope.Scope> =>
  Effect.contextWith((context: Context.Context<Scope.Scope>) => {
    const sampled = (metric: Metric.Metric<number, Metric.GaugeState<number>>, read: () => number) =>
      Metric.registerUnsafe(metric, context, {
        get: () => ({ value: read() }),
        update: () => undefined,
        modify: () => undefined
      })
    const registered = Effect.sync(() => [
      sampled(count("idle"), readings.idle),
      sampled(count("used"), readings.used),
      sampled(most, readings.max),
      sampled(pending, readings.waiting)
    ])
    return Effect.acquireRelease(registered, (all) => Effect.sync(() => all.forEach((one) => one.remove()))).pipe(
      Effect.tap(Metric.value(waits)),
      Effect.tap(Metric.update(timeouts, 0)),
      Effect.as({
        waited: (seconds: number) => waits.updateUnsafe(seconds, context),
        timedOut: () => timeouts.updateUnsafe(1, context)
      })
    )
  })
