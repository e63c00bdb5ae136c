import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Option, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import { vi } from "vitest"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { DisplayName } from "../../src/domain/model/Account.ts"
import type { Email } from "../../src/domain/model/Email.ts"
import { IdempotencyKey } from "../../src/domain/model/Idempotency.ts"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { IdempotencyStore } from "../../src/ports/IdempotencyStore.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { anEmail, aSessionId, committing } from "../support/builders.ts"
import { aPassword, PASSWORD, signIn, signUp } from "../support/people.ts"
import { changing } from "../support/stores.ts"
import * as TestServices from "../support/TestServices.ts"

const aKey = () => IdempotencyKey.make(aSessionId())

const create = Effect.fnUntraced(function*(key: IdempotencyKey, email = anEmail(), text = PASSWORD) {
  const accounts = yield* Accounts
  return yield* accounts.create({
    email,
    password: yield* aPassword(text),
    displayName: DisplayName.make("Ada Lovelace"),
    idempotencyKey: key
  })
})

layer(TestServices.layer)("idempotent requests", (it) => {
  it.effect("an account is created once and answered alike ever after", () =>
    Effect.gen(function*() {
      const [key, email] = [aKey(), anEmail()]
      const first = yield* create(key, email)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* create(key, email), first)
    }))

  it.effect("the answer is the account as it was created, whatever became of it", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const [key, email] = [aKey(), anEmail()]
      const first = yield* create(key, email)
      yield* accounts.change(first.id, { displayName: DisplayName.make("Renamed") })
      assert.deepStrictEqual(yield* create(key, email), first)
    }))

  it.effect("without a key, no password becomes part of another text", () =>
    Effect.gen(function*() {
      const written = yield* Effect.acquireRelease(
        Effect.sync(() => vi.spyOn(JSON, "stringify")),
        (spy) => Effect.sync(() => spy.mockRestore())
      )
      const email = anEmail()
      yield* signUp(email)
      yield* signIn(email)
      const texts = written.mock.results.map(({ value }) => String(value))
      assert.isFalse(texts.some((text) => text.includes(PASSWORD)))
    }))

  it.effect("[P3] of many at the same time one takes effect; the others see it running or its answer", () =>
    Effect.gen(function*() {
      const [key, email] = [aKey(), anEmail()]
      const results = yield* Effect.forEach(
        Array.from({ length: 64 }),
        () => Effect.result(create(key, email)),
        { concurrency: "unbounded" }
      )
      const ids = new Set(results.filter(Result.isSuccess).map((result) => result.success.id))
      const errors = new Set(results.filter(Result.isFailure).map((result) => result.failure._tag))
      assert.strictEqual(ids.size, 1)
      assert.deepStrictEqual([...errors], ["RequestInProgress"])
    }))

  it.effect("another request with the same key is refused", () =>
    Effect.gen(function*() {
      const [key, email] = [aKey(), anEmail()]
      yield* create(key, email)
      assert.strictEqual((yield* Effect.flip(create(key)))._tag, "IdempotencyKeyReused")
      assert.strictEqual((yield* Effect.flip(create(key, email, "another password")))._tag, "IdempotencyKeyReused")
    }))

  it.effect("a refused request gives its key back", () =>
    Effect.gen(function*() {
      const key = aKey()
      const holder = yield* signUp()
      assert.strictEqual((yield* Effect.flip(create(key, holder.email)))._tag, "EmailAlreadyExists")
      yield* create(key)
    }))

  it.effect("a session is started once and answered with the same token", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const idempotencyKey = aKey()
      const account = yield* signUp()
      const first = yield* signIn(account.email, PASSWORD, { idempotencyKey })
      yield* TestClock.adjust("1 minute")
      const again = yield* signIn(account.email, PASSWORD, { idempotencyKey })
      assert.strictEqual(Redacted.value(again.token), Redacted.value(first.token))
      assert.deepStrictEqual(again.session, first.session)
      const live = yield* sessions.list(account.id, { limit: 20, after: Option.none() })
      assert.strictEqual(live.items.length, 1)
    }))

  it.effect("a session is answered as before by what release 0.1 kept of it", () =>
    Effect.gen(function*() {
      const idempotencyKey = aKey()
      const account = yield* signUp()
      const withoutName = (answer: string) => answer.replace(/,?"displayName":"[^"]*"/, "")
      const older = changing(SessionStore, (store) => ({
        insertSession: (input) => {
          const { request } = input.commit
          return store.insertSession(
            request === undefined
              ? input
              : committing(input, { request: { ...request, answer: withoutName(request.answer) } })
          )
        }
      }))
      const first = yield* signIn(account.email, PASSWORD, { idempotencyKey }).pipe(
        Effect.provide(TestServices.layerOver(older), { local: true })
      )
      const again = yield* signIn(account.email, PASSWORD, { idempotencyKey })
      assert.deepStrictEqual([again.session, again.account], [first.session, first.account])
    }))

  it.effect("a key with the right email and a wrong password never yields the session", () =>
    Effect.gen(function*() {
      const idempotencyKey = aKey()
      const account = yield* signUp()
      yield* signIn(account.email, PASSWORD, { idempotencyKey })
      const error = yield* Effect.flip(signIn(account.email, "wrong password", { idempotencyKey }))
      assert.strictEqual(error._tag, "IdempotencyKeyReused")
    }))

  it.effect("[ASVS 2.3.3] a crash between effect and answer replays the effect that happened", () =>
    Effect.gen(function*() {
      const [key, email] = [aKey(), anEmail()]
      const crashing = changing(AccountStore, (store) => ({
        insertAccount: (input) => Effect.andThen(store.insertAccount(input), Effect.die("the power went out"))
      }))
      yield* Effect.exit(
        create(key, email).pipe(
          Effect.provide(TestServices.layerOver(crashing), { local: true })
        )
      )
      const account = yield* create(key, email)
      assert.strictEqual(account.email, email)
    }))

  it.effect("a request whose owner vanished before its effect can be sent again after ten seconds", () =>
    Effect.gen(function*() {
      const [key, email] = [aKey(), anEmail()]
      const reached = yield* Deferred.make<void>()
      const hanging = changing(AccountStore, () => ({
        insertAccount: () => Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
      })).pipe(Layer.provide(changing(IdempotencyStore, () => ({ release: () => Effect.void }))))
      const vanishing = yield* create(key, email).pipe(
        Effect.provide(TestServices.layerOver(hanging), { local: true }),
        Effect.forkChild
      )
      yield* Deferred.await(reached)
      assert.strictEqual((yield* Effect.flip(create(key, email)))._tag, "RequestInProgress")
      yield* Fiber.interrupt(vanishing)
      yield* TestClock.adjust("10 seconds")
      yield* create(key, email)
    }))
})

const away = Effect.fail(new StoreUnavailable())

/** Another node over the same stores. `fault` makes some of its operations fail. */
const makeNode = Effect.fnUntraced(function*() {
  const faults = new Set<"claim" | "effect" | "release" | "unreachable">()
  const faulty = changing(AccountStore, (store) => ({
    insertAccount: (input) => faults.has("effect") ? away : store.insertAccount(input)
  })).pipe(
    Layer.provide(changing(IdempotencyStore, (store) => ({
      // The change is made, but its answer is lost.
      claim: (input) =>
        faults.has("unreachable")
          ? away
          : faults.has("claim")
          ? Effect.andThen(store.claim(input), away)
          : store.claim(input),
      release: (input) => faults.has("release") ? away : store.release(input)
    })))
  )
  const context = yield* Layer.build(Layer.fresh(TestServices.layerOver(faulty)))
  return { faults, create: (key: IdempotencyKey, email: Email) => Effect.provide(create(key, email), context) }
})

layer(TestServices.layer)("a request that failed with the store", (it) => {
  it.effect.each([["claim"], ["effect"]] as const)(
    "can be sent again at once where its %s was not answered",
    ([fault]) =>
      Effect.gen(function*() {
        const node = yield* makeNode()
        const [key, email] = [aKey(), anEmail()]
        node.faults.add(fault).add("release")
        assert.strictEqual((yield* Effect.flip(node.create(key, email)))._tag, "StoreUnavailable")
        assert.strictEqual((yield* Effect.flip(node.create(key, email)))._tag, "StoreUnavailable")
        node.faults.clear()
        assert.strictEqual((yield* node.create(key, email)).email, email)
      })
  )

  it.effect("can be sent again at once, however often it was sent while the store was away", () =>
    Effect.gen(function*() {
      const node = yield* makeNode()
      const [key, email] = [aKey(), anEmail()]
      node.faults.add("effect").add("release")
      assert.strictEqual((yield* Effect.flip(node.create(key, email)))._tag, "StoreUnavailable")
      node.faults.add("unreachable")
      yield* Effect.replicateEffect(Effect.flip(node.create(key, email)), 100)
      node.faults.clear()
      assert.strictEqual((yield* node.create(key, email)).email, email)
    }))

  it.effect("can be sent to another node as soon as the store answers", () =>
    Effect.gen(function*() {
      const [node, other] = [yield* makeNode(), yield* makeNode()]
      const [key, email] = [aKey(), anEmail()]
      node.faults.add("effect").add("release")
      assert.strictEqual((yield* Effect.flip(node.create(key, email)))._tag, "StoreUnavailable")
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Effect.flip(other.create(key, email)))._tag, "RequestInProgress")
      node.faults.clear()
      yield* TestClock.adjust("1 second")
      const account = yield* other.create(key, email)
      assert.deepStrictEqual(yield* node.create(key, email), account)
    }))

  it.effect("can be sent again at once when its caller went away while it was being claimed", () =>
    Effect.gen(function*() {
      const [key, email] = [aKey(), anEmail()]
      const [claimed, answer] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const slow = changing(IdempotencyStore, (requests) => ({
        claim: (input) =>
          requests.claim(input).pipe(
            Effect.tap(Deferred.succeed(claimed, undefined)),
            Effect.tap(Deferred.await(answer)),
            Effect.uninterruptible
          )
      }))
      const fiber = yield* create(key, email).pipe(
        Effect.provide(TestServices.layerOver(slow), { local: true }),
        Effect.forkChild
      )
      yield* Deferred.await(claimed)
      const gone = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
      yield* Deferred.succeed(answer, undefined)
      yield* Fiber.join(gone)
      assert.strictEqual((yield* create(key, email)).email, email)
    }))
})
