/**
 * The core over memory adapters, for tests of its rules: real tokens, real ids, real hashes at the least cost argon2
 * has, and a count of the hashes that were computed.
 */
import { Context, Effect, Layer, Ref } from "effect"
import { SecureRandom } from "effect/crypto"
import * as Argon2PasswordHasher from "../../src/adapters/crypto/Argon2PasswordHasher.ts"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import * as NodeRsArgon2Engine from "../../src/adapters/crypto/NodeRsArgon2Engine.ts"
import { PasswordHashEngine } from "../../src/adapters/crypto/PasswordHashEngine.ts"
import * as SecureIdGenerator from "../../src/adapters/crypto/SecureIdGenerator.ts"
import * as MemoryIdentityStore from "../../src/adapters/memory/MemoryIdentityStore.ts"
import * as Core from "../../src/domain/services/Core.ts"
import type { IdentityStore } from "../../src/ports/IdentityStore.ts"
import { OLD_KEY } from "./signing-keys.ts"

/** How many times the engine has hashed or verified. */
export class HashCount extends Context.Service<HashCount, Ref.Ref<number>>()("identity/test/support/HashCount") {
  static readonly layer = Layer.effect(HashCount, Ref.make(0))
}

const countingEngine = Layer.effect(
  PasswordHashEngine,
  Effect.gen(function*() {
    const engine = yield* PasswordHashEngine
    const count = yield* HashCount
    const counted = <A>(work: Effect.Effect<A>) => Effect.andThen(Ref.update(count, (hashes) => hashes + 1), work)
    return PasswordHashEngine.of({
      hash: (...input) => counted(engine.hash(...input)),
      verify: (...input) => counted(engine.verify(...input))
    })
  })
).pipe(Layer.provide(NodeRsArgon2Engine.layer))

/** Parameters that cost next to nothing. */
export const CHEAP_ARGON2 = { memoryKib: 8, timeCost: 1, parallelism: 1, concurrency: 4 }

const makeServices = (argon2: Argon2PasswordHasher.Argon2Options) =>
  Core.layer.pipe(
    Layer.provide(HmacTokenSigner.layer([OLD_KEY])),
    Layer.provide(SecureIdGenerator.layer),
    Layer.provide(Argon2PasswordHasher.layer(argon2).pipe(Layer.provide(countingEngine))),
    Layer.provide(SecureRandom.layerWebCrypto)
  )

/** The services over an empty store, which is provided too. */
export const layer = makeServices(CHEAP_ARGON2).pipe(
  Layer.provideMerge([MemoryIdentityStore.layer, HashCount.layer])
)

/** The services over another identity store, beside the other stores around. */
export const layerOver = (store: Layer.Layer<IdentityStore>) =>
  makeServices(CHEAP_ARGON2).pipe(Layer.provide([store, HashCount.layer]))

/** The services as they are after their hashes became costlier, over the same store. */
export const layerCostlier = makeServices({ ...CHEAP_ARGON2, timeCost: 2 })
