import { Effect } from "effect"
import type { StoredEntry } from "../../domain/model/Audit.ts"
import { AuditLog } from "../../ports/AuditLog.ts"
import { appendEvent } from "./MemoryCommits.ts"
import { atOnce, digest } from "./MemoryState.ts"
import type { MemoryEntry, MemoryState } from "./MemoryState.ts"

export const make = (state: MemoryState): AuditLog["Service"] =>
  AuditLog.of({
    append: (event) => Effect.sync(() => appendEvent(state, event)),

    chains: atOnce((parts) =>
      parts.flatMap(({ afterSequence, chain, limit }) =>
        state.entries
          .filter((entry) => entry.event.chain === chain && entry.sequence > afterSequence)
          .toSorted((self, that) => self.sequence - that.sequence)
          .slice(0, limit)
          .map(toStoredEntry)
      )
    ),

    digest
  })

export const toStoredEntry = ({ event, hash, sequence }: MemoryEntry): StoredEntry => ({
  id: event.id,
  chain: event.chain,
  sequence,
  hash,
  event
})
