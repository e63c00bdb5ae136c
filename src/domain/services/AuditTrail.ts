/**
 * The audit log as people use it: describes what happens, pages through it, and proves that nobody tampered with it.
 */
import { Context, DateTime, Effect, Layer, Option } from "effect"
import { AuditLog } from "../../ports/AuditLog.ts"
import type { ChainHead } from "../../ports/AuditLog.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import type { AccountId } from "../model/Account.ts"
import { AuditEntryId, AuditEvent, canonicalText, CHAIN_START } from "../model/Audit.ts"
import type { AccountPart, AuditAction, AuditEntry } from "../model/Audit.ts"
import type { InvalidCursor, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { Page, PageRequest } from "../model/Page.ts"
import type { SessionId } from "../model/Session.ts"
import { AuditContext } from "./AuditContext.ts"
import { loadPage } from "./Paging.ts"

/** What an event is about. Who did it, when and in which request is added to it. */
export interface AuditSubject {
  readonly action: AuditAction
  readonly accountId?: AccountId
  readonly sessionId?: SessionId
  readonly changed?: ReadonlyArray<AccountPart>
}

export interface AuditFilter {
  readonly accountId: Option.Option<AccountId>
  readonly action: Option.Option<AuditAction>
  readonly since: Option.Option<DateTime.Utc>
}

/** Where a chain is not what its writers left. */
export interface AuditBreak {
  readonly chain: string
  /** The first place at which the chain does not hold. */
  readonly sequence: number
  readonly problem: "entry-missing" | "entry-altered" | "head-altered"
}

export interface AuditVerification {
  readonly chains: number
  readonly entries: number
  readonly breaks: ReadonlyArray<AuditBreak>
}

/** How many rows a verification reads at once. */
const READ_BATCH = 500

/** What happens to no known account is spread over this many chains, so that its writers don't wait for each other. */
const ANONYMOUS_CHAINS = 36

export class AuditTrail extends Context.Service<AuditTrail, {
  /** An event by whoever the current request belongs to, now. */
  readonly describe: (subject: AuditSubject) => Effect.Effect<AuditEvent>

  /** Records an event that changed nothing else. */
  readonly record: (subject: AuditSubject) => Effect.Effect<void, StoreUnavailable>

  /** Entries, newest first. */
  readonly list: (
    filter: AuditFilter,
    page: PageRequest
  ) => Effect.Effect<Page<AuditEntry>, InvalidCursor | StoreUnavailable>

  /**
   * Reads every chain and reports the first break of each. `progress` is told after each batch how many entries have
   * been read. Entries recorded meanwhile are no break.
   */
  readonly verify: (
    progress: (entries: number) => Effect.Effect<void>
  ) => Effect.Effect<AuditVerification, StoreUnavailable>
}>()("identity/domain/services/AuditTrail") {
  static readonly layer = Layer.effect(
    AuditTrail,
    Effect.gen(function*() {
      const log = yield* AuditLog
      const ids = yield* IdGenerator
      const signer = yield* TokenSigner

      const describe = Effect.fnUntraced(function*(subject: AuditSubject) {
        const origin = yield* AuditContext
        const id = yield* ids.auditEntryId
        return AuditEvent.make({
          id,
          chain: subject.accountId ?? anonymousChain(id),
          occurredAt: yield* DateTime.now,
          actor: origin.actor,
          action: subject.action,
          accountId: subject.accountId,
          sessionId: subject.sessionId,
          changed: subject.changed ?? [],
          requestId: origin.requestId,
          clientAddress: origin.clientAddress
        })
      })

      const record = Effect.fn("AuditTrail.record")(function*(subject: AuditSubject) {
        yield* log.append(yield* describe(subject))
      })

      const list = Effect.fn("AuditTrail.list")((filter: AuditFilter, page: PageRequest) =>
        loadPage(signer, {
          name: JSON.stringify([
            "audit",
            Option.getOrNull(filter.accountId),
            Option.getOrNull(filter.action),
            Option.getOrNull(Option.map(filter.since, DateTime.toEpochMillis))
          ]),
          position: Position,
          positionOf: (entry: AuditEntry) => entry.event.id,
          load: (limit, after) => log.list({ ...filter, limit, after })
        }, page)
      )

      const verify = Effect.fn("AuditTrail.verify")(function*(progress: (entries: number) => Effect.Effect<void>) {
        const breaks: Array<AuditBreak> = []
        let chains = 0
        let entries = 0
        let heads = yield* log.heads({ limit: READ_BATCH, after: Option.none() })
        while (heads.length > 0) {
          for (const head of heads) {
            const checked = yield* verifyChain(log, head)
            chains += 1
            entries += checked.entries
            breaks.push(...Option.toArray(checked.broken))
            yield* progress(entries)
          }
          heads = yield* log.heads({ limit: READ_BATCH, after: Option.fromUndefinedOr(heads.at(-1)?.chain) })
        }
        for (const chain of yield* log.headless({ limit: READ_BATCH })) {
          breaks.push({ chain, sequence: 1, problem: "head-altered" })
        }
        return { chains, entries, breaks }
      })

      return AuditTrail.of({ describe, record, list, verify })
    })
  )
}

const Position = AuditEntryId

const anonymousChain = (id: AuditEntryId): string =>
  `anonymous-${(Number.parseInt(id.slice(-2), 36) % ANONYMOUS_CHAINS).toString().padStart(2, "0")}`

/** Follows one chain up to the head that was read before its entries, so that later entries don't matter. */
const verifyChain = Effect.fnUntraced(function*(log: AuditLog["Service"], head: ChainHead) {
  let hash = CHAIN_START
  let sequence = 0
  const broken = (problem: AuditBreak["problem"]) => ({
    entries: sequence,
    broken: Option.some<AuditBreak>({ chain: head.chain, sequence: sequence + 1, problem })
  })
  while (sequence < head.sequence) {
    const entries = yield* log.chain({
      chain: head.chain,
      afterSequence: sequence,
      limit: Math.min(READ_BATCH, head.sequence - sequence)
    })
    if (entries.length === 0) return broken("entry-missing")
    for (const entry of entries) {
      if (entry.sequence !== sequence + 1) return broken("entry-missing")
      if (Option.isNone(entry.event)) return broken("entry-altered")
      hash = log.digest(hash + canonicalText(entry.event.value))
      if (entry.hash !== hash) return broken("entry-altered")
      sequence += 1
    }
  }
  if (head.hash !== hash) return broken("head-altered")
  return { entries: sequence, broken: Option.none<AuditBreak>() }
})
