import { Effect, Option } from "effect"
import { CHAIN_START } from "../../../src/domain/model/Audit.ts"
import type { StoredEntry } from "../../../src/domain/model/Audit.ts"
import { AuditLog } from "../../../src/ports/AuditLog.ts"
import { Directory } from "../../../src/ports/Directory.ts"

export const linksOf = Effect.fnUntraced(function*(chain: string) {
  const log = yield* AuditLog
  return yield* log.chains([{ chain, afterSequence: 0, limit: 1000 }])
})

export const events = (entries: ReadonlyArray<StoredEntry>) => entries.map((entry) => entry.event)

export const stateOf = Effect.fnUntraced(function*(chain: string) {
  const directory = yield* Directory
  const states = yield* directory.listChains({ limit: 1000, after: Option.none() })
  return states.find((state) => state.chain === chain)
})

/** A whole chain, from its first entry to its end. */
export const wholeChain = (chain: string, sequence: number, hash: string) => ({
  chain,
  head: Option.some({ chain, sequence, hash }),
  start: { sequence: 0, hash: CHAIN_START },
  span: Option.some({ first: 1, last: sequence })
})
