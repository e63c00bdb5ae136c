import { Effect, Option } from "effect"
import * as MemoryAccountStore from "../../../src/adapters/memory/MemoryAccountStore.ts"
import type { AccountId } from "../../../src/domain/model/Account.ts"
import { emailKey } from "../../../src/domain/model/Email.ts"
import type { EmailKey } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import type { GuessBudgets } from "../../../src/ports/GuessBudgets.ts"
import type { KeyValues, Step } from "./KeyValues.ts"
import { loadCommit, loadFactors } from "./PoorCommits.ts"
import { countLive } from "./PoorSessions.ts"

/** Loads an account and the claim on its email. */
const loadAccount = Effect.fnUntraced(function*({ accounts, claims, state }: Step, id: AccountId) {
  yield* accounts([id])
  const known = state.accounts.get(id)
  if (known !== undefined) yield* claims([emailKey(known.account.email)])
})

export const make = (keyValues: KeyValues, { reserve }: GuessBudgets["Service"]): AccountStore["Service"] => {
  const { inStep, read } = keyValues

  const findAccountWithPassword = (id: AccountId) => read(({ accounts }) => Option.fromUndefinedOr(accounts.get(id)))

  const findAccountByEmail = (key: EmailKey) =>
    inStep(Effect.fnUntraced(function*(step) {
      const { accounts, claims, state } = step
      yield* claims([key])
      const id = state.claims.get(key)
      if (id !== undefined) {
        yield* accounts([id])
        yield* loadFactors(step, id)
      }
      return yield* MemoryAccountStore.make(state).findAccountByEmail(key)
    }))

  return AccountStore.of({
    findAccountWithPassword,

    findAccount: (id) => Effect.map(findAccountWithPassword(id), Option.map(({ account }) => account)),

    findAccountByEmail,

    findForAttempt: (key, attempt) => Effect.all({ found: findAccountByEmail(key), admission: reserve(attempt) }),

    insertAccount: (insertion) =>
      inStep(Effect.fnUntraced(function*(step) {
        yield* step.claims([emailKey(insertion.account.email)])
        yield* loadCommit(step, insertion.commit)
        if (insertion.startSession !== undefined) yield* loadCommit(step, insertion.startSession.commit)
        yield* MemoryAccountStore.make(step.state).insertAccount(insertion)
      })),

    updateAccount: Effect.fnUntraced(function*(update) {
      const { email, endSessions, id, keepSession, removeFactors, startSession, updatedAt } = update
      const live = endSessions ? yield* countLive(keyValues, id, updatedAt, keepSession) : 0
      const { account, factorsRemoved } = yield* inStep(Effect.fnUntraced(function*(step) {
        yield* loadAccount(step, id)
        yield* step.claims(email === undefined ? [] : [emailKey(email)])
        yield* step.sessions(keepSession === undefined ? [] : [keepSession])
        yield* loadCommit(step, update.commit)
        if (startSession !== undefined) yield* loadCommit(step, startSession.commit)
        if (removeFactors !== undefined) {
          yield* loadFactors(step, id)
          yield* loadCommit(step, removeFactors.commit)
        }
        return yield* MemoryAccountStore.make(step.state).updateAccount(update)
      }))
      return { account, sessionsEnded: live, factorsRemoved }
    }),

    deleteAccount: Effect.fnUntraced(function*(deletion) {
      const sessionsEnded = yield* countLive(keyValues, deletion.id, deletion.now)
      const { account } = yield* inStep(Effect.fnUntraced(function*(step) {
        yield* loadAccount(step, deletion.id)
        yield* loadFactors(step, deletion.id)
        yield* loadCommit(step, deletion.commit)
        return yield* MemoryAccountStore.make(step.state).deleteAccount(deletion)
      }))
      return { account, sessionsEnded }
    }),

    replacePasswordHash: (replacement) =>
      inStep((step) =>
        Effect.andThen(
          step.accounts([replacement.accountId]),
          MemoryAccountStore.make(step.state).replacePasswordHash(replacement)
        )
      )
  })
}
