import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import { SealedSecret } from "../../../src/domain/model/Factor.ts"
import type { AccountStore } from "../../../src/ports/AccountStore.ts"
import type { AuditLog } from "../../../src/ports/AuditLog.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import { FactorStore } from "../../../src/ports/FactorStore.ts"
import { enrolled } from "../factor-store/factors.ts"
import { signedUp } from "../session-store/signed-in.ts"

export const sealedFactorPromises = (
  it: Vitest.MethodsNonLive<AccountStore | AuditLog | Directory | FactorStore>
): void => {
  it.effect("[ASVS 11.1.1] the keys that have sealed something are known, each once, and what others than one have sealed", () =>
    Effect.gen(function*() {
      const { listSealed, sealingKeys } = yield* Directory
      const account = yield* signedUp()
      const seal = (text: string) => enrolled(account, { seed: SealedSecret(text) })
      const [one, two, three] = [yield* seal("z-1.a"), yield* seal("z-1.b"), yield* seal("z-2.c")]
      yield* enrolled(account, { type: "recovery_codes", codes: ["one"] })
      assert.deepStrictEqual((yield* sealingKeys).filter((id) => id.startsWith("z-")), ["z-1", "z-2"])
      const mine = (notBy: string, after: Option.Option<typeof one.factor.id> = Option.none()) =>
        Effect.map(
          listSealed({ notBy, after, limit: 1000 }),
          (found) => found.filter(({ factor }) => factor.accountId === account.id)
        )
      assert.deepStrictEqual(yield* mine("z-1"), [three])
      assert.deepStrictEqual(yield* mine("z-2"), [one, two])
      assert.deepStrictEqual(yield* mine("z-2", Option.some(one.factor.id)), [two])
      assert.lengthOf(yield* listSealed({ notBy: "z-2", after: Option.none(), limit: 1 }), 1)
      yield* FactorStore.use((store) =>
        store.reseal({
          accountId: account.id,
          id: three.factor.id,
          from: SealedSecret("z-2.c"),
          to: SealedSecret("z-1.c")
        })
      )
      assert.deepStrictEqual((yield* sealingKeys).filter((id) => id.startsWith("z-")), ["z-1"])
    }))
}
