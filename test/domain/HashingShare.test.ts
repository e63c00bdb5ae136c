import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { OwnAccount } from "../../src/domain/accounts/OwnAccount.ts"
import { unlimitedAttempts } from "../../src/domain/limits/AttemptPolicy.ts"
import { Caller } from "../../src/domain/model/Caller.ts"
import { emailKey } from "../../src/domain/model/Email.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { HashRequester, PasswordHasher } from "../../src/ports/PasswordHasher.ts"
import { anEmail } from "../support/builders.ts"
import { aPassword, CLIENT, PASSWORD, signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

/** A hasher that records its requesters. */
const noting = (requests: Array<HashRequester>, needsRehash: boolean) =>
  Layer.effect(
    PasswordHasher,
    Effect.map(PasswordHasher, (hasher) => {
      const noted = <A, E>(hashing: Effect.Effect<A, E>) =>
        Effect.andThen(Effect.map(HashRequester, (requester) => requests.push(requester)), hashing)
      return PasswordHasher.of({
        ...hasher,
        hash: (password) => noted(hasher.hash(password)),
        verify: (password, hash) => noted(hasher.verify(password, hash)),
        needsRehash: () => needsRehash
      })
    })
  ).pipe(Layer.provide(TestServices.hasher(TestServices.CHEAP_ARGON2)))

const makeNoting = (needsRehash = false) => {
  const requests: Array<HashRequester> = []
  return {
    services: TestServices.layerHashingWith(noting(requests, needsRehash)),
    /** The requesters of an effect's hashes, whether it succeeds or fails. */
    requestsOf: Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
      requests.length = 0
      yield* Effect.exit(effect)
      return [...requests]
    })
  }
}

const home = Effect.provideService(Caller, {
  actor: { type: "anonymous" },
  requestId: undefined,
  clientAddress: "192.0.2.7"
})

describe("a password is hashed on behalf of", () => {
  it.effect("[ASVS 6.3.8] an email and the network of the request, whether or not there is an account", () => {
    const { requestsOf, services } = makeNoting()
    return Effect.gen(function*() {
      const { email } = yield* signUp()
      for (const address of [email, anEmail()]) {
        const requester = { network: "192.0.2.0/24", account: emailKey(address) }
        assert.deepStrictEqual(yield* requestsOf(signIn(address)), [requester])
        assert.deepStrictEqual(yield* requestsOf(signIn(address, "a wrong password")), [requester])
      }
    }).pipe(home, Effect.provide(services))
  })

  it.effect("the same when the hash is renewed, by a sign-up, and by whatever takes the current password", () => {
    const { requestsOf, services } = makeNoting(true)
    return Effect.gen(function*() {
      const own = yield* OwnAccount
      const store = yield* AccountStore
      const email = anEmail()
      const requester = { network: "192.0.2.0/24", account: emailKey(email) }
      assert.deepStrictEqual(yield* requestsOf(signUp(email)), [requester])
      assert.deepStrictEqual(yield* requestsOf(signIn(email)), [requester, requester])
      const { account } = Option.getOrThrow(yield* store.findAccountByEmail(emailKey(email)))
      const { session } = yield* signIn(email)
      const password = yield* aPassword()
      const newPassword = yield* aPassword("quite another password")
      const change = { currentPassword: password, expectedVersion: account.version, email: anEmail() }
      for (
        const requests of [
          yield* requestsOf(own.change({ account, session }, { ...change, currentPassword: newPassword })),
          yield* requestsOf(own.delete({ account, session }, newPassword)),
          yield* requestsOf(
            own.changePassword({ account, session }, { currentPassword: password, newPassword }, CLIENT)
          )
        ]
      ) {
        assert.isNotEmpty(requests)
        for (const request of requests) assert.deepStrictEqual(request, requester)
      }
    }).pipe(home, Effect.provide(services))
  })

  it.effect("no network where none is known", () => {
    const { requestsOf, services } = makeNoting()
    return Effect.gen(function*() {
      const email = anEmail()
      assert.deepStrictEqual(yield* requestsOf(signUp(email)), [{ network: undefined, account: emailKey(email) }])
    }).pipe(Effect.provide(services))
  })

  it.effect("nobody while limits are off", () => {
    const { requestsOf, services } = makeNoting()
    return Effect.gen(function*() {
      const { email } = yield* signUp()
      assert.deepStrictEqual(yield* requestsOf(signIn(email, PASSWORD)), [{ network: undefined, account: undefined }])
    }).pipe(home, Effect.provide(services.pipe(Layer.provide(unlimitedAttempts))))
  })
})
