/**
 * The metrics of a process, in a form that another process can read and add up.
 *
 * Counters, histograms and gauges of several processes are summed, as if one process had measured all. Metrics that
 * describe a single process (memory, CPU, event loop, its certificate) are kept apart by the attribute `worker`. It
 * numbers a slot, not a process, so replaced workers make no new series.
 */
import { Effect, Metric, Schema } from "effect"
import type { Context } from "effect"

export const MetricSnapshot = Schema.Struct({
  id: Schema.String,
  description: Schema.optionalKey(Schema.String),
  attributes: Schema.Record(Schema.String, Schema.String),
  /** A counter only goes up. Anything that can go down is a gauge. */
  type: Schema.Literals(["Counter", "Gauge", "Histogram"]),
  /** The upper ends of a histogram's buckets, in order. */
  boundaries: Schema.Array(Schema.Finite),
  /** One number. For a histogram: the count, the sum, and for each boundary how many were below it. */
  values: Schema.Array(Schema.Finite)
})

export type MetricSnapshot = typeof MetricSnapshot.Type

/** All metrics with their current values, each sampled once. Metrics that aren't numbers are left out. */
export const take: Effect.Effect<ReadonlyArray<MetricSnapshot>> = Effect.contextWith(
  (context: Context.Context<never>) =>
    Effect.sync(() =>
      Metric.snapshotUnsafe(context).flatMap(snapshotOf).filter(({ values }) => values.every(Number.isFinite))
    )
)

const snapshotOf = (metric: Metric.Metric.Snapshot): ReadonlyArray<MetricSnapshot> => {
  const { attributes = {}, description, id } = metric
  const about = { id, attributes, boundaries: [], ...description !== undefined && { description } }
  switch (metric.type) {
    case "Counter":
      return [{
        ...about,
        type: metric.state.incremental ? "Counter" : "Gauge",
        values: [Number(metric.state.count)]
      }]
    case "Gauge":
      return [{ ...about, type: "Gauge", values: [Number(metric.state.value)] }]
    case "Histogram": {
      const { buckets, count, sum } = metric.state
      const boundaries = buckets.map(([boundary]) => boundary)
      return [{ ...about, type: "Histogram", boundaries, values: [count, sum, ...buckets.map(([, below]) => below)] }]
    }
    default:
      return []
  }
}

/** Sums the snapshots of each metric with the same attributes. */
export const sum = (snapshots: ReadonlyArray<MetricSnapshot>): ReadonlyArray<MetricSnapshot> => {
  const sums = new Map<string, MetricSnapshot>()
  for (const snapshot of snapshots) {
    const key = JSON.stringify([snapshot.id, snapshot.attributes])
    const { values = [] } = sums.get(key) ?? {}
    sums.set(key, { ...snapshot, values: snapshot.values.map((value, index) => value + (values[index] ?? 0)) })
  }
  return [...sums.values()]
}

const isOfProcess = ({ id }: MetricSnapshot): boolean => /^(?:process|v8js|nodejs\.eventloop|identity_tls)[._]/.test(id)

/** The snapshots of one worker. Those that describe the process get its slot as the attribute `worker`. */
export const labelled = (place: string, snapshots: ReadonlyArray<MetricSnapshot>): ReadonlyArray<MetricSnapshot> =>
  snapshots.map((snapshot) =>
    isOfProcess(snapshot) ? { ...snapshot, attributes: { ...snapshot.attributes, worker: place } } : snapshot
  )

/**
 * What stays of a process that has ended: its counters. If a counter fell, Prometheus would take it for a restarted one
 * and count its whole value as an increase.
 */
export const countersOf = (snapshots: ReadonlyArray<MetricSnapshot>): ReadonlyArray<MetricSnapshot> =>
  snapshots.filter((snapshot) => snapshot.type !== "Gauge" && !isOfProcess(snapshot))
