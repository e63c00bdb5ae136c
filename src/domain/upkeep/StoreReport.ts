/** Reports in metrics how much the store holds, whether it has this release's schema, and whether writes wait. */
import { Duration, Effect, Metric, Schedule } from "effect"
import { Directory } from "../../ports/Directory.ts"
import { SchemaMigrator } from "../../ports/SchemaMigrator.ts"
import { StoreHealth } from "../../ports/StoreHealth.ts"
import { recordsEstimate, schemaPending, standbysMissing } from "../telemetry/IdentityMetrics.ts"

const INTERVAL = Duration.minutes(1)

/** Asks every minute until interrupted. While the store can't be asked, the metrics keep their last values. */
export const reportStore: Effect.Effect<void, never, Directory | SchemaMigrator | StoreHealth> = Effect.gen(
  function*() {
    const { estimate } = yield* Directory
    const { pending } = yield* SchemaMigrator
    const health = yield* StoreHealth
    const report = Effect.gen(function*() {
      yield* Metric.update(schemaPending, (yield* pending).length)
      yield* Metric.update(standbysMissing, yield* health.standbysMissing)
      for (const [kind, records] of Object.entries(yield* estimate)) {
        yield* Metric.update(recordsEstimate(kind), records)
      }
    })
    yield* Effect.repeat(Effect.exit(report), Schedule.spaced(INTERVAL))
  }
)
