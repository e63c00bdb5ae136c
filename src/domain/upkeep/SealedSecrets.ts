/**
 * The secrets that are stored to be read again, and the keys that seal them. Keys are replaced while servers run: the
 * new one is put in front everywhere, `reseal` seals everything with it, and then the old one is removed.
 */
import { Context, Effect, Layer, Option } from "effect"
import { Directory } from "../../ports/Directory.ts"
import { FactorStore } from "../../ports/FactorStore.ts"
import type { StoredFactor } from "../../ports/FactorStore.ts"
import { SecretBox } from "../../ports/SecretBox.ts"
import { seedOf } from "../model/Factor.ts"
import type { FactorId } from "../model/Factor.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"

export interface Resealed {
  /** How many secrets were sealed anew. */
  readonly resealed: number
  /** How many can't be opened, because their key is missing or they were altered. */
  readonly unreadable: number
}

/** How many secrets one step reads. */
const BATCH = 500

export class SealedSecrets extends Context.Service<SealedSecrets, {
  /** The ids of keys that sealed a stored secret and aren't in the ring. */
  readonly missingKeys: Effect.Effect<ReadonlyArray<string>, StoreUnavailable>

  /** Seals with the first key what another one has sealed. Secrets that are replaced meanwhile are left alone. */
  readonly reseal: (
    progress: (sofar: Resealed) => Effect.Effect<void>
  ) => Effect.Effect<Resealed, StoreUnavailable>
}>()("identityd/domain/upkeep/SealedSecrets") {
  static readonly layer = Layer.effect(
    SealedSecrets,
    Effect.gen(function*() {
      const directory = yield* Directory
      const factors = yield* FactorStore
      const box = yield* SecretBox

      const missingKeys = Effect.map(
        directory.sealingKeys,
        (used) => used.filter((id) => !box.keyIds.includes(id))
      )

      /** Returns whether the secret could be opened. */
      const resealOne = Effect.fnUntraced(function*({ factor, seed }: StoredFactor) {
        const opened = seed === undefined ? Option.none() : yield* box.open(seed, seedOf(factor))
        if (seed === undefined || Option.isNone(opened)) return false
        const { accountId, id } = factor
        yield* factors.reseal({ accountId, id, from: seed, to: yield* box.seal(opened.value, seedOf(factor)) })
        return true
      })

      const reseal = Effect.fn("SealedSecrets.reseal")(function*(
        progress: (sofar: Resealed) => Effect.Effect<void>
      ) {
        let total: Resealed = { resealed: 0, unreadable: 0 }
        let after = Option.none<FactorId>()
        const [current = ""] = box.keyIds
        for (let found = BATCH; found === BATCH;) {
          const sealed = yield* directory.listSealed({ notBy: current, after, limit: BATCH })
          const opened = yield* Effect.forEach(sealed, resealOne)
          const resealed = opened.filter((wasOpened) => wasOpened).length
          total = {
            resealed: total.resealed + resealed,
            unreadable: total.unreadable + opened.length - resealed
          }
          yield* progress(total)
          after = Option.fromUndefinedOr(sealed.at(-1)?.factor.id)
          found = sealed.length
        }
        return total
      })

      return SealedSecrets.of({ missingKeys, reseal })
    })
  )
}
