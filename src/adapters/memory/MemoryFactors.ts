/** What is used and replaced among the factors in memory. */
import { DateTime } from "effect"
import type { AccountId } from "../../domain/model/Account.ts"
import { Factor } from "../../domain/model/Factor.ts"
import { forgettable } from "../../domain/model/PasskeyChallenge.ts"
import type { FactorUse } from "../../ports/Commit.ts"
import type { StoredFactor } from "../../ports/FactorStore.ts"
import type { MemoryState } from "./MemoryState.ts"

export const factorsOf = ({ factors }: MemoryState, accountId: AccountId): ReadonlyArray<StoredFactor> =>
  factors.get(accountId) ?? []

/** Whether the factor can be used like this, so that the mutation that it permits may happen. */
export const isUsable = (state: MemoryState, use: FactorUse | undefined): boolean => {
  if (use === undefined) return true
  const stored = factorsOf(state, use.accountId).find(({ factor }) => factor.id === use.id)
  return stored !== undefined && isAtStage(stored.factor, use) && admits(state, stored, use)
}

const isAtStage = ({ confirmedAt, createdAt }: Factor, { confirms }: FactorUse): boolean =>
  confirms === undefined
    ? confirmedAt !== undefined
    : confirmedAt === undefined && DateTime.isGreaterThan(createdAt, confirms.createdAfter)

const admits = (
  state: MemoryState,
  { answered, codes, factor, lastStep }: StoredFactor,
  { by }: FactorUse
): boolean => {
  switch (by._tag) {
    case "Step":
      return factor.type === "totp" && (lastStep === undefined || lastStep < by.step)
    case "RecoveryCode":
      return codes.includes(by.digest)
    case "Passkey": {
      const holder = state.passkeys.get(by.passkey.credentialId)
      return factor.type === "passkey" && (holder === undefined || holder.id === factor.id) &&
        !answered.includes(by.challenge)
    }
  }
}

/** Uses a factor, which has to be usable. */
export const useFactor = (state: MemoryState, use: FactorUse): void => {
  const { accountId, id } = use
  const factors = factorsOf(state, accountId)
  putFactors(state, accountId, factors.map((stored) => stored.factor.id === id ? used(stored, use) : stored))
}

const used = (
  { answered, codes, factor, lastStep, seed }: StoredFactor,
  { by, confirms, now }: FactorUse
): StoredFactor => {
  const left = by._tag === "RecoveryCode" ? codes.filter((code) => code !== by.digest) : codes
  const next = Factor.make({
    ...factor,
    lastUsedAt: now,
    ...(confirms && { confirmedAt: now }),
    ...(by._tag === "RecoveryCode" && { remaining: left.length }),
    ...(by._tag === "Passkey" && { passkey: by.passkey })
  })
  return {
    factor: next,
    seed,
    codes: left,
    lastStep: by._tag === "Step" ? by.step : lastStep,
    answered: by._tag === "Passkey"
      ? [...answered.filter((stamp) => stamp > forgettable(now)), by.challenge]
      : answered
  }
}

/** Replaces the factors of an account, and whose credentials are whose. */
export const putFactors = (state: MemoryState, accountId: AccountId, next: ReadonlyArray<StoredFactor>): void => {
  for (const { factor: { passkey } } of factorsOf(state, accountId)) {
    if (passkey !== undefined) state.passkeys.delete(passkey.credentialId)
  }
  for (const { factor: { id, passkey } } of next) {
    if (passkey !== undefined) state.passkeys.set(passkey.credentialId, { accountId, id })
  }
  if (next.length === 0) state.factors.delete(accountId)
  else state.factors.set(accountId, next)
}

export const oldestFirst = ({ factor: self }: StoredFactor, { factor: that }: StoredFactor): number =>
  self.createdAt.epochMilliseconds - that.createdAt.epochMilliseconds || (self.id < that.id ? -1 : 1)
