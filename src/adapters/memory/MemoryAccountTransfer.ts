import { Effect, Option } from "effect"
import type { AccountId } from "../../domain/model/Account.ts"
import { emailKey } from "../../domain/model/Email.ts"
import { FACTORS_MAX } from "../../domain/model/Factor.ts"
import { AccountNotFound, TooManyFactors } from "../../domain/model/IdentityErrors.ts"
import type { ExternalId } from "../../domain/model/ImportRow.ts"
import type { AccountStore } from "../../ports/AccountStore.ts"
import { AccountTransfer, KeyTaken } from "../../ports/AccountTransfer.ts"
import type { KnownAccount } from "../../ports/AccountTransfer.ts"
import type { StoredFactor } from "../../ports/FactorStore.ts"
import { appendEvent } from "./MemoryCommits.ts"
import { factorsOf, oldestFirst, putFactors } from "./MemoryFactors.ts"
import { byAccountId } from "./MemoryOrder.ts"
import { atOnce } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

// No generator here suspends between reading and writing, so each runs as one step of the event loop.
export const make = (state: MemoryState, accounts: AccountStore["Service"]): AccountTransfer["Service"] =>
  AccountTransfer.of({
    findKnown: atOnce(({ emailKeys, externalIds, ids }) => {
      const found = [
        ...ids,
        ...externalIds.map((externalId) => holderOf(state, externalId)),
        ...emailKeys.map((key) => state.claims.get(key))
      ]
      return [...new Set(found)].flatMap((id) => knownAs(state, id))
    }),

    findFactors: atOnce(({ accountIds, credentialIds, ids }) =>
      [...state.factors.values()].flat().map(({ factor }) => factor).filter(({ accountId, id, passkey }) =>
        accountIds.includes(accountId) || ids.includes(id) ||
        (passkey !== undefined && credentialIds.includes(passkey.credentialId))
      )
    ),

    insertAll: Effect.fnUntraced(function*(given) {
      const isTaken = given.some((it) =>
        state.accounts.has(it.account.id) || state.claims.has(it.emailKey) ||
        (it.externalId !== undefined && holderOf(state, it.externalId) !== undefined)
      )
      if (isTaken || areTaken(state, given.flatMap(({ factors }) => factors))) return yield* new KeyTaken()
      for (const { account, audit, emailKey, externalId, factors, imported, isProven, passwordHash } of given) {
        state.claims.set(emailKey, account.id)
        state.accounts.set(account.id, {
          account,
          passwordHash,
          passwordChangedAt: undefined,
          isProven: isProven || account.emailVerified
        })
        state.imports.set(account.id, { externalId, imported })
        putFactors(state, account.id, factors)
        appendEvent(state, audit)
      }
    }),

    update: Effect.fnUntraced(function*({ addFactors, externalId, imported, removeFactors, update }) {
      const holder = externalId === undefined ? undefined : holderOf(state, externalId)
      if (holder !== undefined && holder !== update.id) return yield* new KeyTaken()
      const kept = factorsOf(state, update.id).filter(({ factor }) => !removeFactors.includes(factor.id))
      if (areTaken(state, addFactors)) return yield* new KeyTaken()
      if (kept.length + addFactors.length > FACTORS_MAX) return yield* new TooManyFactors()
      const changed = yield* accounts.updateAccount(update)
      putFactors(state, update.id, [...kept, ...addFactors])
      state.imports.set(update.id, { externalId: externalId ?? state.imports.get(update.id)?.externalId, imported })
      return changed
    }, Effect.catchTag("PreconditionFailed", () => new AccountNotFound())),

    mark: atOnce((marks) => {
      for (const { id, imported } of marks) {
        if (state.accounts.has(id)) state.imports.set(id, { externalId: state.imports.get(id)?.externalId, imported })
      }
    }),

    list: atOnce(({ after, limit }) =>
      [...state.accounts.values()]
        .filter(({ account }) => Option.isNone(after) || byAccountId(account.id, after.value) > 0)
        .toSorted((self, that) => byAccountId(self.account.id, that.account.id))
        .slice(0, limit)
        .map(({ account, isProven, passwordHash }) => ({
          account,
          passwordHash,
          isProven,
          externalId: state.imports.get(account.id)?.externalId,
          factors: factorsOf(state, account.id)
            .filter(({ factor }) => factor.confirmedAt !== undefined)
            .toSorted(oldestFirst)
            .map(({ answered: _, ...exported }) => exported)
        }))
    )
  })

const holderOf = (state: MemoryState, externalId: ExternalId): AccountId | undefined =>
  [...state.imports].find(([id, mark]) => mark.externalId === externalId && state.accounts.has(id))?.[0]

const areTaken = (state: MemoryState, factors: ReadonlyArray<StoredFactor>): boolean => {
  if (factors.length === 0) return false
  const ids = new Set([...state.factors.values()].flat().map(({ factor }) => factor.id))
  return factors.some(({ factor: { id, passkey } }) =>
    ids.has(id) || (passkey !== undefined && state.passkeys.has(passkey.credentialId))
  )
}

const knownAs = (state: MemoryState, id: AccountId | undefined): ReadonlyArray<KnownAccount> => {
  const known = id === undefined ? undefined : state.accounts.get(id)
  if (known === undefined) return []
  const { account, passwordHash } = known
  const { externalId, imported } = state.imports.get(account.id) ?? { externalId: undefined, imported: undefined }
  return [{ account, passwordHash, emailKey: emailKey(account.email), externalId, imported }]
}
