/**
 * Ends sessions by what they have in common, over one account or all of them: after an incident, say, every session
 * that was started from a network before an hour.
 */
import { Context, DateTime, Effect, Layer, Metric, Option } from "effect"
import { IdentityStore } from "../../ports/IdentityStore.ts"
import type { SessionPlace, SessionPosition } from "../../ports/IdentityStore.ts"
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

export type RevocationProgress = (total: RevocationTotal) => Effect.Effect<void>

export class SessionRevocation extends Context.Service<SessionRevocation, {
  /** How many live sessions a filter matches, without ending any. `accountId` restricts it to one account. */
  readonly count: (
    filter: SessionFilter,
    accountId: Option.Option<AccountId>,
    progress: RevocationProgress
  ) => Effect.Effect<RevocationTotal, StoreUnavailable>

  /**
   * Ends the live sessions a filter matches, account by account, in one step each or, of more than a thousand sessions,
   * in several; answers how many it ended. Sessions that start meanwhile may escape a filter that would match them:
   * `createdBefore` makes the set definite. One that lies in the future is refused on a machine whose clock is far off:
   * whoever computed it there meant another instant.
   */
  readonly revoke: (
    filter: SessionFilter,
    accountId: Option.Option<AccountId>,
    progress: RevocationProgress
  ) => Effect.Effect<RevocationTotal, ClockTooFarOff | StoreUnavailable>
}>()("identityd/domain/sessions/SessionRevocation") {
  static readonly layer = Layer.effect(
    SessionRevocation,
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const trail = yield* AuditTrail
      const { trusted } = yield* SharedClock

      const walk = Effect.fnUntraced(function*(
        filter: SessionFilter,
        accountId: Option.Option<AccountId>,
        progress: RevocationProgress,
        end: (accountId: AccountId, now: DateTime.Utc, count: number) => Effect.Effect<number, StoreUnavailable>
      ) {
        const now = yield* DateTime.now
        let total: RevocationTotal = { accounts: 0, sessions: 0 }
        let after = Option.none<SessionPlace>()
        let latest: AccountId | undefined
        do {
          const { items, next } = yield* store.countSessions({ filter, accountId, now, after })
          for (const match of items) {
            const sessions = yield* end(match.accountId, now, match.count)
            // An account of many sessions may go on in the next step.
            const isNew = sessions > 0 && match.accountId !== latest
            latest = sessions > 0 ? match.accountId : latest
            total = { accounts: total.accounts + (isNew ? 1 : 0), sessions: total.sessions + sessions }
          }
          yield* progress(total)
          after = next
        } while (Option.isSome(after))
        return total
      })

      const count = Effect.fn("SessionRevocation.count")((
        filter: SessionFilter,
        accountId: Option.Option<AccountId>,
        progress: RevocationProgress
      ) => walk(filter, accountId, progress, (_, __, matched) => Effect.succeed(matched)))

      const endMatching = (filter: SessionFilter) =>
        Effect.fnUntraced(function*(accountId: AccountId, now: DateTime.Utc) {
          let ended = 0
          let after = Option.none<SessionPosition>()
          do {
            const commit = yield* trail.commit({ action: "sessions.revoked", accountId })
            const { count, next } = yield* store.endMatchingSessions({
              accountId,
              filter,
              now,
              after,
              commit
            })
            ended += count
            after = next
          } while (Option.isSome(after))
          yield* Metric.update(sessionsEndedBy("revoked"), ended)
          return ended
        })

      const revoke = Effect.fn("SessionRevocation.revoke")(function*(
        filter: SessionFilter,
        accountId: Option.Option<AccountId>,
        progress: RevocationProgress
      ) {
        const { createdBefore } = filter
        if (createdBefore !== undefined && DateTime.isGreaterThan(createdBefore, yield* DateTime.now)) yield* trusted
        return yield* walk(filter, accountId, progress, endMatching(filter))
      })

      return SessionRevocation.of({ count, revoke })
    })
  )
}
