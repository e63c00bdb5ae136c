/**
 * The contract of the stores of API keys. Each sentence in the port's documentation has a test here.
 */
import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import type { Layer } from "effect"
import { ApiKey } from "../../src/domain/model/ApiKey.ts"
import { ApiKeyStore } from "../../src/ports/ApiKeyStore.ts"
import type { AuditLog } from "../../src/ports/AuditLog.ts"
import { anApiKey, anEvent, START } from "../support/builders.ts"
import { linksOf } from "./audit-log/entries.ts"

const LATER = DateTime.addDuration(START, "1 minute")

const saved = Effect.fnUntraced(function*(fields: Partial<ApiKey> = {}) {
  const apiKey = anApiKey(fields)
  yield* (yield* ApiKeyStore).insert({ apiKey, commit: { audit: anEvent({ chain: apiKey.id }) } })
  return apiKey
})

const found = (id: ApiKey["id"]) => Effect.flatMap(ApiKeyStore, ({ find }) => find(id))

const aRoll = ({ id }: ApiKey, digest: string) => ({
  id,
  digest,
  issuedAt: LATER,
  expiresAt: DateTime.addDuration(LATER, "30 days"),
  previousUntil: DateTime.addDuration(LATER, "1 hour"),
  commit: { audit: anEvent({ chain: id }) }
})

const recorded = (chain: string) => Effect.map(linksOf(chain), ({ length }) => length)

export const apiKeyStoreContract = <E>(name: string, stores: Layer.Layer<ApiKeyStore | AuditLog, E>): void => {
  layer(stores)(`${name} API key store`, (it) => {
    it.effect("a key comes back as it was saved, to the millisecond, and is recorded", () =>
      Effect.gen(function*() {
        const plain = yield* saved()
        const whole = yield* saved({
          allowedNetworks: ["192.0.2.0/24", "2001:db8::/32"],
          previousDigest: "earlier",
          previousUntil: LATER,
          lastUsedAt: LATER
        })
        assert.deepStrictEqual(yield* found(plain.id), Option.some(plain))
        assert.deepStrictEqual(yield* found(whole.id), Option.some(whole))
        assert.deepStrictEqual(yield* found(anApiKey().id), Option.none())
        assert.strictEqual(yield* recorded(plain.id), 1)
      }))

    it.effect("a roll keeps everything but the secrets and the times, and is recorded", () =>
      Effect.gen(function*() {
        const { roll } = yield* ApiKeyStore
        const key = yield* saved()
        const { commit: _, ...issued } = aRoll(key, "new")
        const expected = ApiKey.make({ ...key, ...issued, previousDigest: key.digest })
        assert.deepStrictEqual(yield* roll(aRoll(key, "new")), Option.some(expected))
        assert.deepStrictEqual(yield* found(key.id), Option.some(expected))
        assert.strictEqual(yield* recorded(key.id), 2)
        const absent = anApiKey()
        assert.deepStrictEqual(yield* roll(aRoll(absent, "new")), Option.none())
        assert.strictEqual(yield* recorded(absent.id), 0)
      }))

    it.effect("of rolls at the same time, each makes the secret before it the previous one", () =>
      Effect.gen(function*() {
        const { roll } = yield* ApiKeyStore
        const key = yield* saved()
        const digests = Array.from({ length: 8 }, (_, index) => `digest-${index}`)
        const rolled = yield* Effect.forEach(digests, (digest) => roll(aRoll(key, digest)), {
          concurrency: "unbounded"
        })
        const previous = rolled.flatMap(Option.toArray).map(({ previousDigest }) => previousDigest)
        const { digest } = Option.getOrThrow(yield* found(key.id))
        assert.deepStrictEqual([...previous, digest].toSorted(), [key.digest, ...digests].toSorted())
      }))

    it.effect("a use is noted unless a later one than `unlessUsedSince` is", () =>
      Effect.gen(function*() {
        const { noteUse } = yield* ApiKeyStore
        const { id } = yield* saved()
        const use = (at: DateTime.Utc) =>
          noteUse({ id, lastUsedAt: at, unlessUsedSince: DateTime.subtractDuration(at, "1 minute") })
        const lastUse = Effect.map(found(id), (key) => Option.getOrThrow(key).lastUsedAt)
        yield* use(START)
        yield* use(DateTime.addDuration(START, "59 seconds"))
        assert.deepStrictEqual(yield* lastUse, START)
        yield* use(LATER)
        assert.deepStrictEqual(yield* lastUse, LATER)
      }))

    it.effect("of many that remove a key one does, and it alone is recorded", () =>
      Effect.gen(function*() {
        const { remove } = yield* ApiKeyStore
        const { id } = yield* saved()
        const removals = yield* Effect.forEach(
          Array.from({ length: 8 }),
          () => remove({ id, commit: { audit: anEvent({ chain: id }) } }),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(removals.filter((removed) => removed).length, 1)
        assert.deepStrictEqual(yield* found(id), Option.none())
        assert.strictEqual(yield* recorded(id), 2)
      }))
  })
}
