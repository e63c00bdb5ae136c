/**
 * Promises to the past: tokens, credentials, answers, cursors and hashes that earlier releases made must still verify,
 * byte for byte.
 *
 * Entries are added and never changed. A change that needs another entry would sign everybody out or lock everybody
 * out.
 */
import { assert, describe, it } from "@effect/vitest"
import { Array, DateTime, Effect, Layer, Option, Redacted, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import * as Argon2Engine from "../../src/adapters/crypto/Argon2Engine.ts"
import * as Argon2PasswordHasher from "../../src/adapters/crypto/Argon2PasswordHasher.ts"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import { KeyRing } from "../../src/adapters/crypto/KeyRing.ts"
import * as NodeRsArgon2Engine from "../../src/adapters/crypto/NodeRsArgon2Engine.ts"
import { AccountId } from "../../src/domain/model/Account.ts"
import { ChallengeId } from "../../src/domain/model/Challenge.ts"
import type { ChallengeAnswer } from "../../src/domain/model/Challenge.ts"
import { DeviceId } from "../../src/domain/model/Device.ts"
import { Password, PasswordHash } from "../../src/domain/model/Password.ts"
import { SessionId } from "../../src/domain/model/Session.ts"
import { PasswordHasher } from "../../src/ports/PasswordHasher.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import foreignHashes from "./foreign-password-hashes.json" with { type: "json" }
import hashes from "./password-hashes.json" with { type: "json" }
import pepperedHashes from "./peppered-password-hashes.json" with { type: "json" }
import tokens from "./tokens.json" with { type: "json" }

const keys = tokens.keys.map(({ kid, secret }) => ({
  id: kid,
  secret: Redacted.make(Uint8Array.from(Buffer.from(secret, "base64url")))
}))

const signerOf = (kid: string) => {
  const ordered = keys.toSorted((left, right) => Number(right.id === kid) - Number(left.id === kid))
  if (!Array.isArrayNonEmpty(ordered)) throw new Error("tokens.json names no keys")
  return HmacTokenSigner.layer(ordered)
}

const kidOf = (signed: string): string => signed.slice(0, signed.indexOf("."))

describe("frozen tokens", () => {
  it.effect.each(tokens.sessions)(
    "$token verifies and is signed again alike",
    ({ id, token }) =>
      Effect.gen(function*() {
        const signer = yield* TokenSigner
        const session = SessionId.make(id)
        assert.deepStrictEqual(yield* signer.verifySession(Redacted.make(token)), Option.some(session))
        assert.strictEqual(Redacted.value(yield* signer.signSession(session)), token)
      }).pipe(Effect.provide(signerOf(kidOf(token))))
  )

  it.effect.each(tokens.devices)(
    "$credential verifies and is signed again alike",
    ({ account_id, credential, id, signed_in_at }) =>
      Effect.gen(function*() {
        const signer = yield* TokenSigner
        const device = {
          id: DeviceId.make(id),
          accountId: AccountId.make(account_id),
          signedInAt: DateTime.makeUnsafe(signed_in_at)
        }
        assert.deepStrictEqual(yield* signer.verifyDevice(Redacted.make(credential)), Option.some(device))
        assert.strictEqual(Redacted.value(yield* signer.signDevice(device)), credential)
      }).pipe(Effect.provide(signerOf(kidOf(credential))))
  )

  it.effect.each(tokens.cursors)(
    "$cursor verifies and is signed again alike",
    ({ cursor, list, position }) =>
      Effect.gen(function*() {
        const signer = yield* TokenSigner
        assert.deepStrictEqual(yield* signer.verifyCursor(list, cursor), Option.some(position))
        assert.strictEqual(yield* signer.signCursor(list, position), cursor)
      }).pipe(Effect.provide(signerOf(kidOf(cursor))))
  )

  it.effect.each(tokens.challenges)(
    "$code and $token answer their challenge and are derived again alike",
    ({ code, id, token }) =>
      Effect.gen(function*() {
        const signer = yield* TokenSigner
        const challenge = ChallengeId.make(id)
        const secrets = yield* signer.signChallenge("recovery", challenge)
        assert.deepStrictEqual([Redacted.value(secrets.code), Redacted.value(secrets.token)], [code, token])
        const answers: ReadonlyArray<ChallengeAnswer> = [
          { _tag: "Code", code: Redacted.make(code) },
          { _tag: "Token", token: Redacted.make(token) }
        ]
        for (const answer of answers) assert.isTrue(yield* signer.verifyChallenge("recovery", challenge, answer))
      }).pipe(Effect.provide(signerOf(kidOf(token))))
  )

  it.effect("[ASVS 13.3.1] the published keys are refused as signing keys", () =>
    Effect.gen(function*() {
      const written = tokens.keys.map(({ kid, secret }) => `${kid}:${secret}`)
      for (const key of written) yield* Effect.flip(Schema.decodeEffect(KeyRing)(key))
    }))
})

const aPassword = Schema.decodeSync(Password)

const ENGINES = { "@node-rs/argon2": NodeRsArgon2Engine.layer, argon2: Argon2Engine.layer }

const hasherOn =
  (engine: typeof NodeRsArgon2Engine.layer) =>
  (parameters: { memoryKib: number; timeCost: number; parallelism: number }, peppers?: KeyRing) =>
    Argon2PasswordHasher.layer({ ...parameters, concurrency: 1, peppers }).pipe(
      Layer.provide([engine, SecureRandom.layerWebCrypto])
    )

/** Verifies a hash of another system. */
const verifiesOn = (engine: typeof NodeRsArgon2Engine.layer) => (vector: typeof foreignHashes[number]) =>
  Effect.gen(function*() {
    const hasher = yield* PasswordHasher
    const hash = PasswordHash.make(vector.hash)
    assert.isTrue(yield* hasher.verify(Schema.decodeSync(Password)(vector.password), hash))
    assert.isFalse(yield* hasher.verify(Schema.decodeSync(Password)(`.${vector.password}`), hash))
  }).pipe(Effect.provide(hasherOn(engine)({ memoryKib: 32, timeCost: 1, parallelism: 1 })))

/** Argon2 of other systems. Before digests an engine computes a decoy, as before all others. */
const isOfEngine = ({ hash }: typeof foreignHashes[number]) => /^(?:\$argon2|\{)/.test(hash)

describe.each(Object.entries(ENGINES))("frozen password hashes, on %s", (_, engine) => {
  const hasherWith = hasherOn(engine)

  it.effect.each(hashes)(
    "$hash of $engine verifies and is current under its parameters",
    (vector) =>
      Effect.gen(function*() {
        const hasher = yield* PasswordHasher
        const hash = PasswordHash.make(vector.hash)
        assert.isTrue(yield* hasher.verify(aPassword(vector.password), hash))
        assert.isFalse(yield* hasher.verify(aPassword(`${vector.password}.`), hash))
        assert.isFalse(hasher.needsRehash(hash))
      }).pipe(Effect.provide(hasherWith(vector)))
  )

  it.effect.each(pepperedHashes)(
    "$hash of $tool verifies and is current under its parameters and pepper",
    ({ hash: text, password, pepper, ...parameters }) =>
      Effect.gen(function*() {
        const peppers = yield* Schema.decodeEffect(KeyRing)(pepper)
        yield* Effect.gen(function*() {
          const hasher = yield* PasswordHasher
          const hash = PasswordHash.make(text)
          assert.isTrue(yield* hasher.verify(Schema.decodeSync(Password)(password), hash))
          assert.isFalse(yield* hasher.verify(Schema.decodeSync(Password)(`${password}.`), hash))
          assert.isFalse(hasher.needsRehash(hash))
        }).pipe(Effect.provide(hasherWith(parameters, peppers)))
      })
  )

  it.effect.each(foreignHashes.filter(isOfEngine))("$hash of $tool verifies", verifiesOn(engine))
})

describe("frozen password hashes of other systems", () => {
  it.effect.each(foreignHashes.filter((vector) => !isOfEngine(vector)))(
    "$hash of $tool verifies",
    verifiesOn(NodeRsArgon2Engine.layer)
  )
})
