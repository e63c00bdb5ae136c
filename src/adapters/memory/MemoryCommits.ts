/** How the stores in memory carry out the commit of a mutation. */
import { Result } from "effect"
import { canonicalText, CHAIN_START } from "../../domain/model/Audit.ts"
import type { AuditEvent } from "../../domain/model/Audit.ts"
import type { Commit, RequestCompletion } from "../../ports/Commit.ts"
import type { SuccessesUsedUp } from "../../ports/GuessBudgets.ts"
import { passAttempt } from "./MemoryGuessBudgets.ts"
import { digest } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

/** Whether the mutation may still happen: it is no idempotent request's, or the claim of that request is its own. */
export const ownsRequest = (state: MemoryState, { request }: Commit): boolean => {
  if (request === undefined) return true
  const record = state.requests.get(request.key)
  return record?.owner === request.owner && record.answer === undefined
}

/** Passes the attempt of a mutation that is about to happen. Nothing is changed if that refuses the mutation. */
export const passItsAttempt = (state: MemoryState, { attempt }: Commit): Result.Result<void, SuccessesUsedUp> =>
  attempt === undefined ? Result.void : passAttempt(state, attempt)

/** Carries out what can't refuse a mutation. */
export const carryOut = (state: MemoryState, { audit, request }: Omit<Commit, "attempt">): void => {
  if (request !== undefined) completeRequest(state, request)
  appendEvent(state, audit)
}

export const appendEvent = (state: MemoryState, event: AuditEvent): void => {
  const head = state.heads.get(event.chain)
  const sequence = (head?.sequence ?? 0) + 1
  const hash = digest((head?.hash ?? CHAIN_START) + canonicalText(event))
  state.heads.set(event.chain, { chain: event.chain, sequence, hash })
  state.entries.push({ event, sequence, hash })
}

const completeRequest = (state: MemoryState, { answer, key }: RequestCompletion): void => {
  const record = state.requests.get(key)
  if (record !== undefined) state.requests.set(key, { ...record, answer })
}
