/** Metrics that belong to one test alone. */
import { Effect, Metric } from "effect"
import * as MetricSnapshots from "../../src/platform/observability/MetricSnapshots.ts"

/** Runs an effect with its own registry, so that other tests of the process don't count. */
export const withOwnMetrics = Effect.provideServiceEffect(
  Metric.MetricRegistry,
  Effect.sync((): Metric.MetricRegistry => new Map())
)

/** The snapshots of a metric. */
export const snapshotsOf = (id: string) =>
  Effect.map(MetricSnapshots.take, (snapshots) => snapshots.filter((snapshot) => snapshot.id === id))

/** The first number of a metric, by one of its attributes. */
export const valuesBy = (attribute: string, id: string) =>
  Effect.map(
    snapshotsOf(id),
    (snapshots) =>
      Object.fromEntries(snapshots.map(({ attributes, values: [value] }) => [attributes[attribute] ?? "", value]))
  )

/** The first number of a metric that has no attributes. */
export const valueOf = (id: string) => Effect.map(snapshotsOf(id), ([snapshot]) => snapshot?.values[0])
