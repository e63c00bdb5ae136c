import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import * as PooledRandom from "../../../src/adapters/crypto/PooledRandom.ts"
import * as SecureIdGenerator from "../../../src/adapters/crypto/SecureIdGenerator.ts"
import { IdGenerator } from "../../../src/ports/IdGenerator.ts"
import { idGeneratorContract } from "../../contracts/IdGeneratorContract.ts"
import { bytes } from "../../support/texts.ts"

idGeneratorContract("secure", SecureIdGenerator.layer.pipe(Layer.provide(PooledRandom.layer)))

const generatorOf = (random: (size: number) => Uint8Array) =>
  SecureIdGenerator.layer.pipe(Layer.provide(Layer.succeed(SecureRandom.SecureRandom, SecureRandom.make(random))))

const generatorWith = (byte: number) => generatorOf((size) => new Uint8Array(size).fill(byte))

it.effect("an account id is the UUIDv7 of its moment in base36", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(0x0199_0000_0000)
    const id = yield* IdGenerator.use((ids) => ids.accountId)
    const uuid = 0x0199_0000_0000_7000_8000_0000_0000_0000n
    assert.strictEqual(id, `acct_${uuid.toString(36).padStart(25, "0")}`)
  }).pipe(Effect.provide(generatorWith(0))))

it.effect.prop(
  "a session id is the number that its 128 random bits are",
  { random: bytes(16, 16) },
  ({ random }) =>
    Effect.gen(function*() {
      const id = yield* IdGenerator.use((ids) => ids.sessionId)
      const value = Array.from(id.slice(4)).reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n)
      assert.strictEqual(value, BigInt(`0x${Buffer.from(random).toString("hex")}`))
    }).pipe(Effect.provide(generatorOf(() => random)))
)

it.effect("the least and the greatest 128 bits fit the 25 digits of a session id", () =>
  Effect.gen(function*() {
    const least = yield* IdGenerator.use((ids) => ids.sessionId).pipe(Effect.provide(generatorWith(0)))
    const greatest = yield* IdGenerator.use((ids) => ids.sessionId).pipe(Effect.provide(generatorWith(255)))
    assert.strictEqual(least, "ses_0000000000000000000000000")
    assert.strictEqual(greatest, `ses_${(2n ** 128n - 1n).toString(36)}`)
  }))
