import { assert, describe, it } from "@effect/vitest"
import { Array, Cause, Deferred, Effect, Exit, Fiber, Layer, Result, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import * as Argon2Engine from "../../../src/adapters/crypto/Argon2Engine.ts"
import * as Argon2PasswordHasher from "../../../src/adapters/crypto/Argon2PasswordHasher.ts"
import * as InstalledPasswordHashEngine from "../../../src/adapters/crypto/InstalledPasswordHashEngine.ts"
import * as NodeRsArgon2Engine from "../../../src/adapters/crypto/NodeRsArgon2Engine.ts"
import { PasswordHashEngine } from "../../../src/adapters/crypto/PasswordHashEngine.ts"
import { Password, PasswordHash } from "../../../src/domain/model/Password.ts"
import { PasswordHasher } from "../../../src/ports/PasswordHasher.ts"
import { passwordHasherContract } from "../../contracts/PasswordHasherContract.ts"

/** As cheap as argon2 allows: these tests are about behaviour, and the floor is the configuration's. */
const CHEAP = { memoryKib: 32, timeCost: 1, parallelism: 1, concurrency: 2, queueMax: 8 }

const ONE_AT_ONCE = { ...CHEAP, concurrency: 1 }

const hasherOn = <E>(engine: Layer.Layer<PasswordHashEngine, E>, options = CHEAP) =>
  Argon2PasswordHasher.layer(options).pipe(Layer.provide([engine, SecureRandom.layerWebCrypto]))

const ENGINES = { "@node-rs/argon2": NodeRsArgon2Engine.layer, argon2: Argon2Engine.layer }

passwordHasherContract("@node-rs/argon2", hasherOn(NodeRsArgon2Engine.layer, ONE_AT_ONCE))
passwordHasherContract("argon2", hasherOn(Argon2Engine.layer, ONE_AT_ONCE))
passwordHasherContract("installed", hasherOn(InstalledPasswordHashEngine.layer, ONE_AT_ONCE))

const PASSWORD = Schema.decodeSync(Password)("Grüße, 🦉")

const SALT = Uint8Array.from(Buffer.from("a 16-octet salt!"))

describe("argon2 engines", () => {
  it.effect("compute the same tag from the same salt and parameters, and verify each other's hashes", () =>
    Effect.gen(function*() {
      const engines = [
        yield* Effect.provide(PasswordHashEngine, NodeRsArgon2Engine.layer),
        yield* Effect.provide(PasswordHashEngine, Argon2Engine.layer)
      ]
      for (const parameters of [CHEAP, { memoryKib: 64, timeCost: 3, parallelism: 2 }]) {
        const hashes = yield* Effect.forEach(engines, (engine) => engine.hash(PASSWORD, SALT, parameters))
        assert.strictEqual(new Set(hashes.map((hash) => hash.split("$").slice(4).join("$"))).size, 1)
        for (const engine of engines) {
          assert.deepStrictEqual(yield* Effect.forEach(hashes, (hash) => engine.verify(PASSWORD, hash)), [true, true])
        }
      }
    }))

  it.live.each(Object.entries(ENGINES))(
    "%s leaves the event loop free while it works",
    ([, layer]) =>
      Effect.gen(function*() {
        const engine = yield* PasswordHashEngine
        let turns = 0
        const turn = Effect.sync(() => turns += 1).pipe(Effect.andThen(Effect.sleep("1 millis")), Effect.forever)
        yield* Effect.forkScoped(turn)
        yield* engine.hash(PASSWORD, SALT, { memoryKib: 19_456, timeCost: 4, parallelism: 1 })
        assert.isAbove(turns, 3)
      }).pipe(Effect.provide(layer))
  )
})

describe("argon2 password hasher", () => {
  it.effect.each([
    "",
    "correct horse",
    "$7$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
    "$argon2id$v=19$m=32,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA",
    "$argon2id$v=19$m=32,t=1$c29tZXNhbHQxMjM0NTY3OA$a7lCwSwy4aumqknuDttvZzfCqMdA1xcwrYHZf6U5RMQ",
    "$argon2id$v=19$m=32,m=32,p=1$c29tZXNhbHQxMjM0NTY3OA$a7lCwSwy4aumqknuDttvZzfCqMdA1xcwrYHZf6U5RMQ",
    "$argon2id$v=19$m=0,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$a7lCwSwy4aumqknuDttvZzfCqMdA1xcwrYHZf6U5RMQ",
    "$argon2id$v=19$m=32,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$a7lCwSwy4aumqknuDttvZzfCqMdA1xcwrYHZf6U5RMQ\n"
  ])("what is no known hash is a defect and no wrong password: %j", (text) =>
    Effect.gen(function*() {
      const hasher = yield* PasswordHasher
      const hash = PasswordHash.make(text)
      const exit = yield* Effect.exit(hasher.verify(PASSWORD, hash))
      assert.instanceOf(Exit.isFailure(exit) && Cause.squash(exit.cause), Argon2PasswordHasher.UnsupportedPasswordHash)
      assert.isTrue(hasher.needsRehash(hash))
    }).pipe(Effect.provide(hasherOn(NodeRsArgon2Engine.layer))))

  it.effect.each(
    [
      ["more memory", { ...CHEAP, memoryKib: 33 }],
      ["more passes", { ...CHEAP, timeCost: 2 }],
      ["more lanes", { ...CHEAP, parallelism: 2 }]
    ] as const
  )("[ASVS 11.4.2] a hash needs a new one once the parameters ask for %s", ([, options]) =>
    Effect.gen(function*() {
      const hasher = yield* PasswordHasher
      const earlier = hasherOn(NodeRsArgon2Engine.layer)
      const hash = yield* PasswordHasher.use((hasher) => hasher.hash(PASSWORD)).pipe(Effect.provide(earlier))
      assert.isTrue(hasher.needsRehash(hash))
      assert.isTrue(yield* hasher.verify(PASSWORD, hash))
      assert.isFalse(hasher.needsRehash(yield* hasher.hash(PASSWORD)))
    }).pipe(Effect.provide(hasherOn(Argon2Engine.layer, options))))

  it.effect.each(
    [
      ["argon2i", "$argon2i$v=19$m=32,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$a7lCwSwy4aumqknuDttvZzfCqMdA1xcwrYHZf6U5RMQ"],
      [
        "the older version",
        "$argon2id$v=16$m=32,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$a7lCwSwy4aumqknuDttvZzfCqMdA1xcwrYHZf6U5RMQ"
      ],
      ["a shorter salt", "$argon2id$v=19$m=32,t=1,p=1$c29tZXNhbHQ$a7lCwSwy4aumqknuDttvZzfCqMdA1xcwrYHZf6U5RMQ"],
      ["a shorter tag", "$argon2id$v=19$m=32,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$a7lCwSwy4aumqknuDttvZw"]
    ] as const
  )("[ASVS 11.4.2] a hash with the current parameters but %s needs a new one", ([, hash]) =>
    Effect.gen(function*() {
      const hasher = yield* PasswordHasher
      assert.isTrue(hasher.needsRehash(PasswordHash.make(hash)))
    }).pipe(Effect.provide(hasherOn(NodeRsArgon2Engine.layer))))

  it.effect.each(
    [
      ["the least parameters", { memoryKib: 19_456, timeCost: 2, parallelism: 1, concurrency: 1 }, 65],
      ["two slots", { memoryKib: 19_456, timeCost: 2, parallelism: 1, concurrency: 2 }, 130],
      ["five times the memory", { memoryKib: 97_280, timeCost: 2, parallelism: 1, concurrency: 1 }, 13],
      ["very expensive parameters", { memoryKib: 1_048_576, timeCost: 4, parallelism: 1, concurrency: 1 }, 2],
      ["cheaper ones, as in tests", { memoryKib: 8, timeCost: 1, parallelism: 1, concurrency: 1 }, 65]
    ] as const
  )(
    "[ASVS 15.2.2] at %s about a second of work is admitted unless the queue is given",
    ([, options, admitted]) =>
      Effect.gen(function*() {
        const end = yield* Deferred.make<boolean>()
        const engine = Layer.mock(PasswordHashEngine)({ verify: () => Deferred.await(end) })
        const layer = Argon2PasswordHasher.layer(options).pipe(Layer.provide([engine, SecureRandom.layerWebCrypto]))
        const attempt = PasswordHasher.use((hasher) => Effect.result(hasher.verify(PASSWORD, hasher.decoy)))
        yield* Effect.gen(function*() {
          const fibers = yield* Effect.all(Array.replicate(Effect.forkChild(attempt, { startImmediately: true }), 200))
          yield* Deferred.succeed(end, true)
          const results = yield* Effect.forEach(fibers, Fiber.join)
          assert.strictEqual(results.filter(Result.isSuccess).length, admitted)
        }).pipe(Effect.provide(layer))
      })
  )
})
