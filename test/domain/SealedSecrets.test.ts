import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import * as AesGcmSecretBox from "../../src/adapters/crypto/AesGcmSecretBox.ts"
import { seedOf } from "../../src/domain/model/Factor.ts"
import { SealedSecrets } from "../../src/domain/upkeep/SealedSecrets.ts"
import { FactorStore } from "../../src/ports/FactorStore.ts"
import { sealingKeyOf, SecretBox } from "../../src/ports/SecretBox.ts"
import { signedUp } from "../contracts/session-store/signed-in.ts"
import { aFactor, anEvent } from "../support/builders.ts"
import { NEW_KEY, OLD_KEY } from "../support/signing-keys.ts"
import { memoryStores } from "../support/stores.ts"

type Ring = Parameters<typeof AesGcmSecretBox.layer>[0]

const SEED = Redacted.make(new Uint8Array(20))

/** Somebody whose seed is sealed with the old key. */
const enrolled = Effect.gen(function*() {
  const account = yield* signedUp()
  const draft = aFactor(account)
  const seed = yield* SecretBox.use((box) => box.seal(SEED, seedOf(draft.factor))).pipe(
    Effect.provide(AesGcmSecretBox.layer([OLD_KEY]))
  )
  const commit = { audit: anEvent({ account }) }
  yield* FactorStore.use((store) =>
    store.insert({ stored: { ...draft, seed }, precondition: { _tag: "Exists" }, commit })
  )
  return account
})

const using = (ring: Ring) => Effect.provide(Layer.provide(SealedSecrets.layer, AesGcmSecretBox.layer(ring)))

const missing = (ring: Ring) => Effect.flatMap(SealedSecrets, ({ missingKeys }) => missingKeys).pipe(using(ring))

const reseal = (ring: Ring) =>
  Effect.flatMap(SealedSecrets, (secrets) => secrets.reseal(() => Effect.void)).pipe(using(ring))

describe("sealed secrets", () => {
  it.effect("[ASVS 11.1.1] are sealed anew with the first key, after which the old one can go", () =>
    Effect.gen(function*() {
      const account = yield* enrolled
      assert.deepStrictEqual(yield* missing([NEW_KEY, OLD_KEY]), [])
      assert.deepStrictEqual(yield* missing([NEW_KEY]), [OLD_KEY.id])
      assert.deepStrictEqual(yield* reseal([NEW_KEY, OLD_KEY]), { resealed: 1, unreadable: 0 })
      assert.deepStrictEqual(yield* missing([NEW_KEY]), [])
      assert.deepStrictEqual(yield* reseal([NEW_KEY, OLD_KEY]), { resealed: 0, unreadable: 0 })
      const [stored] = yield* FactorStore.use((store) => store.list(account.id))
      assert.strictEqual(stored?.seed && sealingKeyOf(stored.seed), NEW_KEY.id)
    }).pipe(Effect.provide(memoryStores)))

  it.effect("are left as they are, and counted, where their key is missing", () =>
    Effect.gen(function*() {
      yield* enrolled
      assert.deepStrictEqual(yield* reseal([NEW_KEY]), { resealed: 0, unreadable: 1 })
      assert.deepStrictEqual(yield* missing([NEW_KEY]), [OLD_KEY.id])
    }).pipe(Effect.provide(memoryStores)))
})
