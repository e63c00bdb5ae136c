import { Effect, Option } from "effect"
import * as MemoryFactorStore from "../../../src/adapters/memory/MemoryFactorStore.ts"
import type { AccountId } from "../../../src/domain/model/Account.ts"
import type { UnconditionalCommit } from "../../../src/ports/Commit.ts"
import { FactorStore } from "../../../src/ports/FactorStore.ts"
import type { KeyValues, Step } from "./KeyValues.ts"
import { loadCommit, loadFactors } from "./PoorCommits.ts"

export const make = ({ inStep, read }: KeyValues): FactorStore["Service"] => {
  const changing = <A, E>(
    accountId: AccountId,
    commit: UnconditionalCommit | undefined,
    change: (store: FactorStore["Service"]) => Effect.Effect<A, E>
  ) =>
    inStep(Effect.fnUntraced(function*(step: Step): Effect.fn.Return<A, E> {
      yield* step.accounts([accountId])
      yield* loadFactors(step, accountId)
      if (commit !== undefined) yield* loadCommit(step, commit)
      return yield* change(MemoryFactorStore.make(step.state))
    }))

  return FactorStore.of({
    insert: (input) => changing(input.stored.factor.accountId, input.commit, (store) => store.insert(input)),
    list: (accountId) => Effect.flatten(read((disk) => MemoryFactorStore.make(disk).list(accountId))),
    findPasskey: (credentialId) =>
      inStep(Effect.fnUntraced(function*(step) {
        yield* step.passkeys([credentialId])
        yield* step.factors(Option.toArray(Option.map(
          Option.fromUndefinedOr(step.state.passkeys.get(credentialId)),
          (holder) => holder.accountId
        )))
        return yield* MemoryFactorStore.make(step.state).findPasskey(credentialId)
      })),
    rename: (input) => changing(input.accountId, input.commit, (store) => store.rename(input)),
    remove: (input) => changing(input.accountId, input.commit, (store) => store.remove(input)),
    reseal: (input) => changing(input.accountId, undefined, (store) => store.reseal(input))
  })
}
