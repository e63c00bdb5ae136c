import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Redacted, References, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import * as Argon2Engine from "../../../src/adapters/crypto/Argon2Engine.ts"
import * as Argon2PasswordHasher from "../../../src/adapters/crypto/Argon2PasswordHasher.ts"
import type { KeyRing } from "../../../src/adapters/crypto/KeyRing.ts"
import * as NodeRsArgon2Engine from "../../../src/adapters/crypto/NodeRsArgon2Engine.ts"
import { PasswordHashEngine } from "../../../src/adapters/crypto/PasswordHashEngine.ts"
import { Password, PasswordHash } from "../../../src/domain/model/Password.ts"
import { PasswordHasher } from "../../../src/ports/PasswordHasher.ts"
import { passwordHasherContract } from "../../contracts/PasswordHasherContract.ts"
import { NEW_KEY, OLD_KEY } from "../../support/signing-keys.ts"

const PASSWORD = Schema.decodeSync(Password)("Grüße, 🦉")
const WRONG = Schema.decodeSync(Password)("Grüße, 🦅")

const ENGINES = { "@node-rs/argon2": NodeRsArgon2Engine.layer, argon2: Argon2Engine.layer }

const hasherWith = (peppers: KeyRing | undefined, engine: (typeof ENGINES)[keyof typeof ENGINES]) =>
  Argon2PasswordHasher.layer({ memoryKib: 32, timeCost: 1, parallelism: 1, concurrency: 1, queueMax: 8, peppers }).pipe(
    Layer.provide([engine, SecureRandom.layerWebCrypto])
  )

passwordHasherContract("peppered @node-rs/argon2", hasherWith([NEW_KEY, OLD_KEY], NodeRsArgon2Engine.layer))
passwordHasherContract("peppered argon2", hasherWith([NEW_KEY], Argon2Engine.layer))

describe("argon2 engines, with a pepper", () => {
  it.effect("compute the same tag, another one than without or under another, and verify each other's hashes", () =>
    Effect.gen(function*() {
      const salt = Uint8Array.from(Buffer.from("a 16-octet salt!"))
      const parameters = { memoryKib: 64, timeCost: 2, parallelism: 2 }
      const engines = yield* Effect.forEach(
        Object.values(ENGINES),
        (layer) => Effect.provide(PasswordHashEngine, layer)
      )
      const tags = yield* Effect.forEach(
        engines,
        (engine) =>
          Effect.forEach(
            [NEW_KEY.secret, OLD_KEY.secret, undefined],
            (pepper) => Effect.map(engine.hash(PASSWORD, salt, parameters, pepper), (hash) => hash.split("$").at(-1))
          )
      )
      assert.deepStrictEqual(tags[0], tags[1])
      assert.strictEqual(new Set(tags[0]).size, 3)
      for (const engine of engines) {
        const hash = yield* engine.hash(PASSWORD, salt, parameters, NEW_KEY.secret)
        for (const other of engines) {
          assert.isTrue(yield* other.verify(PASSWORD, hash, NEW_KEY.secret))
          assert.isFalse(yield* other.verify(WRONG, hash, NEW_KEY.secret))
          assert.isFalse(yield* other.verify(PASSWORD, hash, OLD_KEY.secret))
          assert.isFalse(yield* other.verify(PASSWORD, hash))
        }
      }
    }))
})

describe.each(Object.entries(ENGINES))("peppers, on %s", (_, engine) => {
  const hashWith = (peppers: KeyRing | undefined) =>
    PasswordHasher.use((hasher) => hasher.hash(PASSWORD)).pipe(Effect.provide(hasherWith(peppers, engine)))

  it.effect("a new hash and the decoy name the first pepper and contain none", () =>
    Effect.gen(function*() {
      const hasher = yield* PasswordHasher
      for (const hash of [yield* hasher.hash(PASSWORD), hasher.decoy]) {
        assert.include(hash, ",keyid=new-2$")
        for (const { secret } of [NEW_KEY, OLD_KEY]) {
          assert.notInclude(hash, Buffer.from(Redacted.value(secret)).toString("base64").slice(0, 8))
        }
      }
    }).pipe(Effect.provide(hasherWith([NEW_KEY, OLD_KEY], engine))))

  it.effect.each(["a", "2026-b", "k".repeat(32)])("a pepper may be called %s", (id) =>
    Effect.gen(function*() {
      const hasher = yield* PasswordHasher
      const hash = yield* hasher.hash(PASSWORD)
      assert.include(hash, `,keyid=${id}$`)
      assert.isTrue(yield* hasher.verify(PASSWORD, hash))
      assert.isFalse(yield* hasher.verify(WRONG, hash))
      assert.isFalse(hasher.needsRehash(hash))
    }).pipe(Effect.provide(hasherWith([{ ...NEW_KEY, id }], engine))))

  it.effect("[ASVS 11.1.1] a hash of an earlier pepper, or of none, verifies and needs a new one", () =>
    Effect.gen(function*() {
      const hasher = yield* PasswordHasher
      for (const hash of [yield* hashWith([OLD_KEY]), yield* hashWith(undefined)]) {
        assert.isTrue(yield* hasher.verify(PASSWORD, hash))
        assert.isFalse(yield* hasher.verify(WRONG, hash))
        assert.isTrue(hasher.needsRehash(hash))
      }
      assert.isFalse(hasher.needsRehash(yield* hasher.hash(PASSWORD)))
    }).pipe(Effect.provide(hasherWith([NEW_KEY, OLD_KEY], engine))))

  it.effect("with the database alone, without its pepper or with its name taken off, no password verifies", () =>
    Effect.gen(function*() {
      const hasher = yield* PasswordHasher
      const hash = yield* hashWith([NEW_KEY])
      assert.isFalse(yield* hasher.verify(PASSWORD, hash))
      assert.isFalse(yield* hasher.verify(PASSWORD, PasswordHash.make(hash.replace(",keyid=new-2", ""))))
      assert.isTrue(hasher.needsRehash(hash))
    }).pipe(Effect.provide(hasherWith(undefined, engine))))
})

describe("a pepper that is not configured", () => {
  const attempt = Effect.fnUntraced(function*(hash: PasswordHash) {
    const messages: Array<unknown> = []
    const logger = Logger.make(({ fiber, logLevel, message }) =>
      messages.push([logLevel, message, fiber.getRef(References.CurrentLogAnnotations)])
    )
    const matches = yield* PasswordHasher.use((hasher) => hasher.verify(PASSWORD, hash)).pipe(
      Effect.provide(Logger.layer([logger]))
    )
    return { matches, messages }
  })

  it.effect("[ASVS 6.3.8] is a wrong password to callers and an error to operators", () =>
    Effect.gen(function*() {
      const hash = yield* PasswordHasher.use((hasher) => hasher.hash(PASSWORD)).pipe(
        Effect.provide(hasherWith([NEW_KEY], NodeRsArgon2Engine.layer))
      )
      assert.deepStrictEqual(yield* attempt(hash), {
        matches: false,
        messages: [
          ["Error", ["A password hash needs a pepper that is not configured, so no password verifies"], {
            "pepper.id": "new-2"
          }]
        ]
      })
    }).pipe(Effect.provide(hasherWith([OLD_KEY], NodeRsArgon2Engine.layer))))

  it.effect("opens no hash of the same tag made without one", () =>
    Effect.gen(function*() {
      const hasher = yield* PasswordHasher
      const hash = yield* hasher.hash(PASSWORD)
      assert.isTrue(yield* hasher.verify(PASSWORD, hash))
      const renamed = PasswordHash.make(hash.replace(/(p=\d+)\$/, "$1,keyid=gone$"))
      assert.notStrictEqual(renamed, hash)
      assert.isFalse((yield* attempt(renamed)).matches)
    }).pipe(Effect.provide(hasherWith(undefined, NodeRsArgon2Engine.layer))))
})
