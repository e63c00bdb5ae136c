import { DateTime, Effect, Option } from "effect"
import { CHAIN_START } from "../../domain/model/Audit.ts"
import type { StoredEntry } from "../../domain/model/Audit.ts"
import { AuditLog } from "../../ports/AuditLog.ts"
import type { AuditQuery } from "../../ports/AuditLog.ts"
import { appendEvent } from "./MemoryCommits.ts"
import { partOf } from "./MemoryOrder.ts"
import { digest } from "./MemoryState.ts"
import type { MemoryEntry, MemoryState } from "./MemoryState.ts"

export const auditOperations = (state: MemoryState): AuditLog["Service"] =>
  AuditLog.of({
    append: (event) => Effect.sync(() => appendEvent(state, event)),

    list: (query) =>
      Effect.sync(() => {
        const found = state.entries
          .filter((entry) => matches(query, entry))
          .toSorted((self, that) => self.event.id < that.event.id ? 1 : -1)
          .map(toStoredEntry)
        return partOf(found, query.limit, ({ id }) => id)
      }),

    chains: ({ after, limit }) =>
      Effect.sync(() =>
        [...state.heads.values()]
          .filter((head) => Option.isNone(after) || head.chain > after.value)
          .toSorted((self, that) => self.chain < that.chain ? -1 : 1)
          .slice(0, limit)
          .map((head) => ({
            chain: head.chain,
            head: Option.some(head),
            start: startOf(state, head.chain),
            span: spanOf(state, head.chain)
          }))
      ),

    chain: ({ afterSequence, chain, limit }) =>
      Effect.sync(() =>
        state.entries
          .filter((entry) => entry.event.chain === chain && entry.sequence > afterSequence)
          .toSorted((self, that) => self.sequence - that.sequence)
          .slice(0, limit)
          .map(toStoredEntry)
      ),

    forget: ({ before, limit }) =>
      Effect.sync(() => {
        let count = 0
        for (const entry of state.entries.toSorted((self, that) => self.sequence - that.sequence)) {
          const { chain, occurredAt } = entry.event
          const isNext = entry.sequence === startOf(state, chain).sequence + 1
          if (count === limit || !isNext || !DateTime.isLessThan(occurredAt, before)) continue
          state.starts.set(chain, { chain, sequence: entry.sequence, hash: entry.hash })
          state.entries.splice(state.entries.indexOf(entry), 1)
          count += 1
        }
        return count
      }),

    digest
  })

const startOf = ({ starts }: MemoryState, chain: string) => {
  const { hash, sequence } = starts.get(chain) ?? { sequence: 0, hash: CHAIN_START }
  return { sequence, hash }
}

const spanOf = ({ entries }: MemoryState, chain: string) => {
  const sequences = entries.filter(({ event }) => event.chain === chain).map(({ sequence }) => sequence)
  return sequences.length === 0
    ? Option.none()
    : Option.some({ first: Math.min(...sequences), last: Math.max(...sequences) })
}

const toStoredEntry = ({ event, hash, sequence }: MemoryEntry): StoredEntry => ({
  id: event.id,
  chain: event.chain,
  sequence,
  hash,
  event
})

const matches = (query: AuditQuery, { event }: MemoryEntry): boolean =>
  (Option.isNone(query.after) || event.id < query.after.value) &&
  (Option.isNone(query.accountId) || event.accountId === query.accountId.value) &&
  (Option.isNone(query.action) || event.action === query.action.value) &&
  (Option.isNone(query.since) || !DateTime.isLessThan(event.occurredAt, query.since.value))
