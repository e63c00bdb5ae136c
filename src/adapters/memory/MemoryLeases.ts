import { DateTime } from "effect"
import { Leases } from "../../ports/Leases.ts"
import { atOnce } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

export const make = (state: MemoryState): Leases["Service"] =>
  Leases.of({
    acquire: atOnce(({ holder, name, now, until }) => {
      const lease = state.leases.get(name)
      if (lease !== undefined && lease.holder !== holder && DateTime.isLessThan(now, lease.until)) return false
      state.leases.set(name, { holder, until })
      return true
    }),

    release: atOnce(({ holder, name }) => {
      if (state.leases.get(name)?.holder === holder) state.leases.delete(name)
    })
  })
