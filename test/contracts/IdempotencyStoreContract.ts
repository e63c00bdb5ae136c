/**
 * The contract of idempotency stores: one owner at a time claims a key, and a request is done exactly when its effect
 * is.
 */
import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Option, Result } from "effect"
import type { Layer } from "effect"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { IdempotencyStore } from "../../src/ports/IdempotencyStore.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { anAccount, anInsertion, aSession, aSessionId, aStart, committing, START } from "../support/builders.ts"
import { aClaim, aKey } from "./idempotency-store/claims.ts"

export const idempotencyStoreContract = <E>(
  name: string,
  stores: Layer.Layer<IdempotencyStore | AccountStore | SessionStore, E>
): void => {
  layer(stores)(`${name} idempotency store`, (it) => {
    it.effect("[P3] of many claims of one key at the same time exactly one succeeds", () =>
      Effect.gen(function*() {
        const requests = yield* IdempotencyStore
        const key = aKey()
        const claims = yield* Effect.forEach(
          Array.from({ length: 20 }, () => aClaim(key)),
          requests.claim,
          { concurrency: "unbounded" }
        )
        assert.strictEqual(claims.filter((claim) => claim._tag === "Claimed").length, 1)
        assert.strictEqual(claims.filter((claim) => claim._tag === "Running").length, 19)
      }))

    it.effect("a request is done with its effect, and answers its fingerprint and answer from then on", () =>
      Effect.gen(function*() {
        const requests = yield* IdempotencyStore
        const store = yield* AccountStore
        const claim = aClaim(aKey())
        yield* requests.claim(claim)
        const account = anAccount()
        const request = { key: claim.key, owner: claim.owner, answer: "an answer" }
        yield* store.insertAccount(committing(anInsertion(account), { request }))
        assert.deepStrictEqual(
          yield* requests.claim({ ...aClaim(claim.key), fingerprint: "other" }),
          { _tag: "Done", fingerprint: "fingerprint", answer: "an answer" }
        )
      }))

    it.effect("a session completes its request too", () =>
      Effect.gen(function*() {
        const requests = yield* IdempotencyStore
        const accountStore = yield* AccountStore
        const sessionStore = yield* SessionStore
        const account = anAccount()
        yield* accountStore.insertAccount(anInsertion(account))
        const claim = aClaim(aKey())
        yield* requests.claim(claim)
        const request = { key: claim.key, owner: claim.owner, answer: "a session" }
        const saved = yield* sessionStore.insertSession(committing(aStart(aSession(account)), { request }))
        assert.deepStrictEqual(saved, Option.some(1))
        assert.strictEqual((yield* requests.claim(aClaim(claim.key)))._tag, "Done")
      }))

    it.effect("[ASVS 2.3.3] an effect that is refused leaves its request undone", () =>
      Effect.gen(function*() {
        const requests = yield* IdempotencyStore
        const accountStore = yield* AccountStore
        const sessionStore = yield* SessionStore
        const account = anAccount()
        yield* accountStore.insertAccount(anInsertion(account))
        const claim = aClaim(aKey())
        yield* requests.claim(claim)
        const request = { key: claim.key, owner: claim.owner, answer: "never" }
        yield* Effect.flip(
          accountStore.insertAccount(committing(anInsertion(anAccount({ email: account.email })), { request }))
        )
        assert.deepStrictEqual(
          yield* sessionStore.insertSession(committing(aStart(aSession(account, { epoch: 5 })), { request })),
          Option.none()
        )
        assert.strictEqual((yield* requests.claim(aClaim(claim.key)))._tag, "Running")
      }))

    it.effect("a claim lapses and is taken over; its former owner then has no effect", () =>
      Effect.gen(function*() {
        const requests = yield* IdempotencyStore
        const accountStore = yield* AccountStore
        const sessionStore = yield* SessionStore
        const account = anAccount()
        yield* accountStore.insertAccount(anInsertion(account))
        const claim = aClaim(aKey())
        yield* requests.claim(claim)
        const before = DateTime.subtractDuration(claim.claimedUntil, "1 millis")
        assert.strictEqual((yield* requests.claim(aClaim(claim.key, "late", before)))._tag, "Running")
        assert.strictEqual((yield* requests.claim(aClaim(claim.key, "late", claim.claimedUntil)))._tag, "Claimed")
        const request = { key: claim.key, owner: claim.owner, answer: "too late" }
        const session = aSession(account)
        const second = anAccount()
        const errors = [
          yield* Effect.flip(sessionStore.insertSession(committing(aStart(session), { request }))),
          yield* Effect.flip(accountStore.insertAccount(committing(anInsertion(second), { request })))
        ]
        assert.deepStrictEqual(errors.map((error) => error._tag), ["RequestInProgress", "RequestInProgress"])
        assert.deepStrictEqual(yield* sessionStore.findSession(session.id), Option.none())
        assert.deepStrictEqual(yield* accountStore.findAccount(second.id), Option.none())
      }))

    it.effect("a claim of an owner that was abandoned is taken over at once; its former owner then has no effect", () =>
      Effect.gen(function*() {
        const requests = yield* IdempotencyStore
        const accountStore = yield* AccountStore
        const sessionStore = yield* SessionStore
        const account = anAccount()
        yield* accountStore.insertAccount(anInsertion(account))
        const claim = aClaim(aKey())
        yield* requests.claim(claim)
        const others = { ...aClaim(claim.key), abandoned: [aSessionId(), aSessionId()] }
        assert.strictEqual((yield* requests.claim(others))._tag, "Running")
        const successor = { ...aClaim(claim.key), abandoned: [aSessionId(), claim.owner] }
        assert.strictEqual((yield* requests.claim(successor))._tag, "Claimed")
        const late = { key: claim.key, owner: claim.owner, answer: "too late" }
        const session = aSession(account)
        const second = anAccount()
        const errors = [
          yield* Effect.flip(sessionStore.insertSession(committing(aStart(session), { request: late }))),
          yield* Effect.flip(accountStore.insertAccount(committing(anInsertion(second), { request: late })))
        ]
        assert.deepStrictEqual(errors.map((error) => error._tag), ["RequestInProgress", "RequestInProgress"])
        assert.deepStrictEqual(yield* sessionStore.findSession(session.id), Option.none())
        assert.deepStrictEqual(yield* accountStore.findAccount(second.id), Option.none())
        const request = { key: claim.key, owner: successor.owner, answer: "in time" }
        assert.deepStrictEqual(
          yield* sessionStore.insertSession(committing(aStart(session), { request })),
          Option.some(1)
        )
      }))

    it.effect("[P3] of many who take over at the same time one succeeds", () =>
      Effect.gen(function*() {
        const requests = yield* IdempotencyStore
        const claim = aClaim(aKey())
        yield* requests.claim(claim)
        const claims = yield* Effect.forEach(
          Array.from({ length: 20 }, () => ({ ...aClaim(claim.key), abandoned: [claim.owner] })),
          requests.claim,
          { concurrency: "unbounded" }
        )
        assert.strictEqual(claims.filter((claim) => claim._tag === "Claimed").length, 1)
        assert.strictEqual(claims.filter((claim) => claim._tag === "Running").length, 19)
      }))

    it.effect("a request that was done is done, though its owner was abandoned", () =>
      Effect.gen(function*() {
        const requests = yield* IdempotencyStore
        const store = yield* AccountStore
        const claim = aClaim(aKey())
        yield* requests.claim(claim)
        const request = { key: claim.key, owner: claim.owner, answer: "an answer" }
        yield* store.insertAccount(committing(anInsertion(anAccount()), { request }))
        const again = { ...aClaim(claim.key), abandoned: [claim.owner] }
        assert.strictEqual((yield* requests.claim(again))._tag, "Done")
      }))

    it.effect("[P3] an effect and a take-over at the same time exclude each other", () =>
      Effect.gen(function*() {
        const requests = yield* IdempotencyStore
        const store = yield* AccountStore
        for (let round = 0; round < 20; round += 1) {
          const claim = aClaim(aKey())
          yield* requests.claim(claim)
          const request = { key: claim.key, owner: claim.owner, answer: "an answer" }
          const account = anAccount()
          const [effect, taken] = yield* Effect.all([
            Effect.result(store.insertAccount(committing(anInsertion(account), { request }))),
            requests.claim({ ...aClaim(claim.key), abandoned: [claim.owner] })
          ], { concurrency: 2 })
          assert.include(Result.isSuccess(effect) ? ["Running", "Done"] : ["Claimed"], taken._tag)
          assert.strictEqual(Option.isSome(yield* store.findAccount(account.id)), Result.isSuccess(effect))
        }
      }))

    it.effect("a claim is given up by its owner only, and only while it is not done", () =>
      Effect.gen(function*() {
        const requests = yield* IdempotencyStore
        const store = yield* AccountStore
        const claim = aClaim(aKey())
        yield* requests.claim(claim)
        yield* requests.release({ key: claim.key, owner: "somebody else" })
        assert.strictEqual((yield* requests.claim(aClaim(claim.key)))._tag, "Running")
        yield* requests.release(claim)
        assert.strictEqual((yield* requests.claim(claim))._tag, "Claimed")
        const request = { key: claim.key, owner: claim.owner, answer: "done" }
        yield* store.insertAccount(committing(anInsertion(anAccount()), { request }))
        yield* requests.release(claim)
        assert.strictEqual((yield* requests.claim(aClaim(claim.key)))._tag, "Done")
      }))
    it.effect("a record that expired counts as none", () =>
      Effect.gen(function*() {
        const requests = yield* IdempotencyStore
        const later = DateTime.addDuration(START, "1 day")
        const key = aKey()
        yield* requests.claim(aClaim(key))
        assert.strictEqual((yield* requests.claim(aClaim(key, "again", later)))._tag, "Claimed")
        assert.strictEqual((yield* requests.claim(aClaim(key, "third", later)))._tag, "Running")
      }))
  })
}
