/**
 * Gives holders everything that is stored about them.
 *
 * It needs an elevated session, because it shows where its holder has been: a stolen session must not.
 */
import { Context, DateTime, Effect, Layer, Option } from "effect"
import type { Stream } from "effect"
import { AccountTransfer } from "../../ports/AccountTransfer.ts"
import { AuditLog } from "../../ports/AuditLog.ts"
import { Directory } from "../../ports/Directory.ts"
import { FactorStore } from "../../ports/FactorStore.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import type { SessionPosition, SessionWithAccount } from "../../ports/SessionStore.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { AccountId } from "../model/Account.ts"
import type { AuditEvent } from "../model/Audit.ts"
import type { Factor } from "../model/Factor.ts"
import type { ReauthenticationRequired, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { ExternalId } from "../model/ImportRow.ts"
import type { Mail, MailId } from "../model/Mail.ts"
import type { Session } from "../model/Session.ts"
import { everyPart } from "../paging/Paging.ts"
import { Elevations } from "../sessions/Elevations.ts"

/** What is stored about one account besides itself. The lists come in parts, and no part is empty. */
export interface StoredRecords {
  /** The id in the system that the account came from. */
  readonly externalId: ExternalId | undefined
  /** All of them, oldest first. */
  readonly factors: ReadonlyArray<Factor>
  /** Those that wait, and those of the last days, newest first. */
  readonly mails: Stream.Stream<ReadonlyArray<Mail>, StoreUnavailable>
  /** The live ones, newest first. */
  readonly sessions: Stream.Stream<ReadonlyArray<Session>, StoreUnavailable>
  /** What the audit log still has about the account, oldest first. Entries that can't be read are left out. */
  readonly events: Stream.Stream<ReadonlyArray<AuditEvent>, StoreUnavailable>
}

/** How many mails, sessions or entries are read at once. */
const PART = 100

export class OwnRecords extends Context.Service<OwnRecords, {
  /** What is stored about the caller. That it was asked for is recorded. Needs an elevated session. */
  readonly read: (
    caller: SessionWithAccount
  ) => Effect.Effect<StoredRecords, ReauthenticationRequired | StoreUnavailable>
}>()("identityd/domain/accounts/OwnRecords") {
  static readonly layer = Layer.effect(
    OwnRecords,
    Effect.gen(function*() {
      const transfer = yield* AccountTransfer
      const directory = yield* Directory
      const log = yield* AuditLog
      const factors = yield* FactorStore
      const sessions = yield* SessionStore
      const trail = yield* AuditTrail
      const { requireElevated } = yield* Elevations

      const mailsOf = (accountId: AccountId) => {
        const query = { accountId: Option.some(accountId), status: Option.none(), limit: PART }
        return everyPart((after: Option.Option<MailId>) => directory.listMails({ ...query, after }))
      }

      const sessionsOf = (accountId: AccountId, now: DateTime.Utc) =>
        everyPart((after: Option.Option<SessionPosition>) =>
          sessions.listSessions({ accountId, now, limit: PART, after })
        )

      const eventsOf = (accountId: AccountId) =>
        everyPart((after: Option.Option<number>) => {
          const afterSequence = Option.getOrElse(after, () => 0)
          return Effect.map(log.chains([{ chain: accountId, afterSequence, limit: PART }]), (entries) => ({
            items: entries.flatMap(({ event }) => event?.accountId === accountId ? [event] : []),
            next: Option.fromUndefinedOr(entries.length < PART ? undefined : entries.at(-1)?.sequence)
          }))
        })

      const read = Effect.fn("OwnRecords.read")(function*({ account: { id }, session }: SessionWithAccount) {
        yield* requireElevated(session)
        yield* trail.record({ action: "account.exported", accountId: id })
        const [known] = yield* transfer.findKnown({ ids: [id], externalIds: [], emailKeys: [] })
        const data: StoredRecords = {
          externalId: known?.externalId,
          factors: (yield* factors.list(id)).map(({ factor }) => factor),
          mails: mailsOf(id),
          sessions: sessionsOf(id, yield* DateTime.now),
          events: eventsOf(id)
        }
        return data
      })

      return OwnRecords.of({ read })
    })
  )
}
