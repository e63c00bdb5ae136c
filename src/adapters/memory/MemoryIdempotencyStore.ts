import { DateTime } from "effect"
import { IdempotencyStore } from "../../ports/IdempotencyStore.ts"
import type { RequestClaim } from "../../ports/IdempotencyStore.ts"
import { atOnce } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

export const make = (state: MemoryState): IdempotencyStore["Service"] =>
  IdempotencyStore.of({
    claim: atOnce(({ abandoned, claimedUntil, expiresAt, fingerprint, key, now, owner }): RequestClaim => {
      const record = state.requests.get(key)
      if (record !== undefined && DateTime.isLessThan(now, record.expiresAt)) {
        if (record.answer !== undefined) {
          return { _tag: "Done", fingerprint: record.fingerprint, answer: record.answer }
        }
        const isHeld = DateTime.isLessThan(now, record.claimedUntil) && abandoned?.includes(record.owner) !== true
        if (isHeld) return { _tag: "Running" }
      }
      state.requests.set(key, { owner, fingerprint, claimedUntil, expiresAt, answer: undefined })
      return { _tag: "Claimed" }
    }),

    release: atOnce(({ key, owner }) => {
      const record = state.requests.get(key)
      if (record?.owner === owner && record.answer === undefined) state.requests.delete(key)
    })
  })
