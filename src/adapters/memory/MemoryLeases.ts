import { DateTime, Effect } from "effect"
import { Leases } from "../../ports/Leases.ts"
import type { MemoryState } from "./MemoryState.ts"

export const make = (state: MemoryState): Leases["Service"] =>
  Leases.of({
    acquire: ({ holder, name, now, until }) =>
      Effect.sync(() => {
        const lease = state.leases.get(name)
        if (lease !== undefined && lease.holder !== holder && DateTime.isLessThan(now, lease.until)) return false
        state.leases.set(name, { holder, until })
        return true
      }),

    release: ({ holder, name }) =>
      Effect.sync(() => {
        if (state.leases.get(name)?.holder === holder) state.leases.delete(name)
      })
  })
