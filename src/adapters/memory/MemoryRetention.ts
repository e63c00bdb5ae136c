import { DateTime, Effect } from "effect"
import { Retention } from "../../ports/Retention.ts"
import type { Prunable, Pruning } from "../../ports/Retention.ts"
import { carryOut } from "./MemoryCommits.ts"
import { atOnce, startOf } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

export const make = (state: MemoryState): Retention["Service"] =>
  Retention.of({
    prune: (kind, pruning) => Effect.sync(() => prunes[kind](state, pruning)),

    endChallengesOf: atOnce(({ commit, key }) => {
      const count = remove(state.challenges, state.challenges.size, ({ challenge }) => challenge.signingKey === key)
      if (count > 0) carryOut(state, commit)
      return count
    })
  })

const prunes: Record<Prunable, (state: MemoryState, pruning: Pruning) => number> = {
  guessBudgets: ({ budgets }, { asOf, limit }) =>
    remove(budgets, limit, ({ debtUntil }) => debtUntil <= DateTime.toEpochMillis(asOf)),

  auditEntries: (state, { asOf, limit }) => {
    let count = 0
    for (const entry of state.entries.toSorted((self, that) => self.sequence - that.sequence)) {
      const { chain, occurredAt } = entry.event
      const isNext = entry.sequence === startOf(state, chain).sequence + 1
      if (count === limit || !isNext || !DateTime.isLessThan(occurredAt, asOf)) continue
      state.starts.set(chain, { chain, sequence: entry.sequence, hash: entry.hash })
      state.entries.splice(state.entries.indexOf(entry), 1)
      count += 1
    }
    return count
  },

  challenges: ({ challenges }, { asOf, limit }) =>
    remove(challenges, limit, ({ challenge }) => !DateTime.isLessThan(asOf, challenge.expiresAt)),

  idempotencyKeys: ({ requests }, { asOf, limit }) =>
    remove(requests, limit, ({ expiresAt }) => !DateTime.isLessThan(asOf, expiresAt)),

  mails: ({ mails }, { asOf, limit }) =>
    remove(mails, limit, ({ mail }) => mail.settledAt !== undefined && !DateTime.isLessThan(asOf, mail.settledAt)),

  sessions: ({ accounts, sessions }, { asOf, limit }) =>
    remove(
      sessions,
      limit,
      ({ accountId, epoch, expiresAt }) =>
        accounts.get(accountId)?.account.sessionEpoch !== epoch || !DateTime.isLessThan(asOf, expiresAt)
    )
}

const remove = <K, A>(records: Map<K, A>, limit: number, isOver: (record: A) => boolean): number => {
  const over = [...records].filter(([, record]) => isOver(record)).slice(0, limit)
  for (const [key] of over) records.delete(key)
  return over.length
}
