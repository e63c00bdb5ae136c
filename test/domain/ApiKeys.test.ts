import { assert, describe, layer } from "@effect/vitest"
import { DateTime, Duration, Effect, Exit, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { ApiKeyAuthentication } from "../../src/domain/admin/ApiKeyAuthentication.ts"
import { ApiKeyPolicy } from "../../src/domain/admin/ApiKeyPolicy.ts"
import { ApiKeys } from "../../src/domain/admin/ApiKeys.ts"
import type { NewApiKey } from "../../src/domain/admin/ApiKeys.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import type { ApiKey, ApiKeyScope, IssuedApiKey } from "../../src/domain/model/ApiKey.ts"
import { apiKeyOf } from "../../src/domain/model/Audit.ts"
import type { Actor, AuditAction } from "../../src/domain/model/Audit.ts"
import { Caller } from "../../src/domain/model/Caller.ts"
import { ApiKeyRequired, NetworksTooWide, ScopeMissing } from "../../src/domain/model/IdentityErrors.ts"
import { ApiKeyStore } from "../../src/ports/ApiKeyStore.ts"
import * as TestServices from "../support/TestServices.ts"

const create = (fields: Partial<NewApiKey> = {}) =>
  Effect.flatMap(
    ApiKeys,
    (keys) =>
      keys.create({ name: "Billing", scopes: ["accounts:read"], allowedNetworks: [], expiresAt: undefined, ...fields })
  )

const present = (text: string | Redacted.Redacted<string>, scope: ApiKeyScope = "accounts:read") =>
  Effect.flatMap(
    ApiKeyAuthentication,
    ({ authenticate }) => authenticate(typeof text === "string" ? Redacted.make(text) : text, scope)
  )

const isGood = ({ secret }: Pick<IssuedApiKey, "secret">) => Effect.map(Effect.exit(present(secret)), Exit.isSuccess)

const from = (clientAddress: string) =>
  Effect.provideService(Caller, { actor: { type: "anonymous" }, requestId: undefined, clientAddress })

const acting = (apiKey: ApiKey) =>
  Effect.provideService(Caller, {
    actor: { type: "api_key", id: apiKey.id },
    requestId: undefined,
    clientAddress: "192.0.2.7",
    limits: "exempt",
    apiKey
  })

/** What the audit log says, newest first. */
const recordedOf = Effect.fnUntraced(function*(action?: AuditAction) {
  const { items } = yield* (yield* AuditReview).list(
    { accountId: Option.none(), action: Option.fromUndefinedOr(action), since: Option.none() },
    { limit: 100, after: Option.none() }
  )
  return items.flatMap(({ event }) => event === undefined ? [] : [event])
})

const withLast = (secret: Redacted.Redacted<string>, characters: string) =>
  Redacted.value(secret).slice(0, -characters.length) + characters

layer(TestServices.layer)("API keys", (it) => {
  describe("presented", () => {
    it.effect("[P21, ASVS 11.2.4] only the whole secret of a key opens it", () =>
      Effect.gen(function*() {
        const { apiKey, secret } = yield* create()
        assert.strictEqual((yield* present(secret)).id, apiKey.id)
        const other = yield* create()
        const [text, foreign] = [Redacted.value(secret), Redacted.value(other.secret)]
        const wrong = [
          "",
          text.slice(0, -1),
          `${text}A`,
          text.toUpperCase(),
          withLast(secret, "AAAA"),
          ` ${text}`,
          text.slice(0, 30) + foreign.slice(30),
          text.replace("idk_", "idk_0"),
          `idk_${"0".repeat(25)}_${"A".repeat(43)}`
        ]
        for (const [index, guess] of wrong.entries()) {
          assert.deepStrictEqual(
            yield* Effect.flip(present(guess).pipe(from(`10.9.${index}.1`))),
            new ApiKeyRequired()
          )
        }
      }))

    it.effect("[P21] one without the scope is told which is missing", () =>
      Effect.gen(function*() {
        const { secret } = yield* create({ scopes: ["accounts:read", "audit:read"] })
        assert.deepStrictEqual(
          yield* Effect.flip(present(secret, "accounts:write")),
          new ScopeMissing({ scopes: ["accounts:write"] })
        )
      }))

    it.effect("[P21] one is good from its networks only, in any spelling of an address", () =>
      Effect.gen(function*() {
        const { secret } = yield* create({ allowedNetworks: ["192.0.2.0/24", "2001:db8::1"] })
        const opens = (address: string) => Effect.map(Effect.exit(present(secret).pipe(from(address))), Exit.isSuccess)
        for (const inside of ["192.0.2.77", "::ffff:192.0.2.77", "2001:DB8:0::1"]) assert.isTrue(yield* opens(inside))
        for (const outside of ["192.0.3.1", "2001:db8::2", "?"]) assert.isFalse(yield* opens(outside))
        assert.isFalse(yield* isGood({ secret }))
      }))

    it.effect("[P21] one is over at the instant it expires, and when it is revoked", () =>
      Effect.gen(function*() {
        const keys = yield* ApiKeys
        const now = yield* DateTime.now
        const short = yield* create({ expiresAt: DateTime.addDuration(now, "1 hour") })
        const revoked = yield* create()
        yield* TestClock.adjust(Duration.millis(3_599_999))
        assert.isTrue((yield* isGood(short)) && (yield* isGood(revoked)))
        yield* TestClock.adjust("1 milli")
        yield* keys.revoke(revoked.apiKey.id)
        assert.isFalse((yield* isGood(short)) || (yield* isGood(revoked)))
        assert.strictEqual((yield* Effect.flip(keys.revoke(revoked.apiKey.id)))._tag, "ApiKeyNotFound")
      }))

    it.effect("a use is noted at most once a minute", () =>
      Effect.gen(function*() {
        const { find } = yield* ApiKeyStore
        const { apiKey, secret } = yield* create()
        const lastUse = Effect.map(find(apiKey.id), (found) => Option.getOrThrow(found).lastUsedAt)
        const use = Effect.andThen(present(secret), Effect.yieldNow)
        const first = yield* DateTime.now
        yield* use
        yield* TestClock.adjust("59 seconds")
        yield* use
        assert.deepStrictEqual(yield* lastUse, first)
        yield* TestClock.adjust("1 second")
        yield* use
        assert.deepStrictEqual(yield* lastUse, DateTime.addDuration(first, "1 minute"))
      }))

    it.effect("[P21] a use is recorded as the key's, once a minute for each network that it comes from", () =>
      Effect.gen(function*() {
        const { apiKey: { id }, secret } = yield* create()
        const uses = Effect.map(
          recordedOf("api-key.used"),
          (events) => events.map(({ actor, clientAddress }) => [actor, clientAddress])
        )
        assert.deepStrictEqual(yield* uses, [])
        const use = (address: string) => present(secret).pipe(from(address))
        yield* use("192.0.2.7")
        yield* Effect.forEach(Array.from({ length: 5 }), () => use("192.0.2.8"), { concurrency: "unbounded" })
        yield* Effect.flip(present(secret, "accounts:write").pipe(from("2001:db8::1")))
        yield* TestClock.adjust("59 seconds")
        yield* use("2001:db8::2")
        const actor: Actor = { type: "api_key", id }
        assert.deepStrictEqual(yield* uses, [[actor, "2001:db8::1"], [actor, "192.0.2.7"]])
        yield* TestClock.adjust("1 second")
        yield* use("192.0.2.8")
        assert.deepStrictEqual((yield* uses)[0], [actor, "192.0.2.8"])
      }).pipe(Effect.provide(TestServices.layer, { local: true })))

    it.effect("[ASVS 16.3.3] wrong ones are limited by network and recorded; a right one from there is good", () =>
      Effect.gen(function*() {
        const { apiKey, secret } = yield* create()
        const guess = Effect.flip(present(withLast(secret, "AAAA")).pipe(from("203.0.113.9")))
        const refusals = yield* Effect.forEach(Array.from({ length: 30 }), () => guess, { concurrency: "unbounded" })
        const limited = refusals.filter(({ _tag }) => _tag === "TooManyAttempts")
        assert.strictEqual(limited.length, 10)
        const recorded = (yield* recordedOf()).flatMap((event) => apiKeyOf(event) === apiKey.id ? [event.action] : [])
        assert.deepStrictEqual(recorded, [
          "api-key.limited",
          ...Array.from({ length: 19 }, () => "api-key.refused"),
          "api-key.created"
        ])
        assert.strictEqual((yield* present(secret).pipe(from("203.0.113.9"))).id, apiKey.id)
      }))
  })

  describe("made by a key", () => {
    it.effect("[P21] none can do what its maker can't, and rolling shows the secret of none that can", () =>
      Effect.gen(function*() {
        const keys = yield* ApiKeys
        const maker = yield* create({
          scopes: ["keys:write", "accounts:read"],
          allowedNetworks: ["192.0.2.0/24", "2001:db8::/32"]
        })
        const stronger = yield* create({ scopes: ["accounts:write"], allowedNetworks: ["192.0.2.7"] })
        const wider = yield* create({ scopes: ["accounts:read"] })
        const by = acting(maker.apiKey)
        const within = ["192.0.2.128/25", "2001:db8:7::1"]
        const missing = new ScopeMissing({ scopes: ["accounts:write"] })
        assert.deepStrictEqual(
          yield* Effect.flip(by(create({ scopes: ["accounts:read", "accounts:write"], allowedNetworks: within }))),
          missing
        )
        assert.deepStrictEqual(yield* Effect.flip(by(keys.roll(stronger.apiKey.id, Duration.zero))), missing)
        assert.deepStrictEqual(
          yield* Effect.flip(by(keys.roll(wider.apiKey.id, Duration.zero))),
          new NetworksTooWide()
        )
        for (const allowedNetworks of [[], ["192.0.0.0/16"], ["192.0.2.1", "192.0.3.1"], ["::/0"]]) {
          assert.deepStrictEqual(yield* Effect.flip(by(create({ allowedNetworks }))), new NetworksTooWide())
        }
        assert.deepStrictEqual((yield* by(create({ allowedNetworks: within }))).apiKey.allowedNetworks, within)
      }))
  })

  it.effect("[P21] none ends or rolls a key that can do more, or elsewhere, and is told what it lacks", () =>
    Effect.gen(function*() {
      const keys = yield* ApiKeys
      const { apiKey: own } = yield* create({
        scopes: ["keys:write", "accounts:read", "keys:write"],
        allowedNetworks: ["192.0.2.0/24"]
      })
      assert.deepStrictEqual(own.scopes, ["keys:write", "accounts:read"])
      const cases: ReadonlyArray<readonly [scopes: ReadonlyArray<ApiKeyScope>, networks: string, missing: string]> = [
        [["accounts:read"], "192.0.2.7", ""],
        [["keys:write", "accounts:read"], "192.0.2.0/24", ""],
        [["credentials:read", "keys:write", "audit:read"], "", "credentials:read,audit:read"],
        [["accounts:read"], "", "NetworksTooWide"],
        [["accounts:read"], "192.0.2.7,198.51.100.1", "NetworksTooWide"]
      ]
      for (const [scopes, networks, missing] of cases) {
        const { apiKey: { id } } = yield* create({ scopes, allowedNetworks: networks.split(",").filter(Boolean) })
        for (const attempt of [keys.roll(id, Duration.hours(1)), keys.revoke(id)]) {
          const refusal = Exit.findErrorOption(yield* Effect.exit(attempt.pipe(acting(own))))
          const lacking = Option.map(refusal, (it) => it._tag === "ScopeMissing" ? it.scopes.join() : it._tag)
          assert.strictEqual(Option.getOrElse(lacking, () => ""), missing)
        }
        const isLeft = Option.isSome(yield* ApiKeyStore.use(({ find }) => find(id)))
        assert.strictEqual(isLeft, missing !== "")
      }
      yield* keys.revoke(own.id).pipe(acting(own))
    }))

  describe("rolled", () => {
    it.effect("the old secret is good for as long as asked, the new one as long as the key was at first", () =>
      Effect.gen(function*() {
        const keys = yield* ApiKeys
        const now = yield* DateTime.now
        const old = yield* create({ expiresAt: DateTime.addDuration(now, "10 days") })
        yield* TestClock.adjust("4 days")
        const rolled = yield* keys.roll(old.apiKey.id, Duration.hours(1))
        assert.deepStrictEqual(rolled.apiKey.expiresAt, DateTime.addDuration(now, "14 days"))
        assert.isTrue((yield* isGood(old)) && (yield* isGood(rolled)))
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual([yield* isGood(old), yield* isGood(rolled)], [false, true])
        const again = yield* keys.roll(old.apiKey.id, Duration.zero)
        assert.deepStrictEqual([yield* isGood(rolled), yield* isGood(again)], [false, true])
      }))

    it.effect("the old secret of a key gets no longer than it had", () =>
      Effect.gen(function*() {
        const keys = yield* ApiKeys
        const now = yield* DateTime.now
        const old = yield* create({ expiresAt: DateTime.addDuration(now, "1 hour") })
        yield* keys.roll(old.apiKey.id, Duration.days(30))
        yield* TestClock.adjust("1 hour")
        assert.isFalse(yield* isGood(old))
      }))
  })

  describe("lifetimes", () => {
    it.effect("the operator's longest is kept, also as the default, and none begins in the past", () =>
      Effect.gen(function*() {
        const now = yield* DateTime.now
        const max = Duration.days(30)
        const { apiKey } = yield* create()
        assert.deepStrictEqual(apiKey.expiresAt, DateTime.addDuration(now, max))
        for (const expiresAt of [now, DateTime.addDuration(now, Duration.sum(max, Duration.millis(1)))]) {
          assert.strictEqual((yield* Effect.flip(create({ expiresAt })))._tag, "ApiKeyLifetimeRefused")
        }
        yield* create({ expiresAt: DateTime.addDuration(now, max) })
      }).pipe(Effect.provide(
        TestServices.layer.pipe(Layer.provide(Layer.succeed(ApiKeyPolicy, { maxLifetime: Duration.days(30) }))),
        { local: true }
      )))
  })
})
