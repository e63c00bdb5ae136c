/**
 * The contract of id generators. `generator` builds one that all tests of the suite share.
 */
import { assert, layer } from "@effect/vitest"
import { Array, Effect, Schema } from "effect"
import type { Layer } from "effect"
import { TestClock } from "effect/testing"
import { AccountId } from "../../src/domain/model/Account.ts"
import { ApiKeyId } from "../../src/domain/model/ApiKey.ts"
import { ChallengeId } from "../../src/domain/model/Challenge.ts"
import { DeviceId } from "../../src/domain/model/Device.ts"
import { FactorId } from "../../src/domain/model/Factor.ts"
import { MailId } from "../../src/domain/model/Mail.ts"
import { SessionId } from "../../src/domain/model/Session.ts"
import { IdGenerator } from "../../src/ports/IdGenerator.ts"

const many = <A>(id: Effect.Effect<A>) => Effect.all(Array.replicate(id, 2000))

export const idGeneratorContract = <E>(name: string, generator: Layer.Layer<IdGenerator, E>): void => {
  layer(generator)(`${name} id generator`, (it) => {
    it.effect("ids have the form of their kind", () =>
      Effect.gen(function*() {
        const ids = yield* IdGenerator
        assert.isTrue((yield* many(ids.accountId)).every(Schema.is(AccountId)))
        assert.isTrue((yield* many(ids.sessionId)).every(Schema.is(SessionId)))
        assert.isTrue((yield* many(ids.deviceId)).every(Schema.is(DeviceId)))
        assert.isTrue((yield* many(ids.challengeId)).every(Schema.is(ChallengeId)))
        assert.isTrue((yield* many(ids.factorId)).every(Schema.is(FactorId)))
        assert.isTrue((yield* many(ids.apiKeyId)).every(Schema.is(ApiKeyId)))
        assert.isTrue((yield* many(ids.mailId)).every(Schema.is(MailId)))
      }))

    it.effect("account ids sort after every earlier one, even within one millisecond", () =>
      Effect.gen(function*() {
        const ids = yield* IdGenerator
        const made = yield* many(ids.accountId)
        assert.deepStrictEqual(made, made.toSorted())
        assert.strictEqual(new Set(made).size, made.length)
      }))

    it.effect("account ids sort by the time of their creation", () =>
      Effect.gen(function*() {
        const ids = yield* IdGenerator
        const early = yield* ids.accountId
        yield* TestClock.adjust("1 milli")
        const late = yield* ids.accountId
        yield* TestClock.adjust("7300 days")
        const latest = yield* ids.accountId
        assert.deepStrictEqual([early, late, latest], [early, late, latest].toSorted())
      }))

    it.effect("account ids go on sorting when the clock is set back", () =>
      Effect.gen(function*() {
        const ids = yield* IdGenerator
        yield* TestClock.setTime(Date.UTC(2200, 0))
        const before = yield* ids.accountId
        yield* TestClock.setTime(Date.UTC(2150, 0))
        const after = yield* ids.accountId
        assert.isTrue(before < after)
      }))

    it.effect.each(["sessionId", "deviceId", "challengeId", "factorId"] as const)(
      "[ASVS 7.2.3, 11.5.1] every %s carries 128 random bits: none comes twice and every bit is set in half of them",
      (kind) =>
        Effect.gen(function*() {
          const ids = yield* IdGenerator
          const made: ReadonlyArray<string> = yield* many<string>(ids[kind])
          assert.strictEqual(new Set(made).size, made.length)
          const values = made.map((id) =>
            Array.reduce(id.slice(4), 0n, (sum, digit) => sum * 36n + BigInt(parseInt(digit, 36)))
          )
          const frequencies = Array.makeBy(
            128,
            (bit) => values.filter((value) => (value >> BigInt(bit) & 1n) === 1n).length
          )
          // Eight standard deviations around the mean of 1,000.
          assert.deepStrictEqual(frequencies.filter((count) => count < 820 || count > 1180), [])
          assert.isTrue(values.every((value) => value < 1n << 128n))
        })
    )

    it.effect("[ASVS 7.2.3] session ids do not sort by creation", () =>
      Effect.gen(function*() {
        const ids = yield* IdGenerator
        const made = yield* many(ids.sessionId)
        const ascents = made.filter((id, index) => index > 0 && id > (made[index - 1] ?? "")).length
        assert.isTrue(ascents > 800 && ascents < 1200)
      }))
  })
}
