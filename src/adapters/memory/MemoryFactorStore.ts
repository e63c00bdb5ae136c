import { Effect, Option } from "effect"
import { Factor, FACTORS_MAX, isSecondFactor } from "../../domain/model/Factor.ts"
import { AccountNotFound, LastFactor, PreconditionFailed, TooManyFactors } from "../../domain/model/IdentityErrors.ts"
import { FactorStore } from "../../ports/FactorStore.ts"
import type { StoredFactor } from "../../ports/FactorStore.ts"
import { holds } from "./MemoryAccountStore.ts"
import { carryOut } from "./MemoryCommits.ts"
import { factorsOf, oldestFirst, putFactors } from "./MemoryFactors.ts"
import { atOnce } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

// No generator here suspends between reading and writing, so each runs as one step of the event loop.
export const make = (state: MemoryState): FactorStore["Service"] =>
  FactorStore.of({
    insert: Effect.fnUntraced(function*({ commit, precondition, stored }) {
      const { accountId } = stored.factor
      const known = state.accounts.get(accountId)
      if (known === undefined) return yield* new AccountNotFound()
      if (!holds(precondition, known)) return yield* new PreconditionFailed()
      const others = factorsOf(state, accountId).filter((other) => !isReplacedBy(stored.factor, other.factor))
      if (others.length >= FACTORS_MAX) return yield* new TooManyFactors()
      putFactors(state, accountId, [...others, stored])
      carryOut(state, commit)
    }),

    list: (accountId) => Effect.sync(() => factorsOf(state, accountId).toSorted(oldestFirst)),

    findPasskey: atOnce((credentialId) => {
      const holder = state.passkeys.get(credentialId)
      const stored = holder && factorsOf(state, holder.accountId).find(({ factor }) => factor.id === holder.id)
      return Option.filter(Option.fromUndefinedOr(stored), ({ factor }) => factor.confirmedAt !== undefined)
    }),

    rename: atOnce(({ accountId, commit, id, name }) => {
      const found = factorsOf(state, accountId).find(({ factor }) => factor.id === id)
      if (found === undefined) return Option.none()
      const factor = Factor.make({ ...found.factor, name })
      replace(state, found, { ...found, factor })
      carryOut(state, commit)
      return Option.some(factor)
    }),

    remove: Effect.fnUntraced(function*({ accountId, commit, id, keepsLast, precondition }) {
      const known = state.accounts.get(accountId)
      if (known === undefined) return []
      if (!holds(precondition, known)) return yield* new PreconditionFailed()
      const all = factorsOf(state, accountId)
      const gone = all.filter(({ factor }) => id === "all" || factor.id === id)
      const rest = all.filter((stored) => !gone.includes(stored))
      const [hadOne, hasOne] = [gone, rest].map((some) => some.some(({ factor }) => isSecondFactor(factor)))
      if (keepsLast && hadOne && !hasOne) return yield* new LastFactor()
      if (gone.length === 0) return []
      putFactors(state, accountId, rest)
      carryOut(state, commit)
      return gone.map(({ factor }) => factor)
    }),

    reseal: atOnce(({ accountId, from, id, to }) => {
      const found = factorsOf(state, accountId).find(({ factor, seed }) => factor.id === id && seed === from)
      if (found !== undefined) replace(state, found, { ...found, seed: to })
      return found !== undefined
    })
  })

const isReplacedBy = (next: Factor, { confirmedAt, type }: Factor): boolean =>
  type === next.type && (type === "recovery_codes" || confirmedAt === undefined)

const replace = (state: MemoryState, found: StoredFactor, next: StoredFactor): void => {
  const { accountId } = found.factor
  putFactors(state, accountId, factorsOf(state, accountId).map((stored) => stored === found ? next : stored))
}
