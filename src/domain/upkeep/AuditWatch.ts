/**
 * Verifies the audit log once a day, so that operators learn of tampering by themselves. It sets a metric, and logs an
 * error if something is wrong.
 *
 * It reads the whole log, a few entries at a time and with pauses, so that requests hardly notice. A lease, which is
 * extended as long as it reads, makes sure that one node reads at a time. A node that finds the lease taken asks again
 * an hour later.
 */
import { Clock, DateTime, Duration, Effect, Metric } from "effect"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { Leases } from "../../ports/Leases.ts"
import { AuditReview } from "../audit/AuditReview.ts"
import { auditBreaks, auditVerified } from "../telemetry/IdentityMetrics.ts"
import { logFailure } from "./UpkeepFailure.ts"

const LEASE = "audit-verification"

/** Not at once, because a starting server has other work, and some servers start often. */
const AFTER_START = Duration.minutes(10)

const INTERVAL = Duration.days(1)

/** How long a node keeps the lease, and how long it waits after it could not get or use the lease. */
const PATIENCE = Duration.hours(1)

/** The pause after every hundred entries, which take a few milliseconds themselves. */
const PAUSE = Duration.millis(5)

/** Verifies until interrupted. Outages and mistakes only delay it. */
export const watchAudit: Effect.Effect<never, never, AuditReview | IdGenerator | Leases> = Effect.gen(function*() {
  const review = yield* AuditReview
  const leases = yield* Leases
  const holder = yield* (yield* IdGenerator).holderId

  const hold = Effect.gen(function*() {
    const now = yield* DateTime.now
    return yield* leases.acquire({ name: LEASE, holder, now, until: DateTime.addDuration(now, PATIENCE) })
  })

  const verify = Effect.gen(function*() {
    let heldAt = yield* Clock.currentTimeMillis
    const progress = Effect.gen(function*() {
      yield* Effect.sleep(PAUSE)
      const now = yield* Clock.currentTimeMillis
      if (now - heldAt < Duration.toMillis(PATIENCE) / 2) return
      heldAt = now
      yield* Effect.ignore(hold)
    })
    const { broken } = yield* review.verify(() => progress, { breaksMax: 0 })
    yield* Metric.update(auditBreaks, broken)
    yield* Metric.update(auditVerified, (yield* Clock.currentTimeMillis) / 1000)
    if (broken > 0) {
      yield* Effect.logError("The audit log is not what its writers left: identity audit-log --verify says where").pipe(
        Effect.annotateLogs({ "audit.breaks": broken })
      )
    }
  })

  /** Returns how long to wait before the next turn. */
  const turn = Effect.gen(function*() {
    if (!(yield* hold)) return PATIENCE
    yield* verify
    yield* leases.release({ name: LEASE, holder })
    return INTERVAL
  })

  yield* Effect.sleep(AFTER_START)
  const next = Effect.catchCause(
    turn,
    (cause) => Effect.as(logFailure("The audit log can't be verified now; this is tried again", cause), PATIENCE)
  )
  return yield* Effect.forever(Effect.flatMap(next, Effect.sleep))
})
