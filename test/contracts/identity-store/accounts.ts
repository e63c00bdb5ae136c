import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option, Result } from "effect"
import { Account, DisplayName } from "../../../src/domain/model/Account.ts"
import { Email, emailKey } from "../../../src/domain/model/Email.ts"
import { IdentityStore } from "../../../src/ports/IdentityStore.ts"
import {
  anAccount,
  anAccountId,
  anEmail,
  aPasswordHash,
  aSession,
  START,
  withPassword
} from "../../support/builders.ts"

const LATER = DateTime.addDuration(START, "90 minutes")

const insert = Effect.fnUntraced(function*(account: Account) {
  const store = yield* IdentityStore
  yield* store.insertAccount(withPassword(account))
  return account
})

export const accountPromises = (it: Vitest.MethodsNonLive<IdentityStore>): void => {
  it.effect("an account comes back as it was saved, to the millisecond", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* insert(anAccount({ displayName: "Zoë 🦉 O'Hara; DROP TABLE accounts" }))
      const found = yield* store.findAccount(account.id)
      assert.deepStrictEqual(found, Option.some(account))
    }))

  it.effect("an account is found by its email key with its password hash", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = anAccount({ email: "Grace.Hopper@Navy.example" })
      yield* store.insertAccount(withPassword(account, aPasswordHash("grace")))
      const found = yield* store.findAccountByEmail(emailKey(anEmail("grace.hopper@navy.EXAMPLE")))
      assert.deepStrictEqual(found, Option.some({ account, passwordHash: aPasswordHash("grace") }))
    }))

  it.effect("an absent account is none, by id and by email", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      assert.deepStrictEqual(yield* store.findAccount(anAccountId()), Option.none())
      assert.deepStrictEqual(yield* store.findAccountByEmail(emailKey(anEmail())), Option.none())
    }))

  it.effect("a second account with the same email in another spelling is rejected and not saved", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      yield* insert(anAccount({ email: "twin@münchen.example" }))
      const second = anAccount({ email: "TWIN@xn--mnchen-3ya.example" })
      const error = yield* Effect.flip(store.insertAccount(withPassword(second)))
      assert.strictEqual(error._tag, "EmailAlreadyExists")
      assert.deepStrictEqual(yield* store.findAccount(second.id), Option.none())
    }))

  it.effect("of many inserts of one email at the same time exactly one succeeds", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const email = anEmail()
      const contenders = Array.from({ length: 20 }, () => anAccount({ email }))
      const results = yield* Effect.forEach(
        contenders,
        (account) => Effect.result(store.insertAccount(withPassword(account))),
        { concurrency: "unbounded" }
      )
      const winners = contenders.filter((_, index) => results.at(index)?._tag === "Success")
      assert.strictEqual(winners.length, 1)
      for (const result of results) {
        if (Result.isFailure(result)) assert.strictEqual(result.failure._tag, "EmailAlreadyExists")
      }
      const holder = Option.map(yield* store.findAccountByEmail(emailKey(email)), (known) => known.account)
      assert.deepStrictEqual(holder, Option.fromUndefinedOr(winners.at(0)))
    }))

  it.effect("an update changes what it names, adds 1 to the version and keeps the rest", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* insert(anAccount())
      const updated = yield* store.updateAccount({
        id: account.id,
        expectedVersion: 1,
        updatedAt: LATER,
        displayName: DisplayName.make("Augusta Ada"),
        endSessions: false
      })
      const expected = Account.make({
        ...account,
        displayName: DisplayName.make("Augusta Ada"),
        version: 2,
        updatedAt: LATER
      })
      assert.deepStrictEqual(updated, { account: expected, sessionsEnded: 0 })
      assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(expected))
    }))

  it.effect("an update of an absent account fails", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const error = yield* Effect.flip(
        store.updateAccount({ id: anAccountId(), expectedVersion: 1, updatedAt: LATER, endSessions: false })
      )
      assert.strictEqual(error._tag, "AccountNotFound")
    }))

  it.effect("an update that expects another version fails and changes nothing", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* insert(anAccount())
      const error = yield* Effect.flip(store.updateAccount({
        id: account.id,
        expectedVersion: 2,
        updatedAt: LATER,
        email: anEmail(),
        status: "disabled",
        endSessions: true
      }))
      assert.strictEqual(error._tag, "VersionConflict")
      assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(account))
    }))

  it.effect("of many updates of one version at the same time exactly one succeeds", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* insert(anAccount())
      const results = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, index) => DisplayName.make(`Name ${index}`)),
        (displayName) =>
          Effect.result(store.updateAccount({
            id: account.id,
            expectedVersion: 1,
            updatedAt: LATER,
            displayName,
            endSessions: false
          })),
        { concurrency: "unbounded" }
      )
      const failures = results.filter(Result.isFailure)
      assert.strictEqual(failures.length, 19)
      for (const { failure } of failures) assert.strictEqual(failure._tag, "VersionConflict")
      const versions = Option.map(yield* store.findAccount(account.id), (found) => found.version)
      assert.deepStrictEqual(versions, Option.some(2))
    }))

  it.effect("a new email moves the claim: the old one is free at once", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* insert(anAccount())
      const email = anEmail()
      yield* store.updateAccount({
        id: account.id,
        expectedVersion: 1,
        updatedAt: LATER,
        email,
        endSessions: false
      })
      const held = Option.map(yield* store.findAccountByEmail(emailKey(email)), (known) => known.account.id)
      assert.deepStrictEqual(held, Option.some(account.id))
      assert.deepStrictEqual(yield* store.findAccountByEmail(emailKey(account.email)), Option.none())
      yield* insert(anAccount({ email: account.email }))
    }))

  it.effect("a new spelling of the same email keeps the claim", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* insert(anAccount({ email: "spelling@example.com" }))
      const { account: updated } = yield* store.updateAccount({
        id: account.id,
        expectedVersion: 1,
        updatedAt: LATER,
        email: Email.make("Spelling@Example.com"),
        endSessions: false
      })
      assert.strictEqual(updated.email, "Spelling@Example.com")
      const error = yield* Effect.flip(insert(anAccount({ email: "spelling@example.com" })))
      assert.strictEqual(error._tag, "EmailAlreadyExists")
    }))

  it.effect("an email that somebody else holds is rejected and everything stays as it was", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const other = yield* insert(anAccount())
      const account = yield* insert(anAccount())
      const error = yield* Effect.flip(store.updateAccount({
        id: account.id,
        expectedVersion: 1,
        updatedAt: LATER,
        email: Email.make(other.email.toUpperCase()),
        displayName: DisplayName.make("Not this"),
        endSessions: true
      }))
      assert.strictEqual(error._tag, "EmailAlreadyExists")
      assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(account))
      assert.isTrue(Option.isSome(yield* store.findAccountByEmail(emailKey(account.email))))
    }))

  it.effect("of two accounts that want the same new email at the same time one gets it", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const contenders = yield* Effect.forEach(Array.from({ length: 10 }, () => anAccount()), insert)
      const email = anEmail()
      const results = yield* Effect.forEach(
        contenders,
        (account) =>
          Effect.result(store.updateAccount({
            id: account.id,
            expectedVersion: 1,
            updatedAt: LATER,
            email,
            endSessions: false
          })),
        { concurrency: "unbounded" }
      )
      const failures = results.filter(Result.isFailure)
      assert.strictEqual(failures.length, 9)
      for (const { failure } of failures) assert.strictEqual(failure._tag, "EmailAlreadyExists")
    }))

  it.effect("an update may end all sessions in the same step and counts the live ones", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = yield* insert(anAccount())
      yield* store.insertSession(aSession(account))
      yield* store.insertSession(aSession(account))
      yield* store.insertSession(aSession(account, { lifetime: "1 minute" }))
      const updated = yield* store.updateAccount({
        id: account.id,
        expectedVersion: 1,
        updatedAt: LATER,
        status: "disabled",
        endSessions: true
      })
      assert.strictEqual(updated.sessionsEnded, 2)
      assert.strictEqual(updated.account.status, "disabled")
      assert.strictEqual(updated.account.sessionEpoch, account.sessionEpoch + 1)
    }))

  it.effect("a password hash is replaced if it is still the expected one, without a new version", () =>
    Effect.gen(function*() {
      const store = yield* IdentityStore
      const account = anAccount()
      yield* store.insertAccount(withPassword(account, aPasswordHash("old")))
      yield* store.replacePasswordHash({ accountId: account.id, from: aPasswordHash("old"), to: aPasswordHash("new") })
      yield* store.replacePasswordHash({ accountId: account.id, from: aPasswordHash("old"), to: aPasswordHash("lost") })
      const found = yield* store.findAccountByEmail(emailKey(account.email))
      assert.deepStrictEqual(found, Option.some({ account, passwordHash: aPasswordHash("new") }))
    }))
}
