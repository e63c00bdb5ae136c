/** Reports in metrics how many API keys there are, and when the first of those in use expires. */
import { DateTime, Duration, Effect, Metric, Option, Schedule } from "effect"
import { Directory } from "../../ports/Directory.ts"
import type { ApiKey, ApiKeyId } from "../model/ApiKey.ts"
import { apiKeyExpiry, apiKeysGood } from "../telemetry/IdentityMetrics.ts"

const INTERVAL = Duration.minutes(5)

const PART = 100

/** Nobody waits for a key that wasn't used for this long, so its end surprises nobody. */
const IN_USE = Duration.days(30)

const everyKey = Effect.gen(function*() {
  const { listApiKeys } = yield* Directory
  const keys: Array<ApiKey> = []
  let after = Option.none<ApiKeyId>()
  do {
    const part = yield* listApiKeys({ limit: PART, after })
    keys.push(...part.items)
    after = part.next
  } while (Option.isSome(after))
  return keys
})

/** Sets metrics until interrupted. While the store can't be asked, they keep their last values. */
export const reportApiKeys: Effect.Effect<void, never, Directory> = Effect.gen(function*() {
  const [keys, now] = [yield* everyKey, yield* DateTime.now]
  const good = keys.filter(({ expiresAt }) => DateTime.isGreaterThan(expiresAt, now))
  const recently = DateTime.subtractDuration(now, IN_USE)
  const inUse = good.filter(({ lastUsedAt }) =>
    lastUsedAt !== undefined && DateTime.isGreaterThan(lastUsedAt, recently)
  )
  const expiries = inUse.map(({ expiresAt }) => DateTime.toEpochMillis(expiresAt) / 1000)
  yield* Metric.update(apiKeysGood, good.length)
  yield* Metric.update(apiKeyExpiry, expiries.length === 0 ? 0 : Math.min(...expiries))
}).pipe(Effect.exit, Effect.repeat(Schedule.spaced(INTERVAL)), Effect.asVoid)
