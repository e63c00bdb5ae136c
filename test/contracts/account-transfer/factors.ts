import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { FACTORS_MAX } from "../../../src/domain/model/Factor.ts"
import type { FactorId } from "../../../src/domain/model/Factor.ts"
import { AccountTransfer } from "../../../src/ports/AccountTransfer.ts"
import type { FactorKeys } from "../../../src/ports/AccountTransfer.ts"
import { FactorStore } from "../../../src/ports/FactorStore.ts"
import type { StoredFactor } from "../../../src/ports/FactorStore.ts"
import { aFactor, anAccount, anEvent, aPasskey, START } from "../../support/builders.ts"
import { anImport, EXISTS } from "./imports.ts"

export const transferredFactorPromises = (it: Vitest.MethodsNonLive<AccountTransfer | FactorStore>): void => {
  it.effect("a change takes factors away and brings others, or nothing happens", () =>
    Effect.gen(function*() {
      const transfer = yield* AccountTransfer
      const store = yield* FactorStore
      const [account, other] = [anAccount(), anAccount()]
      const given = [aFactor(account), aFactor(account, { type: "recovery_codes", codes: ["a", "b"] })]
      const others = [aFactor(other, { type: "passkey", passkey: aPasskey() })]
      yield* transfer.insertAll([anImport(account, undefined, given), anImport(other, undefined, others)])
      assert.deepStrictEqual(yield* store.list(account.id), given)
      const change = (addFactors: ReadonlyArray<StoredFactor>, removeFactors: ReadonlyArray<FactorId>) =>
        transfer.update({
          externalId: undefined,
          imported: "mark 2",
          addFactors,
          removeFactors,
          update: {
            id: account.id,
            precondition: EXISTS,
            updatedAt: START,
            endSessions: false,
            commit: { audit: anEvent({ action: "account.updated", account }) }
          }
        })
      const [first, second] = given.map(({ factor }) => factor.id)
      const brought = aFactor(account, { type: "passkey", passkey: aPasskey(), lastUsedAt: START })
      yield* change([brought], first === undefined ? [] : [first])
      const now = [...given.slice(1), brought]
      assert.deepStrictEqual(yield* store.list(account.id), now)

      const stolen = aFactor(account, { type: "passkey", passkey: others[0]?.factor.passkey })
      const many = Array.from({ length: FACTORS_MAX }, () => aFactor(account))
      const refusals = [
        yield* Effect.flip(change([stolen], second === undefined ? [] : [second])),
        yield* Effect.flip(change(many, second === undefined ? [] : [second]))
      ]
      assert.deepStrictEqual(refusals.map(({ _tag }) => _tag), ["KeyTaken", "TooManyFactors"])
      assert.deepStrictEqual(yield* store.list(account.id), now)
    }))

  it.effect("factors are found by their own keys and by their accounts", () =>
    Effect.gen(function*() {
      const transfer = yield* AccountTransfer
      const account = anAccount()
      const passkey = aPasskey()
      const given = [aFactor(account), aFactor(account, { type: "passkey", passkey, confirmedAt: undefined })]
      yield* transfer.insertAll([anImport(account, undefined, given), anImport()])
      const find = (keys: Partial<FactorKeys>) =>
        Effect.map(
          transfer.findFactors({ accountIds: [], ids: [], credentialIds: [], ...keys }),
          (found) => found.map(({ id }) => id).toSorted()
        )
      const [first, second] = given.map(({ factor }) => factor)
      assert.deepStrictEqual(yield* find({ ids: first === undefined ? [] : [first.id] }), [first?.id])
      assert.deepStrictEqual(yield* find({ credentialIds: [passkey.credentialId] }), [second?.id])
      assert.deepStrictEqual(
        yield* find({ accountIds: [account.id] }),
        given.map(({ factor }) => factor.id).toSorted()
      )
      assert.deepStrictEqual(yield* find({}), [])
    }))
}
