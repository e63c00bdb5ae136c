import { Effect, Option } from "effect"
import type { AccountId } from "../../domain/model/Account.ts"
import { emailKey } from "../../domain/model/Email.ts"
import { AccountNotFound } from "../../domain/model/IdentityErrors.ts"
import type { ExternalId } from "../../domain/model/ImportRow.ts"
import type { AccountStore } from "../../ports/AccountStore.ts"
import { AccountTransfer, KeyTaken } from "../../ports/AccountTransfer.ts"
import type { KnownAccount } from "../../ports/AccountTransfer.ts"
import { appendEvent } from "./MemoryCommits.ts"
import { byAccountId } from "./MemoryOrder.ts"
import type { MemoryState } from "./MemoryState.ts"

// No generator here suspends between reading and writing, so each runs as one step of the event loop.
export const make = (state: MemoryState, accounts: AccountStore["Service"]): AccountTransfer["Service"] =>
  AccountTransfer.of({
    findKnown: ({ emailKeys, externalIds, ids }) =>
      Effect.sync(() => {
        const found = [
          ...ids,
          ...externalIds.map((externalId) => holderOf(state, externalId)),
          ...emailKeys.map((key) => state.claims.get(key))
        ]
        return [...new Set(found)].flatMap((id) => knownAs(state, id))
      }),

    insertAll: Effect.fnUntraced(function*(given) {
      const isTaken = given.some((it) =>
        state.accounts.has(it.account.id) || state.claims.has(it.emailKey) ||
        (it.externalId !== undefined && holderOf(state, it.externalId) !== undefined)
      )
      if (isTaken) return yield* new KeyTaken()
      for (const { account, audit, emailKey, externalId, imported, passwordHash } of given) {
        state.claims.set(emailKey, account.id)
        state.accounts.set(account.id, {
          account,
          passwordHash,
          passwordChangedAt: undefined,
          isProven: account.emailVerified
        })
        state.imports.set(account.id, { externalId, imported })
        appendEvent(state, audit)
      }
    }),

    update: Effect.fnUntraced(function*({ externalId, imported, update }) {
      const holder = externalId === undefined ? undefined : holderOf(state, externalId)
      if (holder !== undefined && holder !== update.id) return yield* new KeyTaken()
      const changed = yield* accounts.updateAccount(update)
      state.imports.set(update.id, { externalId: externalId ?? state.imports.get(update.id)?.externalId, imported })
      return changed
    }, Effect.catchTag("PreconditionFailed", () => new AccountNotFound())),

    list: ({ after, limit }) =>
      Effect.sync(() =>
        [...state.accounts.values()]
          .filter(({ account }) => Option.isNone(after) || byAccountId(account.id, after.value) > 0)
          .toSorted((self, that) => byAccountId(self.account.id, that.account.id))
          .slice(0, limit)
          .map(({ account, passwordHash }) => ({
            account,
            passwordHash,
            externalId: state.imports.get(account.id)?.externalId,
            factors: (state.factors.get(account.id) ?? []).filter(({ factor }) =>
              factor.confirmedAt !== undefined
            ).length
          }))
      )
  })

const holderOf = (state: MemoryState, externalId: ExternalId): AccountId | undefined =>
  [...state.imports].find(([id, mark]) => mark.externalId === externalId && state.accounts.has(id))?.[0]

const knownAs = (state: MemoryState, id: AccountId | undefined): ReadonlyArray<KnownAccount> => {
  const known = id === undefined ? undefined : state.accounts.get(id)
  if (known === undefined) return []
  const { account } = known
  const { externalId, imported } = state.imports.get(account.id) ?? { externalId: undefined, imported: undefined }
  return [{ account, emailKey: emailKey(account.email), externalId, imported }]
}
