/** Reports in metrics how much the store holds, and whether it has this release's schema. */
import { Duration, Effect, Metric, Schedule } from "effect"
import { Directory } from "../../ports/Directory.ts"
import { SchemaMigrator } from "../../ports/SchemaMigrator.ts"
import { recordsEstimate, schemaPending } from "../telemetry/IdentityMetrics.ts"

const INTERVAL = Duration.minutes(1)

/** Asks every minute until interrupted. While the store can't be asked, the metrics keep their last values. */
export const reportStore: Effect.Effect<void, never, Directory | SchemaMigrator> = Effect.gen(function*() {
  const { estimate } = yield* Directory
  const { pending } = yield* SchemaMigrator
  const report = Effect.gen(function*() {
    yield* Metric.update(schemaPending, (yield* pending).length)
    for (const [kind, records] of Object.entries(yield* estimate)) yield* Metric.update(recordsEstimate(kind), records)
  })
  yield* Effect.repeat(Effect.exit(report), Schedule.spaced(INTERVAL))
})
