import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option, Result } from "effect"
import { Account, DisplayName } from "../../../src/domain/model/Account.ts"
import { Email, emailKey } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import {
  anAccount,
  anAccountId,
  anEmail,
  anEvent,
  anInsertion,
  aPasswordHash,
  aSession,
  aStart,
  atVersion,
  START
} from "../../support/builders.ts"

const LATER = DateTime.addDuration(START, "90 minutes")

const insert = Effect.fnUntraced(function*(account: Account) {
  const store = yield* AccountStore
  yield* store.insertAccount(anInsertion(account))
  return account
})

export const accountChangePromises = (it: Vitest.MethodsNonLive<AccountStore | SessionStore>): void => {
  it.effect("an update changes what it names, adds 1 to the version and keeps the rest", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* insert(anAccount())
      const updated = yield* store.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: LATER,
        displayName: DisplayName.make("Augusta Ada"),
        endSessions: false,
        commit: { audit: anEvent() }
      })
      const expected = Account.make({
        ...account,
        displayName: DisplayName.make("Augusta Ada"),
        version: 2,
        updatedAt: LATER
      })
      assert.deepStrictEqual(updated, { account: expected, sessionsEnded: 0, factorsRemoved: 0 })
      assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(expected))
    }))

  it.effect("an update of an absent account fails", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const error = yield* Effect.flip(
        store.updateAccount({
          id: anAccountId(),
          precondition: atVersion(1),
          updatedAt: LATER,
          endSessions: false,
          commit: { audit: anEvent() }
        })
      )
      assert.strictEqual(error._tag, "AccountNotFound")
    }))

  it.effect("an update that expects another version fails and changes nothing", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* insert(anAccount())
      const error = yield* Effect.flip(store.updateAccount({
        id: account.id,
        precondition: atVersion(2),
        updatedAt: LATER,
        email: anEmail(),
        status: "disabled",
        endSessions: true,
        commit: { audit: anEvent() }
      }))
      assert.strictEqual(error._tag, "PreconditionFailed")
      assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(account))
    }))

  it.effect("[ASVS 2.3.4, 15.4.2] of many updates of one version at the same time exactly one succeeds", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* insert(anAccount())
      const results = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, index) => DisplayName.make(`Name ${index}`)),
        (displayName) =>
          Effect.result(store.updateAccount({
            id: account.id,
            precondition: atVersion(1),
            updatedAt: LATER,
            displayName,
            endSessions: false,
            commit: { audit: anEvent() }
          })),
        { concurrency: "unbounded" }
      )
      const failures = results.filter(Result.isFailure)
      assert.strictEqual(failures.length, 19)
      for (const { failure } of failures) assert.strictEqual(failure._tag, "PreconditionFailed")
      const versions = Option.map(yield* store.findAccount(account.id), (found) => found.version)
      assert.deepStrictEqual(versions, Option.some(2))
    }))

  it.effect("a new email moves the claim: the old one is free at once", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* insert(anAccount())
      const email = anEmail()
      yield* store.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: LATER,
        email,
        endSessions: false,
        commit: { audit: anEvent() }
      })
      const held = Option.map(yield* store.findAccountByEmail(emailKey(email)), (known) => known.account.id)
      assert.deepStrictEqual(held, Option.some(account.id))
      assert.deepStrictEqual(yield* store.findAccountByEmail(emailKey(account.email)), Option.none())
      yield* insert(anAccount({ email: account.email }))
    }))

  it.effect("a new spelling of the same email keeps the claim", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* insert(anAccount({ email: "spelling@example.com" }))
      const { account: updated } = yield* store.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: LATER,
        email: Email.make("Spelling@Example.com"),
        endSessions: false,
        commit: { audit: anEvent() }
      })
      assert.strictEqual(updated.email, "Spelling@Example.com")
      const error = yield* Effect.flip(insert(anAccount({ email: "spelling@example.com" })))
      assert.strictEqual(error._tag, "EmailAlreadyExists")
    }))

  it.effect("[ASVS 2.3.3] an email that somebody else holds is rejected and everything stays as it was", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const other = yield* insert(anAccount())
      const account = yield* insert(anAccount())
      const error = yield* Effect.flip(store.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: LATER,
        email: Email.make(other.email.toUpperCase()),
        displayName: DisplayName.make("Not this"),
        endSessions: true,
        commit: { audit: anEvent() }
      }))
      assert.strictEqual(error._tag, "EmailAlreadyExists")
      assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(account))
      assert.isTrue(Option.isSome(yield* store.findAccountByEmail(emailKey(account.email))))
    }))

  it.effect("of two accounts that want the same new email at the same time one gets it", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const contenders = yield* Effect.forEach(Array.from({ length: 10 }, () => anAccount()), insert)
      const email = anEmail()
      const results = yield* Effect.forEach(
        contenders,
        (account) =>
          Effect.result(store.updateAccount({
            id: account.id,
            precondition: atVersion(1),
            updatedAt: LATER,
            email,
            endSessions: false,
            commit: { audit: anEvent() }
          })),
        { concurrency: "unbounded" }
      )
      const failures = results.filter(Result.isFailure)
      assert.strictEqual(failures.length, 9)
      for (const { failure } of failures) assert.strictEqual(failure._tag, "EmailAlreadyExists")
    }))

  it.effect("an update may end all sessions in the same step and counts the live ones", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const account = yield* insert(anAccount())
      yield* sessionStore.insertSession(aStart(aSession(account)))
      yield* sessionStore.insertSession(aStart(aSession(account)))
      yield* sessionStore.insertSession(aStart(aSession(account, { lifetime: "1 minute" })))
      const updated = yield* accountStore.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: LATER,
        status: "disabled",
        endSessions: true,
        commit: { audit: anEvent() }
      })
      assert.strictEqual(updated.sessionsEnded, 2)
      assert.strictEqual(updated.account.status, "disabled")
      assert.strictEqual(updated.account.sessionEpoch, account.sessionEpoch + 1)
    }))

  it.effect("a new password hash takes the old one's place", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* insert(anAccount())
      yield* store.updateAccount({
        id: account.id,
        precondition: atVersion(1),
        updatedAt: LATER,
        passwordHash: aPasswordHash("changed"),
        endSessions: true,
        commit: { audit: anEvent() }
      })
      const found = yield* store.findAccountByEmail(emailKey(account.email))
      assert.deepStrictEqual(Option.map(found, (known) => known.passwordHash), Option.some(aPasswordHash("changed")))
    }))

  it.effect("when the password was changed is remembered, through every other change", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const account = yield* insert(anAccount())
      const change = () => ({
        id: account.id,
        precondition: { _tag: "Exists" as const },
        endSessions: false,
        commit: { audit: anEvent() }
      })
      const changedAt = Effect.map(
        Effect.all([
          accountStore.findAccountByEmail(emailKey(account.email)),
          accountStore.findAccountWithPassword(account.id)
        ]),
        (found) => found.map((known) => Option.getOrThrow(known).passwordChangedAt)
      )
      yield* accountStore.updateAccount({ ...change(), updatedAt: LATER, displayName: DisplayName.make("Countess") })
      assert.deepStrictEqual(yield* changedAt, [undefined, undefined])
      yield* accountStore.updateAccount({ ...change(), updatedAt: LATER, passwordHash: aPasswordHash("changed") })
      const later = DateTime.addDuration(LATER, "1 hour")
      yield* accountStore.updateAccount({ ...change(), updatedAt: later, status: "disabled" })
      yield* sessionStore.endAllSessions({ accountId: account.id, now: later, commit: { audit: anEvent() } })
      yield* accountStore.replacePasswordHash({
        accountId: account.id,
        from: aPasswordHash("changed"),
        to: aPasswordHash("renewed")
      })
      assert.deepStrictEqual(yield* changedAt, [LATER, LATER])
    }))
}
