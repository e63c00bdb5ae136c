/**
 * Services work on the poorest stores, which have neither a directory nor retention.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { OwnAccount } from "../../src/domain/accounts/OwnAccount.ts"
import * as Core from "../../src/domain/Core.ts"
import { DisplayName } from "../../src/domain/model/Account.ts"
import { IdempotencyKey } from "../../src/domain/model/Idempotency.ts"
import { SessionPolicy } from "../../src/domain/sessions/SessionPolicy.ts"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { Stores } from "../../src/ports/Stores.ts"
import { makeKeyValues } from "../contracts/poor-stores/KeyValues.ts"
import * as PoorStores from "../contracts/poor-stores/PoorStores.ts"
import { coreStoresContract } from "../contracts/StoresContract.ts"
import { anEmail } from "../support/builders.ts"
import { aPassword, CLIENT, isAccepted, PASSWORD, signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const poorStores = Layer.provideMerge(Stores.each, PoorStores.layer)

coreStoresContract("poor", poorStores)

const limits = { ...SessionPolicy.defaultValue(), perAccountMax: 3 }

const services = TestServices.essentials.pipe(
  Layer.provide(Layer.succeed(SessionPolicy, limits)),
  Layer.provideMerge(poorStores)
)

layer(services)("on poor stores", (it) => {
  it.effect("people sign up, sign in, are known by their session and sign out", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const { email } = yield* signUp()
      assert.strictEqual((yield* Effect.flip(signUp(email)))._tag, "EmailAlreadyExists")
      assert.strictEqual((yield* Effect.flip(signIn(email, "a wrong password")))._tag, "InvalidCredentials")
      const { session, token } = yield* signIn(email)
      assert.strictEqual((yield* sessions.verify(token)).account.email, email)
      yield* sessions.signOut(session)
      assert.isFalse(yield* isAccepted(token))
    }))

  it.effect("a request that is sent again does nothing twice", () =>
    Effect.gen(function*() {
      const { email } = yield* signUp()
      const idempotencyKey = IdempotencyKey.make("once")
      const [first, again] = [
        yield* signIn(email, PASSWORD, { idempotencyKey }),
        yield* signIn(email, PASSWORD, { idempotencyKey })
      ]
      assert.strictEqual(Redacted.value(again.token), Redacted.value(first.token))
    }))

  it.effect("all sessions of an account end at once, those beyond its limit by themselves", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const { email, id } = yield* signUp()
      const started = yield* Effect.forEach(Array.from({ length: 5 }), () => signIn(email))
      const { items } = yield* sessions.list(id, { limit: 20, after: Option.none() })
      assert.lengthOf(items, 3)
      assert.strictEqual(yield* sessions.revokeAll(id), 3)
      assert.deepStrictEqual(yield* Effect.forEach(started, ({ token }) => isAccepted(token)), Array(5).fill(false))
    }))

  it.effect("a holder changes name, email and password and leaves; the session that asks goes on until then", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const { email } = yield* signUp()
      const [caller, other] = [yield* signIn(email), yield* signIn(email)]
      const currentPassword = yield* aPassword()
      const change = { expectedVersion: "any", currentPassword } as const
      const moved = yield* own.change(caller, {
        ...change,
        email: anEmail(),
        displayName: DisplayName.make("Countess")
      })
      assert.deepStrictEqual([yield* isAccepted(caller.token), yield* isAccepted(other.token)], [true, false])
      const newPassword = yield* aPassword("quite another password")
      const renewed = yield* own.changePassword(caller, { currentPassword, newPassword }, CLIENT)
      assert.deepStrictEqual([yield* isAccepted(caller.token), yield* isAccepted(renewed.token)], [false, true])
      yield* own.delete(renewed, newPassword)
      assert.isFalse(yield* isAccepted(renewed.token))
      yield* signUp(moved.email)
    }))

  it.effect("administrators disable accounts and enable them", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const { email, id } = yield* signUp()
      const { token } = yield* signIn(email)
      yield* accounts.disable(id)
      assert.isFalse(yield* isAccepted(token))
      assert.strictEqual((yield* Effect.flip(signIn(email)))._tag, "InvalidCredentials")
      yield* accounts.enable(email)
      yield* signIn(email)
    }))
})

describe("poor stores", () => {
  it.effect("take no step of more than 25 items", () =>
    Effect.gen(function*() {
      const { inStep } = makeKeyValues()
      const step = (items: number) =>
        Effect.exit(inStep(({ heads }) => heads(Array.from({ length: items }, (_, index) => `chain ${index}`))))
      assert.deepStrictEqual([(yield* step(25))._tag, (yield* step(26))._tag], ["Success", "Failure"])
    }))

  it("are not mixed with others: services are given stores whole, or not at all", () => {
    const mixed = Core.layer.pipe(Layer.provide([Layer.mock(AccountStore, {}), Layer.mock(SessionStore, {})]))
    const isWithoutStores: Stores extends Layer.Services<typeof mixed> ? true : false = true
    assert.isTrue(isWithoutStores)
  })
})
