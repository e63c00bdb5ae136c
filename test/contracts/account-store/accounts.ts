import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect, Option, Result, Schema } from "effect"
import { Account, DisplayName } from "../../../src/domain/model/Account.ts"
import { emailKey } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import {
  anAccount,
  anAccountId,
  anEmail,
  anEvent,
  anInsertion,
  aPasswordHash,
  atVersion,
  instant
} from "../../support/builders.ts"
import { textOf } from "../../support/texts.ts"

const insert = Effect.fnUntraced(function*(account: Account) {
  const store = yield* AccountStore
  yield* store.insertAccount(anInsertion(account))
  return account
})

export const accountPromises = (it: Vitest.MethodsNonLive<AccountStore | SessionStore>): void => {
  it.effect("an account comes back as it was saved, to the millisecond", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* insert(anAccount({ displayName: "Zoë 🦉 O'Hara; DROP TABLE accounts" }))
      const found = yield* store.findAccount(account.id)
      assert.deepStrictEqual(found, Option.some(account))
    }))

  it.effect.prop(
    "every name, email and hash comes back as it was saved",
    {
      displayName: textOf(["a", "é", "🦉", "👩\u200d💻", " ", "'", "\\", "\"", "<", "%", "$1"]),
      local: textOf(["a", "Z", "é", "+", "'", "한", "7"], { minLength: 1 }),
      hash: Schema.String
    },
    ({ displayName, hash, local }) =>
      Effect.gen(function*() {
        const store = yield* AccountStore
        const account = anAccount({
          displayName: `A${displayName}Z`,
          email: `${local}@${anAccountId().slice(-12)}.example`
        })
        const passwordHash = aPasswordHash(hash.toWellFormed().replaceAll("\0", ""))
        yield* store.insertAccount(anInsertion(account, passwordHash))
        const found = yield* store.findAccountByEmail(emailKey(account.email))
        assert.deepStrictEqual(
          found,
          Option.some({ account, passwordHash, passwordChangedAt: undefined, isProven: false, hasSecondFactor: false })
        )
      }),
    { arbitrary: { runs: 50 } }
  )

  it.effect.each(["\u200b", "\u3164", "Ada\u202e", "\u0301"])(
    "an account whose name %j was accepted once is read, found and changed like others",
    (displayName) =>
      Effect.gen(function*() {
        const store = yield* AccountStore
        assert.isFalse(Schema.is(DisplayName)(displayName))
        const account = yield* insert(anAccount({ displayName }))
        assert.deepStrictEqual(yield* store.findAccount(account.id), Option.some(account))
        const updatedAt = instant("2026-03-02T12:00:00Z")
        const { account: updated } = yield* store.updateAccount({
          id: account.id,
          precondition: atVersion(1),
          updatedAt,
          email: anEmail(),
          endSessions: true,
          commit: { audit: anEvent({ account }) }
        })
        const changes = { email: updated.email, version: 2, sessionEpoch: 1, credentialEpoch: 1, updatedAt }
        assert.deepStrictEqual(updated, Account.make({ ...account, ...changes }))
        const found = yield* store.findAccountByEmail(emailKey(updated.email))
        assert.deepStrictEqual(Option.map(found, (known) => known.account), Option.some(updated))
      })
  )

  it.effect("an account is found by its email key with its password hash", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = anAccount({ email: "Grace.Hopper@Navy.example" })
      yield* store.insertAccount(anInsertion(account, aPasswordHash("grace")))
      const stored = { account, passwordHash: aPasswordHash("grace"), passwordChangedAt: undefined, isProven: false }
      assert.deepStrictEqual(
        yield* store.findAccountByEmail(emailKey(anEmail("grace.hopper@navy.EXAMPLE"))),
        Option.some({ ...stored, hasSecondFactor: false })
      )
      assert.deepStrictEqual(yield* store.findAccountWithPassword(account.id), Option.some(stored))
    }))

  it.effect("an absent account is none, by id and by email", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      assert.deepStrictEqual(yield* store.findAccountWithPassword(anAccountId()), Option.none())
      assert.deepStrictEqual(yield* store.findAccount(anAccountId()), Option.none())
      assert.deepStrictEqual(yield* store.findAccountByEmail(emailKey(anEmail())), Option.none())
    }))

  it.effect("a second account with the same email in another spelling is rejected and not saved", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      yield* insert(anAccount({ email: "twin@münchen.example" }))
      const second = anAccount({ email: "TWIN@xn--mnchen-3ya.example" })
      const error = yield* Effect.flip(store.insertAccount(anInsertion(second)))
      assert.strictEqual(error._tag, "EmailAlreadyExists")
      assert.deepStrictEqual(yield* store.findAccount(second.id), Option.none())
    }))

  it.effect("[P4] of many inserts of one email at the same time exactly one succeeds", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const email = anEmail()
      const contenders = Array.from({ length: 20 }, () => anAccount({ email }))
      const results = yield* Effect.forEach(
        contenders,
        (account) => Effect.result(store.insertAccount(anInsertion(account))),
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

  it.effect("an email that nobody has is nobody's, whether its neighbours come before it, after it or both", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const owned = ["b@between.example", "d@between.example"].map((email) => anAccount({ email }))
      yield* Effect.forEach(owned, insert)
      for (const local of ["a", "c", "e", "bb", "0", "한"]) {
        const found = yield* store.findAccountByEmail(emailKey(anEmail(`${local}@between.example`)))
        assert.deepStrictEqual(found, Option.none())
      }
      for (const account of owned) {
        const found = yield* store.findAccountByEmail(emailKey(account.email))
        assert.deepStrictEqual(Option.map(found, (known) => known.account), Option.some(account))
      }
    }))

  it.effect("a password hash is replaced if it is still the expected one, without a new version", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = anAccount()
      yield* store.insertAccount(anInsertion(account, aPasswordHash("old")))
      yield* store.replacePasswordHash({ accountId: account.id, from: aPasswordHash("old"), to: aPasswordHash("new") })
      yield* store.replacePasswordHash({ accountId: account.id, from: aPasswordHash("old"), to: aPasswordHash("lost") })
      const found = yield* store.findAccountByEmail(emailKey(account.email))
      assert.deepStrictEqual(
        found,
        Option.some({
          account,
          passwordHash: aPasswordHash("new"),
          passwordChangedAt: undefined,
          isProven: false,
          hasSecondFactor: false
        })
      )
    }))

  it.effect("the credential epoch grows with every change of password, email or status, and with nothing else", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* insert(anAccount())
      const updatedAt = instant("2026-01-02T00:00:00Z")
      const change = { id: account.id, precondition: { _tag: "Exists" as const }, updatedAt, endSessions: true }
      const epochs = yield* Effect.forEach(
        [
          { displayName: DisplayName.make("Somebody else") },
          { emailVerified: true },
          { passwordHash: aPasswordHash("changed") },
          { email: anEmail() },
          { status: "disabled" as const },
          { status: "active" as const }
        ],
        (member) => store.updateAccount({ ...change, ...member, commit: { audit: anEvent() } })
      )
      yield* (yield* SessionStore).endAllSessions({
        accountId: account.id,
        now: updatedAt,
        commit: { audit: anEvent() }
      })
      const found = Option.getOrThrow(yield* store.findAccount(account.id))
      assert.deepStrictEqual(
        [...epochs.map((changed) => changed.account), found].map(({ credentialEpoch }) => credentialEpoch),
        [0, 0, 1, 2, 3, 4, 4]
      )
    }))
}
