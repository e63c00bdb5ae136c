/** Carries out the commits of mutations in memory. */
import { Result } from "effect"
import { canonicalText, CHAIN_START } from "../../domain/model/Audit.ts"
import type { AuditEvent } from "../../domain/model/Audit.ts"
import type { Commit, RequestCompletion } from "../../ports/Commit.ts"
import type { SuccessesUsedUp } from "../../ports/GuessBudgets.ts"
import { endAnswered, isAnswerable } from "./MemoryChallenges.ts"
import { isUsable, useFactor } from "./MemoryFactors.ts"
import { passAttempt } from "./MemoryGuessBudgets.ts"
import { digest } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

/** Whether the mutation may happen: it has no idempotent request, or that request still has its claim. */
export const ownsRequest = (state: MemoryState, { request }: Commit): boolean => {
  if (request === undefined) return true
  const record = state.requests.get(request.key)
  return record?.owner === request.owner && record.answer === undefined
}

/** Whether the commit's challenge is live and its second factor can be used, if it has them. */
export const isProven = (state: MemoryState, { answers, uses }: Pick<Commit, "answers" | "uses">): boolean =>
  isAnswerable(state, answers) && isUsable(state, uses)

/** Passes the attempt of a mutation that is about to happen. If that refuses the mutation, nothing changes. */
export const passAttemptOf = (state: MemoryState, { attempt }: Commit): Result.Result<void, SuccessesUsedUp> =>
  attempt === undefined ? Result.void : passAttempt(state, attempt)

/** Carries out the members of a commit that can't refuse a mutation. */
export const carryOut = (
  state: MemoryState,
  { answers, audit, mails = [], request, uses }: Omit<Commit, "attempt">
): void => {
  if (request !== undefined) completeRequest(state, request)
  if (answers !== undefined) endAnswered(state, answers)
  if (uses !== undefined) useFactor(state, uses)
  appendEvent(state, audit)
  for (const mail of mails) state.mails.set(mail.id, { mail, claimedUntil: undefined })
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
