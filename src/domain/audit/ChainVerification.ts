/** Follows chains of the audit log, and finds where they aren't what their writers left. */
import { Effect, Option } from "effect"
import type { AuditLog, ChainHead, ChainPart } from "../../ports/AuditLog.ts"
import type { ChainState } from "../../ports/Directory.ts"
import { canonicalText, CHAIN_START, isInOwnChain } from "../model/Audit.ts"
import type { StoredEntry } from "../model/Audit.ts"

/**
 * A place where a chain isn't what its writers left.
 *
 * - `entry-missing`: there is no entry here, although the chain goes on or ends later.
 * - `entry-altered`: the entry's hash does not follow from the entry and the one before it.
 * - `entry-unreadable`: the stored data is no event, so its content is lost.
 * - `entry-foreign`: the entry is about another account than the chain.
 * - `entry-unexpected`: there are entries before the first place or after the end.
 * - `head-altered`: the end that is kept for the next writer doesn't match the entries, or is gone.
 * - `checkpoint-mismatch`: the entry that was last at a checkpoint has changed or is gone.
 * - `checkpoint-outlived`: that entry was forgotten, and later ones too, so the checkpoint proves nothing about this
 *   chain any more.
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

/** How many rows a verification reads at once: what a server decodes in between two other requests. */
export const READ_BATCH = 100

/** The recorded end of a chain, or a place before all entries. */
const endOf = ({ chain, head }: ChainState): ChainHead =>
  Option.getOrElse(head, () => ({ chain, sequence: 0, hash: CHAIN_START }))

/** What is read of a chain first: all of it, unless it is long. */
export const firstPart = (state: ChainState): ChainPart => ({
  chain: state.chain,
  afterSequence: state.start.sequence,
  limit: Math.max(0, Math.min(READ_BATCH, endOf(state).sequence - state.start.sequence))
})

/** Groups chains so that the first parts of each group together are no more than a batch. */
export const readTogether = (states: ReadonlyArray<ChainState>): ReadonlyArray<ReadonlyArray<ChainState>> => {
  const groups: Array<Array<ChainState>> = []
  let room = 0
  for (const state of states) {
    const { limit } = firstPart(state)
    if (limit > room || groups.length === 0) {
      groups.push([])
      room = READ_BATCH
    }
    groups.at(-1)?.push(state)
    room -= limit
  }
  return groups
}

export const verifyChain = Effect.fnUntraced(function*(
  log: AuditLog["Service"],
  state: ChainState,
  first: ReadonlyArray<StoredEntry>,
  known: Pick<ChainHead, "hash" | "sequence"> | undefined
) {
  const { chain, head, span, start } = state
  const end = endOf(state)
  const { breaks, entries, markedHash } = yield* followChain(log, start, end, first, known?.sequence ?? 0)
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
 * Follows one chain from its start up to an end that was read before its entries, so that later entries don't matter.
 * `first` are its first entries, and the others are read in parts. Also returns the hash of the entry at the place
 * `marked`, if it gets that far.
 */
const followChain = Effect.fnUntraced(function*(
  log: AuditLog["Service"],
  start: ChainState["start"],
  head: ChainHead,
  first: ReadonlyArray<StoredEntry>,
  marked: number
) {
  const { chain } = head
  const breaks: Array<AuditBreak> = []
  let { hash, sequence } = start
  let markedHash = sequence === marked ? hash : undefined
  let entries = first
  while (sequence < head.sequence) {
    if (entries.length === 0) breaks.push({ chain, sequence: sequence + 1, problem: "entry-missing" })
    for (const entry of entries) {
      const problem = problemOf(log, entry, sequence + 1, hash)
      if (problem !== undefined) breaks.push({ chain, sequence: sequence + 1, ...problem })
      // The content of an unreadable entry is lost, but the entries after it can still be followed.
      if (problem !== undefined && problem.problem !== "entry-unreadable") {
        return { entries: sequence - start.sequence, breaks, markedHash }
      }
      hash = entry.hash
      sequence += 1
      if (sequence === marked) markedHash = hash
    }
    if (entries.length === 0) return { entries: sequence - start.sequence, breaks, markedHash }
    if (sequence >= head.sequence) break
    const limit = Math.min(READ_BATCH, head.sequence - sequence)
    entries = yield* log.chains([{ chain, afterSequence: sequence, limit }])
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
