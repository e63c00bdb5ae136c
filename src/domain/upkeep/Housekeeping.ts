/**
 * Forgets what is over: ended sessions, expired idempotency keys, old attempts and, where they are not kept for ever,
 * old entries of the audit log, in small steps.
 *
 * What is over is decided by the store's clock, and nothing is deleted by a machine whose own is far from it: what is
 * deleted does not come back, and one of the two clocks is wrong.
 *
 * Anybody may do it at any time. When several servers do so by themselves, a lease lets one of them work at a time, so
 * that they don't compete for the same rows; if it dies, another takes over when the lease ends.
 */
import { Clock, Context, DateTime, Duration, Effect, Layer, Metric, Schedule } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { Leases } from "../../ports/Leases.ts"
import { Retention } from "../../ports/Retention.ts"
import type { Prunable } from "../../ports/Retention.ts"
import { SharedClock } from "../clock/SharedClock.ts"
import type { ClockTooFarOff, StoreUnavailable } from "../model/IdentityErrors.ts"
import { pruneCompleted, pruneSeconds, recordsPruned } from "../telemetry/IdentityMetrics.ts"
import { AuditRetention } from "./AuditRetention.ts"

/** How many of each kind were forgotten. */
export type Pruned = Readonly<Record<Prunable, number>>

/** How many rows one step removes, so that it never holds locks for long. */
const BATCH = 1000

const LEASE = "house-keeping"

/** How long a node keeps the lease without renewing it; it does so before every step. */
const LEASE_LIFETIME = Duration.minutes(1)

/** How often a server looks for something to forget. */
const INTERVAL = Duration.minutes(5)

const noteCompleted = Effect.flatMap(
  Clock.currentTimeMillis,
  (millis) => Metric.update(pruneCompleted, millis / 1000)
)

export class Housekeeping extends Context.Service<Housekeeping, {
  /** Forgets everything that is over now; answers how much that was. `progress` is told after each step. */
  readonly prune: (
    progress: (pruned: Pruned) => Effect.Effect<void, StoreUnavailable>
  ) => Effect.Effect<Pruned, ClockTooFarOff | StoreUnavailable>

  /** Prunes every few minutes, whenever no other node does, until interrupted. Outages only delay it. */
  readonly run: Effect.Effect<never>
}>()("identityd/domain/upkeep/Housekeeping") {
  static readonly layer = Layer.effect(
    Housekeeping,
    Effect.gen(function*() {
      const retention = yield* Retention
      const leases = yield* Leases
      const auditRetention = yield* AuditRetention
      const ids = yield* IdGenerator
      const { clock, trusted } = yield* SharedClock
      const holder = yield* ids.holderId

      const prune = Effect.fn("Housekeeping.prune")(function*(
        progress: (pruned: Pruned) => Effect.Effect<void, StoreUnavailable>
      ) {
        const now = yield* trusted
        const pruned = { sessions: 0, idempotencyKeys: 0, guessBudgets: 0, auditEntries: 0 }
        const pruneAll = Effect.fnUntraced(function*(kind: Prunable, asOf: DateTime.Utc) {
          let removed = BATCH
          while (removed === BATCH) {
            removed = yield* retention.prune(kind, { asOf, limit: BATCH })
            pruned[kind] += removed
            yield* progress({ ...pruned })
          }
        })
        yield* pruneAll("sessions", now)
        yield* pruneAll("idempotencyKeys", now)
        yield* pruneAll("guessBudgets", now)
        if (auditRetention !== undefined) {
          yield* pruneAll("auditEntries", DateTime.subtractDuration(now, auditRetention))
        }
        yield* Metric.update(recordsPruned("session"), pruned.sessions)
        yield* Metric.update(recordsPruned("idempotency-key"), pruned.idempotencyKeys)
        yield* Metric.update(recordsPruned("attempt-budget"), pruned.guessBudgets)
        yield* Metric.update(recordsPruned("audit-entry"), pruned.auditEntries)
        yield* noteCompleted
        return pruned
      }, Effect.trackDuration(pruneSeconds, (duration) => Duration.toSeconds(duration)))

      const acquire = Effect.gen(function*() {
        const now = DateTime.makeUnsafe(yield* clock.currentTimeMillis)
        return yield* leases.acquire({ name: LEASE, holder, now, until: DateTime.addDuration(now, LEASE_LIFETIME) })
      })

      const turn = Effect.gen(function*() {
        // Before the lease, which a node that may not prune would only keep from the others.
        yield* trusted
        if (!(yield* acquire)) return
        yield* prune(() => Effect.asVoid(acquire))
        yield* leases.release({ name: LEASE, holder })
      })

      // Nothing depends on it but disk space, so an outage is told once and the next turn tries again.
      const run = Effect.gen(function*() {
        const announce = Announcer.onChange(false)
        // What has not been done yet is as old as the server.
        yield* noteCompleted
        const attempt = Effect.matchCauseEffect(turn, {
          onFailure: (cause) =>
            announce(true, Effect.logWarning("What is over can't be removed now; it is tried again", cause)),
          onSuccess: () => announce(false, Effect.void)
        })
        yield* Effect.repeat(attempt, Schedule.jittered(Schedule.spaced(INTERVAL)))
        return yield* Effect.never
      })

      return Housekeeping.of({ prune, run })
    })
  )
}
