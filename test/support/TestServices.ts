/**
 * The core over memory adapters, for tests of its rules: real tokens, real ids, real hashes at the least cost argon2
 * has, and a count of the hashes that were computed.
 */
import { Context, Effect, Layer, Ref } from "effect"
import { SecureRandom } from "effect/crypto"
import * as AesGcmSecretBox from "../../src/adapters/crypto/AesGcmSecretBox.ts"
import * as Argon2PasswordHasher from "../../src/adapters/crypto/Argon2PasswordHasher.ts"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import * as NodeOneTimeCodes from "../../src/adapters/crypto/NodeOneTimeCodes.ts"
import * as NodeRsArgon2Engine from "../../src/adapters/crypto/NodeRsArgon2Engine.ts"
import { PasswordHashEngine } from "../../src/adapters/crypto/PasswordHashEngine.ts"
import * as SecureApiKeySecrets from "../../src/adapters/crypto/SecureApiKeySecrets.ts"
import * as SecureIdGenerator from "../../src/adapters/crypto/SecureIdGenerator.ts"
import * as SimpleWebAuthnPasskeyVerifier from "../../src/adapters/webauthn/SimpleWebAuthnPasskeyVerifier.ts"
import * as Core from "../../src/domain/Core.ts"
import type { PasswordHasher } from "../../src/ports/PasswordHasher.ts"
import type { Stores } from "../../src/ports/Stores.ts"
import { blocklist } from "./blocklist.ts"
import { NEW_KEY, OLD_KEY } from "./signing-keys.ts"
import { memoryStores } from "./stores.ts"

/** How many times the engine has hashed or verified. */
export class HashCount extends Context.Service<HashCount, Ref.Ref<number>>()("identityd/test/support/HashCount") {
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

export const hasher = (argon2: Argon2PasswordHasher.Argon2Options) =>
  Argon2PasswordHasher.layer(argon2).pipe(Layer.provide(countingEngine))

/** Where passkeys of tests are used. */
export const PASSKEY_ORIGIN = "https://app.example"

export const passkeyVerifier = SimpleWebAuthnPasskeyVerifier.layer({
  id: "example",
  name: "Example",
  origins: [PASSKEY_ORIGIN]
})

const surroundings = Layer.mergeAll(
  HmacTokenSigner.layer([OLD_KEY]),
  SecureApiKeySecrets.layer,
  AesGcmSecretBox.layer([NEW_KEY]),
  NodeOneTimeCodes.layer,
  SecureIdGenerator.layer,
  passkeyVerifier,
  blocklist
)

/** The services, with the tokens, ids and blocklist of a real server. Randomness, a hasher and stores are missing. */
export const core = Core.layer.pipe(Layer.provide(surroundings))

/** The services that need neither a directory nor retention, with everything but the stores. */
export const essentials = Core.essentials.pipe(
  Layer.provide(surroundings),
  Layer.provide(hasher(CHEAP_ARGON2)),
  Layer.provide([HashCount.layer, SecureRandom.layerWebCrypto])
)

/** Real argon2 at next to no cost, and a count of its hashes. */
export const cheapHasher = Layer.provideMerge(hasher(CHEAP_ARGON2), HashCount.layer)

/**
 * The services over the test's hasher and stores, which are provided, too. Randomness is real unless the test replaces
 * it.
 */
export const servicesOver = <A, E, R, S, E2, R2>(
  passwordHasher: Layer.Layer<A | PasswordHasher, E, R>,
  stores: Layer.Layer<S, E2, R2>,
  random: Layer.Layer<SecureRandom.SecureRandom> = SecureRandom.layerWebCrypto
) => core.pipe(Layer.provideMerge(passwordHasher), Layer.provide(random), Layer.provideMerge(stores))

/** The services over an empty store, which is provided too. */
export const layer = servicesOver(cheapHasher, memoryStores)

/** The same with another hasher. */
export const layerHashingWith = <A, E, R>(passwordHasher: Layer.Layer<A | PasswordHasher, E, R>) =>
  servicesOver(Layer.provideMerge(passwordHasher, HashCount.layer), Layer.fresh(memoryStores))

/** The services over whatever stores are provided, with a count of their hashes. */
const servicesHashing = (argon2: Argon2PasswordHasher.Argon2Options) =>
  core.pipe(Layer.provide(hasher(argon2)), Layer.provide(SecureRandom.layerWebCrypto))

/** The services over whatever stores are provided. */
export const services = servicesHashing(CHEAP_ARGON2).pipe(Layer.provide(HashCount.layer))

/** The services over the stores around, changed. */
export const layerOver = (changed: Layer.Layer<Stores, never, Stores>) => Layer.provide(services, changed)

/** The same with a count of their hashes. */
export const layerCountingOver = (changed: Layer.Layer<Stores, never, Stores>, argon2 = CHEAP_ARGON2) =>
  servicesHashing(argon2).pipe(Layer.provide(changed), Layer.provideMerge(HashCount.layer))

/** The services after the cost of hashes was raised, over the same store. */
export const layerCostlier = servicesHashing({ ...CHEAP_ARGON2, timeCost: 2 })
