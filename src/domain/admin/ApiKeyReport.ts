/** Reports in metrics how many API keys there are, and when the first of those in use expires. */
import { DateTime, Duration, Effect, Metric, Schedule, Stream } from "effect"
import type { Option } from "effect"
import { Directory } from "../../ports/Directory.ts"
import type { ApiKeyId } from "../model/ApiKey.ts"
import { everyPart } from "../paging/Paging.ts"
import { apiKeyExpiry, apiKeysGood } from "../telemetry/IdentityMetrics.ts"

const INTERVAL = Duration.minutes(5)

const PART = 100

/** Nobody waits for a key that wasn't used for this long, so its end surprises nobody. */
const IN_USE = Duration.days(30)

/** Sets metrics until interrupted. While the store can't be asked, they keep their last values. */
export const reportApiKeys: Effect.Effect<void, never, Directory> = Effect.gen(function*() {
  const { listApiKeys } = yield* Directory
  const all = everyPart((after: Option.Option<ApiKeyId>) => listApiKeys({ limit: PART, after }))
  const [parts, now] = [yield* Stream.runCollect(all), yield* DateTime.now]
  const good = parts.flat().filter(({ expiresAt }) => DateTime.isGreaterThan(expiresAt, now))
  const recently = DateTime.subtractDuration(now, IN_USE)
  const inUse = good.filter(({ lastUsedAt }) =>
    lastUsedAt !== undefined && DateTime.isGreaterThan(lastUsedAt, recently)
  )
  const expiries = inUse.map(({ expiresAt }) => DateTime.toEpochMillis(expiresAt) / 1000)
  yield* Metric.update(apiKeysGood, good.length)
  yield* Metric.update(apiKeyExpiry, expiries.length === 0 ? 0 : Math.min(...expiries))
}).pipe(Effect.exit, Effect.repeat(Schedule.spaced(INTERVAL)), Effect.asVoid)
