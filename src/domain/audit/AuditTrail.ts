/**
 * The audit log as people use it: describes what happens, pages through it, and proves that nobody tampered with it.
 */
import { Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import { AuditLog } from "../../ports/AuditLog.ts"
import type { ChainHead, ChainState } from "../../ports/AuditLog.ts"
import type { UnconditionalCommit } from "../../ports/Commit.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import type { AccountId } from "../model/Account.ts"
import { AuditEvent, canonicalText, CHAIN_START, isInOwnChain } from "../model/Audit.ts"
import type { AccountPart, AuditAction, AuditEntryId, StoredEntry } from "../model/Audit.ts"
import type { InvalidCursor, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { Page, PageRequest } from "../model/Page.ts"
import type { SessionId } from "../model/Session.ts"
import { loadPage } from "../paging/Paging.ts"
import { AuditContext } from "./AuditContext.ts"

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

/**
 * Where a chain is not what its writers left.
 *
 * - `entry-missing`: the place is empty, though the chain goes on or ends later.
 * - `entry-altered`: the entry's hash does not follow from the entry and the one before it.
 * - `entry-unreadable`: what is stored is no event, so nobody can tell what it was.
 * - `entry-foreign`: the entry is about another account than the chain.
 * - `entry-unexpected`: there are entries before the first place or after the end.
 * - `head-altered`: the end that is kept for the next writer is not that of the entries, or is gone.
 * - `checkpoint-mismatch`: the entry that a checkpoint knew as the last is another one by now, or gone.
 * - `checkpoint-outlived`: entries behind it were forgotten as well, so it proves nothing about this chain any more.
 */
export interface AuditBreak {
  readonly chain: string
  readonly sequence: number
  readonly problem:
    | "checkpoint-mismatch"
    | "checkpoint-outlived"
    | "entry-altered"
    | "entry-foreign"
    | "entry-missing"
    | "entry-unexpected"
    | "entry-unreadable"
    | "head-altered"
  /** The id of an entry that is there but unreadable. */
  readonly entryId?: string
}

/**
 * The end of every chain as it once was, by the chain's name. Kept elsewhere, it proves what was recorded until then.
 */
export type AuditCheckpoint = ReadonlyMap<string, Pick<ChainHead, "hash" | "sequence">>

export interface AuditVerification {
  readonly chains: number
  readonly entries: number
  /** How many are said to have been forgotten because of their age. Who keeps all of them knows better. */
  readonly forgotten: number
  readonly breaks: ReadonlyArray<AuditBreak>
}

/** How many rows a verification reads at once. */
const READ_BATCH = 500

/** What happens to no known account is spread over this many chains, so that its writers don't wait for each other. */
const ANONYMOUS_CHAINS = 36

export class AuditTrail extends Context.Service<AuditTrail, {
  /** The commit of a mutation by whoever the current request belongs to, now. */
  readonly commit: (subject: AuditSubject) => Effect.Effect<UnconditionalCommit>

  /** Records an event that changed nothing else. */
  readonly record: (subject: AuditSubject) => Effect.Effect<void, StoreUnavailable>

  /** Entries, newest first. */
  readonly list: (
    filter: AuditFilter,
    page: PageRequest
  ) => Effect.Effect<Page<StoredEntry>, InvalidCursor | StoreUnavailable>

  /**
   * Reads every chain and reports what is wrong with it: each unreadable entry up to the first other break, and entries
   * outside. `progress` is told after each chain how many entries have been read. Entries recorded meanwhile are no
   * break. `since` is what a checkpoint knew: each of its ends must still be an entry. `visit` is told the end of each
   * chain that holds, in the order of their names.
   */
  readonly verify: (
    progress: (entries: number) => Effect.Effect<void>,
    options?: {
      readonly since?: AuditCheckpoint
      readonly visit?: (end: ChainHead) => void
    }
  ) => Effect.Effect<AuditVerification, StoreUnavailable>
}>()("identityd/domain/audit/AuditTrail") {
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

      const commit = (subject: AuditSubject) => Effect.map(describe(subject), (audit) => ({ audit }))

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
          load: (limit, after) => log.list({ ...filter, limit, after })
        }, page)
      )

      const verify = Effect.fn("AuditTrail.verify")(function*(
        progress: (entries: number) => Effect.Effect<void>,
        { since = new Map(), visit }: Parameters<AuditTrail["Service"]["verify"]>[1] = {}
      ) {
        const unseen = new Map(since)
        const breaks: Array<AuditBreak> = []
        let chains = 0
        let entries = 0
        let forgotten = 0
        let states = yield* log.chains({ limit: READ_BATCH, after: Option.none() })
        while (states.length > 0) {
          for (const state of states) {
            const verified = yield* verifyChain(log, state, since.get(state.chain))
            unseen.delete(state.chain)
            if (visit !== undefined && verified.breaks.length === 0) Option.map(state.head, visit)
            chains += 1
            entries += verified.entries
            forgotten += state.start.sequence
            breaks.push(...verified.breaks)
            yield* progress(entries)
          }
          states = yield* log.chains({ limit: READ_BATCH, after: Option.fromUndefinedOr(states.at(-1)?.chain) })
        }
        for (const [chain, { sequence }] of unseen) breaks.push({ chain, sequence, problem: "checkpoint-mismatch" })
        return { chains, entries, forgotten, breaks }
      })

      return AuditTrail.of({ commit, record, list, verify })
    })
  )
}

/** Whatever the id of an entry is that was written past the service. */
const Position = Schema.String

const anonymousChain = (id: AuditEntryId): string =>
  `anonymous-${(Number.parseInt(id.slice(-2), 36) % ANONYMOUS_CHAINS).toString().padStart(2, "0")}`

const verifyChain = Effect.fnUntraced(function*(
  log: AuditLog["Service"],
  { chain, head, span, start }: ChainState,
  known: Pick<ChainHead, "hash" | "sequence"> | undefined
) {
  const end = Option.getOrElse(head, () => ({ chain, sequence: 0, hash: CHAIN_START }))
  const { breaks, entries, markedHash } = yield* followChain(log, start, end, known?.sequence ?? 0)
  if (known !== undefined && markedHash !== known.hash) {
    const problem = known.sequence < start.sequence ? "checkpoint-outlived" : "checkpoint-mismatch"
    breaks.push({ chain, sequence: known.sequence, problem })
  }
  const outside = Option.match(span, {
    onNone: () => [],
    onSome: ({ first, last }) => [...(first <= start.sequence ? [first] : []), ...(last > end.sequence ? [last] : [])]
  }).map((sequence): AuditBreak => ({ chain, sequence, problem: "entry-unexpected" }))
  const lost: ReadonlyArray<AuditBreak> = [{ chain, sequence: 1, problem: "head-altered" }]
  return { entries, breaks: Option.isSome(head) ? [...breaks, ...outside] : lost }
})

/**
 * Reads one chain from its start up to an end that was read before its entries, so that later entries don't matter.
 * Also answers the hash of the entry at the place `marked`, if it came so far.
 */
const followChain = Effect.fnUntraced(function*(
  log: AuditLog["Service"],
  start: ChainState["start"],
  head: ChainHead,
  marked: number
) {
  const { chain } = head
  const breaks: Array<AuditBreak> = []
  let { hash, sequence } = start
  let markedHash = sequence === marked ? hash : undefined
  while (sequence < head.sequence) {
    const limit = Math.min(READ_BATCH, head.sequence - sequence)
    const entries = yield* log.chain({ chain, afterSequence: sequence, limit })
    if (entries.length === 0) breaks.push({ chain, sequence: sequence + 1, problem: "entry-missing" })
    for (const entry of entries) {
      const problem = problemOf(log, entry, sequence + 1, hash)
      if (problem !== undefined) breaks.push({ chain, sequence: sequence + 1, ...problem })
      // What an unreadable entry said is lost, but not that others follow it.
      if (problem !== undefined && problem.problem !== "entry-unreadable") {
        return { entries: sequence - start.sequence, breaks, markedHash }
      }
      hash = entry.hash
      sequence += 1
      if (sequence === marked) markedHash = hash
    }
    if (entries.length === 0) return { entries: sequence - start.sequence, breaks, markedHash }
  }
  if (head.hash !== hash) breaks.push({ chain, sequence: sequence + 1, problem: "head-altered" })
  return { entries: sequence - start.sequence, breaks, markedHash }
})

const problemOf = (
  log: AuditLog["Service"],
  { event, hash, id, sequence }: StoredEntry,
  place: number,
  previous: string
): Pick<AuditBreak, "entryId" | "problem"> | undefined => {
  if (sequence !== place) return { problem: "entry-missing" }
  if (event === undefined) return { problem: "entry-unreadable", entryId: id }
  if (hash !== log.digest(previous + canonicalText(event))) return { problem: "entry-altered" }
  return isInOwnChain(event) ? undefined : { problem: "entry-foreign" }
}
