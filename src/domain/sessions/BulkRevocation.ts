/**
 * Ends sessions that match a filter, for one account or all of them. After an incident, for example, it ends every
 * session that was started from one network before a given time. It needs a directory to find them.
 */
import { Context, DateTime, Effect, Layer, Metric, Option } from "effect"
import { Directory } from "../../ports/Directory.ts"
import type { FoundSessions, SessionPlace } from "../../ports/Directory.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { SharedClock } from "../clock/SharedClock.ts"
import type { AccountId } from "../model/Account.ts"
import type { ClockTooFarOff, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { SessionFilter } from "../model/Session.ts"
import { sessionsEndedBy } from "../telemetry/IdentityMetrics.ts"

export interface RevocationTotal {
  readonly accounts: number
  readonly sessions: number
}

/** `accountId` restricts it to one account. */
type ByFilter<E> = (
  filter: SessionFilter,
  accountId: Option.Option<AccountId>,
  progress: (total: RevocationTotal) => Effect.Effect<void>
) => Effect.Effect<RevocationTotal, E | StoreUnavailable>

export class BulkRevocation extends Context.Service<BulkRevocation, {
  /** Counts the live sessions that a filter matches, without ending any. */
  readonly count: ByFilter<never>

  /**
   * Ends the live sessions that a filter matches and returns how many it ended. Each account is one step, or several
   * for more than a thousand sessions. Sessions that start meanwhile may escape a filter that would match them;
   * `createdBefore` makes the set definite.
   *
   * Fails with `ClockTooFarOff` if `createdBefore` is in the future and the machine's clock is far off, because an
   * instant computed on that machine is then probably wrong.
   */
  readonly revoke: ByFilter<ClockTooFarOff>
}>()("identityd/domain/sessions/BulkRevocation") {
  static readonly layer = Layer.effect(
    BulkRevocation,
    Effect.gen(function*() {
      const store = yield* SessionStore
      const directory = yield* Directory
      const trail = yield* AuditTrail
      const { trustedNow } = yield* SharedClock

      const walk = Effect.fnUntraced(function*(
        [filter, accountId, progress]: Parameters<ByFilter<never>>,
        end: (found: FoundSessions, now: DateTime.Utc) => Effect.Effect<number, StoreUnavailable>
      ) {
        const now = yield* DateTime.now
        let total: RevocationTotal = { accounts: 0, sessions: 0 }
        let after = Option.none<SessionPlace>()
        let latest: AccountId | undefined
        do {
          const { items, next } = yield* directory.findSessions({ filter, accountId, now, after })
          for (const found of items) {
            const sessions = yield* end(found, now)
            // An account with many sessions may continue in the next step.
            const isNew = sessions > 0 && found.accountId !== latest
            latest = sessions > 0 ? found.accountId : latest
            total = { accounts: total.accounts + (isNew ? 1 : 0), sessions: total.sessions + sessions }
          }
          yield* progress(total)
          after = next
        } while (Option.isSome(after))
        return total
      })

      const count: ByFilter<never> = Effect.fn("BulkRevocation.count")((...chosen) =>
        walk(chosen, ({ ids }) => Effect.succeed(ids.length))
      )

      const end = Effect.fnUntraced(function*({ accountId, ids }: FoundSessions, now: DateTime.Utc) {
        let ended = 0
        for (let left = ids; left.length > 0;) {
          const commit = yield* trail.commit({ action: "sessions.revoked", accountId })
          const { count, rest } = yield* store.endSessions({ accountId, ids: left, now, commit })
          ended += count
          left = rest
        }
        yield* Metric.update(sessionsEndedBy("revoked"), ended)
        return ended
      })

      const revoke: ByFilter<ClockTooFarOff> = Effect.fn("BulkRevocation.revoke")(function*(...chosen) {
        const [{ createdBefore }] = chosen
        if (createdBefore !== undefined && DateTime.isGreaterThan(createdBefore, yield* DateTime.now)) yield* trustedNow
        return yield* walk(chosen, end)
      })

      return BulkRevocation.of({ count, revoke })
    })
  )
}
