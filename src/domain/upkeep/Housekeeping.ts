/**
 * Deletes records that are no longer needed, in small steps: ended sessions, expired idempotency keys, old attempts,
 * expired challenges, mails that were sent or given up a while ago, and audit entries past their retention.
 *
 * The store's clock decides what has expired. A machine whose own clock is far from it deletes nothing: one of the two
 * clocks is wrong, and a deletion can't be undone.
 *
 * Any node may do this at any time. When several servers do it by themselves, a lease lets one work at a time, so that
 * they don't compete for the same rows. If that one dies, another takes over when the lease ends.
 */
import { Clock, Context, DateTime, Duration, Effect, Layer, Metric, Schedule } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { Leases } from "../../ports/Leases.ts"
import { Outbox } from "../../ports/Outbox.ts"
import { Retention } from "../../ports/Retention.ts"
import type { Prunable } from "../../ports/Retention.ts"
import { AuditRetention } from "../audit/AuditRetention.ts"
import { SharedClock } from "../clock/SharedClock.ts"
import type { ClockTooFarOff, StoreUnavailable } from "../model/IdentityErrors.ts"
import { mailsBy, pruneCompleted, pruneSeconds, recordsPruned } from "../telemetry/IdentityMetrics.ts"
import { logFailure } from "./UpkeepFailure.ts"

/** How many records of each kind were deleted. */
export type Pruned = Readonly<Record<Prunable, number>>

/** How many rows one step deletes, so that it never holds locks for long. */
const BATCH = 1000

/** How long a mail is kept after it was sent, refused or given up. Until then, operators can see what became of it. */
const MAIL_RETENTION = Duration.days(7)

const LEASE = "house-keeping"

/** How long a node keeps the lease without renewing it. It renews the lease before every step. */
const LEASE_LIFETIME = Duration.minutes(1)

/** How often a server looks for expired records. */
const INTERVAL = Duration.minutes(5)

const noteCompleted = Effect.flatMap(
  Clock.currentTimeMillis,
  (millis) => Metric.update(pruneCompleted, millis / 1000)
)

export class Housekeeping extends Context.Service<Housekeeping, {
  /**
   * Deletes everything that has expired and returns how much that was. `progress` receives the running totals after
   * each step.
   */
  readonly prune: (
    progress: (pruned: Pruned) => Effect.Effect<void, StoreUnavailable>
  ) => Effect.Effect<Pruned, ClockTooFarOff | StoreUnavailable>

  /** Prunes every few minutes, unless another node is doing so, until interrupted. Outages only delay it. */
  readonly run: Effect.Effect<never>
}>()("identityd/domain/upkeep/Housekeeping") {
  static readonly layer = Layer.effect(
    Housekeeping,
    Effect.gen(function*() {
      const retention = yield* Retention
      const leases = yield* Leases
      const outbox = yield* Outbox
      const auditRetention = yield* AuditRetention
      const ids = yield* IdGenerator
      const { clock, trustedNow } = yield* SharedClock
      const holder = yield* ids.holderId

      const prune = Effect.fn("Housekeeping.prune")(function*(
        progress: (pruned: Pruned) => Effect.Effect<void, StoreUnavailable>
      ) {
        const now = yield* trustedNow
        const pruned = { sessions: 0, idempotencyKeys: 0, guessBudgets: 0, challenges: 0, mails: 0, auditEntries: 0 }
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
        yield* pruneAll("challenges", now)
        yield* expireMails(now)
        yield* pruneAll("mails", DateTime.subtractDuration(now, MAIL_RETENTION))
        if (auditRetention !== undefined) {
          yield* pruneAll("auditEntries", DateTime.subtractDuration(now, auditRetention))
        }
        yield* Metric.update(recordsPruned("session"), pruned.sessions)
        yield* Metric.update(recordsPruned("idempotency-key"), pruned.idempotencyKeys)
        yield* Metric.update(recordsPruned("attempt-budget"), pruned.guessBudgets)
        yield* Metric.update(recordsPruned("challenge"), pruned.challenges)
        yield* Metric.update(recordsPruned("mail"), pruned.mails)
        yield* Metric.update(recordsPruned("audit-entry"), pruned.auditEntries)
        yield* noteCompleted
        return pruned
      }, Effect.trackDuration(pruneSeconds, (duration) => Duration.toSeconds(duration)))

      const expireMails = Effect.fnUntraced(function*(now: DateTime.Utc) {
        let expired = BATCH
        while (expired === BATCH) {
          const mails = yield* outbox.expire({ now, limit: BATCH })
          yield* Effect.forEach(mails, ({ purpose }) => Metric.update(mailsBy(purpose, "expired"), 1), {
            discard: true
          })
          expired = mails.length
        }
      })

      const acquire = Effect.gen(function*() {
        const now = DateTime.makeUnsafe(yield* clock.currentTimeMillis)
        return yield* leases.acquire({ name: LEASE, holder, now, until: DateTime.addDuration(now, LEASE_LIFETIME) })
      })

      const turn = Effect.gen(function*() {
        // This comes before the lease, because a node that must not prune would only keep the lease from the others.
        yield* trustedNow
        if (!(yield* acquire)) return
        yield* prune(() => Effect.asVoid(acquire))
        yield* leases.release({ name: LEASE, holder })
      })

      // Only disk space depends on it, so an outage is logged once and the next turn tries again.
      const run = Effect.gen(function*() {
        const announce = Announcer.onChange(false)
        // Until the first round, the metric counts from the start of the server.
        yield* noteCompleted
        const attempt = Effect.matchCauseEffect(turn, {
          onFailure: (cause) =>
            announce(true, logFailure("Expired records can't be deleted now; this is tried again", cause)),
          onSuccess: () => announce(false, Effect.void)
        })
        yield* Effect.repeat(attempt, Schedule.jittered(Schedule.spaced(INTERVAL)))
        return yield* Effect.never
      })

      return Housekeeping.of({ prune, run })
    })
  )
}
