/**
 * The audit log for operators: lists its entries, and proves that nobody tampered with it.
 */
import { Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import { AuditLog } from "../../ports/AuditLog.ts"
import type { ChainHead } from "../../ports/AuditLog.ts"
import { Directory } from "../../ports/Directory.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import type { AccountId } from "../model/Account.ts"
import type { AuditAction, StoredEntry } from "../model/Audit.ts"
import type { InvalidCursor, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { Page, PageRequest } from "../model/Page.ts"
import { loadPage } from "../paging/Paging.ts"
import { firstPart, READ_BATCH, readTogether, verifyChain } from "./ChainVerification.ts"
import type { AuditBreak } from "./ChainVerification.ts"

export interface AuditFilter {
  readonly accountId: Option.Option<AccountId>
  readonly action: Option.Option<AuditAction>
  readonly since: Option.Option<DateTime.Utc>
}

/**
 * The ends of all chains at some time, by the chain's name. Kept outside the database, a checkpoint proves what was
 * recorded until then.
 */
export type AuditCheckpoint = ReadonlyMap<string, Pick<ChainHead, "hash" | "sequence">>

export interface AuditVerification {
  readonly chains: number
  readonly entries: number
  /**
   * How many entries are recorded as forgotten because of their age. Operators who keep all entries know that this
   * should be 0.
   */
  readonly forgotten: number
  readonly breaks: ReadonlyArray<AuditBreak>
  /** How many breaks there are, listed or not. */
  readonly broken: number
}

export class AuditReview extends Context.Service<AuditReview, {
  /** Entries, newest first. */
  readonly list: (
    filter: AuditFilter,
    page: PageRequest
  ) => Effect.Effect<Page<StoredEntry>, InvalidCursor | StoreUnavailable>

  /**
   * Reads every chain and reports its breaks: each unreadable entry up to the first other break, and entries outside
   * the chain. Entries recorded during the verification are no breaks.
   *
   * `progress` receives the number of entries read so far, after every few chains. `breaksMax` limits how many breaks
   * are listed, so that those of a log that is broken everywhere fit into memory; all are counted. `since` is a
   * checkpoint: each of its ends must still be an entry. `visit` receives the end of each intact chain, in the order of
   * their names.
   */
  readonly verify: (
    progress: (entries: number) => Effect.Effect<void>,
    options?: {
      readonly since?: AuditCheckpoint
      readonly breaksMax?: number
      readonly visit?: (end: ChainHead) => void
    }
  ) => Effect.Effect<AuditVerification, StoreUnavailable>
}>()("identityd/domain/audit/AuditReview") {
  static readonly layer = Layer.effect(
    AuditReview,
    Effect.gen(function*() {
      const log = yield* AuditLog
      const directory = yield* Directory
      const signer = yield* TokenSigner

      const list = Effect.fn("AuditReview.list")((filter: AuditFilter, page: PageRequest) =>
        loadPage(signer, {
          name: JSON.stringify([
            "audit",
            Option.getOrNull(filter.accountId),
            Option.getOrNull(filter.action),
            Option.getOrNull(Option.map(filter.since, DateTime.toEpochMillis))
          ]),
          position: Position,
          load: (limit, after) => directory.listEntries({ ...filter, limit, after })
        }, page)
      )

      const verify = Effect.fn("AuditReview.verify")(function*(
        progress: (entries: number) => Effect.Effect<void>,
        { breaksMax = Infinity, since = new Map(), visit }: Parameters<AuditReview["Service"]["verify"]>[1] = {}
      ) {
        const unseen = new Map(since)
        const breaks: Array<AuditBreak> = []
        let broken = 0
        const note = (found: ReadonlyArray<AuditBreak>) => {
          broken += found.length
          breaks.push(...found.slice(0, Math.max(0, breaksMax - breaks.length)))
        }
        let chains = 0
        let entries = 0
        let forgotten = 0
        let states = yield* directory.listChains({ limit: READ_BATCH, after: Option.none() })
        while (states.length > 0) {
          for (const group of readTogether(states)) {
            const parts = group.map(firstPart)
            const found = Map.groupBy(yield* log.chains(parts), ({ chain }) => chain)
            for (const state of group) {
              const verified = yield* verifyChain(log, state, found.get(state.chain) ?? [], since.get(state.chain))
              unseen.delete(state.chain)
              if (visit !== undefined && verified.breaks.length === 0) Option.map(state.head, visit)
              chains += 1
              entries += verified.entries
              forgotten += state.start.sequence
              note(verified.breaks)
            }
            yield* progress(entries)
          }
          states = yield* directory.listChains({
            limit: READ_BATCH,
            after: Option.fromUndefinedOr(states.at(-1)?.chain)
          })
        }
        for (const [chain, { sequence }] of unseen) note([{ chain, sequence, problem: "checkpoint-mismatch" }])
        return { chains, entries, forgotten, breaks, broken }
      })

      return AuditReview.of({ list, verify })
    })
  )
}

/** Any text, because somebody who writes to the database directly can choose any id. */
const Position = Schema.String
