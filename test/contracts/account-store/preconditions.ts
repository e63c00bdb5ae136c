import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { DisplayName } from "../../../src/domain/model/Account.ts"
import type { Account } from "../../../src/domain/model/Account.ts"
import { emailKey } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import type { AccountPrecondition } from "../../../src/ports/AccountStore.ts"
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
  atVersion
} from "../../support/builders.ts"
import { ids, NOW, query, sessionsOf, signedIn, signedUp } from "../session-store/signed-in.ts"

const EXISTS: AccountPrecondition = { _tag: "Exists" }

/** The password hash of every account made here. */
const HASH = aPasswordHash()

const CONFIRMED: AccountPrecondition = { _tag: "Confirmed", passwordHash: HASH }

const OTHER_HASH = aPasswordHash("other")

const holding: ReadonlyArray<AccountPrecondition> = [
  EXISTS,
  atVersion(1),
  { _tag: "Status", status: "active" },
  CONFIRMED,
  { _tag: "Credentials", credentialEpoch: 0 },
  { _tag: "Unproven", credentialEpoch: 0 },
  { _tag: "Confirmed", passwordHash: HASH, version: 1 },
  { _tag: "Sessions", sessionEpoch: 0 },
  { _tag: "Sessions", sessionEpoch: 0, version: 1 }
]

const failing: ReadonlyArray<AccountPrecondition> = [
  atVersion(2),
  { _tag: "Status", status: "disabled" },
  { _tag: "Confirmed", passwordHash: OTHER_HASH },
  { _tag: "Credentials", credentialEpoch: 1 },
  { _tag: "Unproven", credentialEpoch: 1 },
  { _tag: "Confirmed", passwordHash: HASH, version: 2 },
  { _tag: "Sessions", sessionEpoch: 1 },
  { _tag: "Sessions", sessionEpoch: 0, version: 2 },
  { _tag: "Confirmed", passwordHash: OTHER_HASH, version: 1 }
]

let names = 0

const rename = ({ id }: Account, precondition: AccountPrecondition = EXISTS) => ({
  id,
  precondition,
  updatedAt: NOW,
  displayName: DisplayName.make(`Name ${names += 1}`),
  endSessions: false,
  commit: { audit: anEvent() }
})

const move = ({ id }: Account, email = anEmail()) => ({
  id,
  precondition: EXISTS,
  updatedAt: NOW,
  email,
  endSessions: true,
  commit: { audit: anEvent() }
})

const changePassword = ({ id }: Account, to = "changed") => ({
  id,
  precondition: CONFIRMED,
  updatedAt: NOW,
  passwordHash: aPasswordHash(to),
  endSessions: true,
  commit: { audit: anEvent() }
})

export const accountPreconditionPromises = (it: Vitest.MethodsNonLive<AccountStore | SessionStore>): void => {
  it.effect.each(holding)(
    "a change and a deletion happen if what they depend on is so: %o",
    (precondition) =>
      Effect.gen(function*() {
        const store = yield* AccountStore
        const [changed, deleted] = [yield* signedUp(), yield* signedUp()]
        assert.strictEqual((yield* store.updateAccount(rename(changed, precondition))).account.version, 2)
        yield* store.deleteAccount({ id: deleted.id, precondition, now: NOW, commit: { audit: anEvent() } })
        assert.deepStrictEqual(yield* store.findAccount(deleted.id), Option.none())
      })
  )

  it.effect.each(failing)("neither happens if it is not: %o", (precondition) =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp()
      const deletion = { id: account.id, precondition, now: NOW, commit: { audit: anEvent() } }
      const errors = [
        yield* Effect.flip(store.updateAccount({ ...move(account), precondition })),
        yield* Effect.flip(store.updateAccount(rename(account, precondition))),
        yield* Effect.flip(store.deleteAccount(deletion))
      ]
      for (const error of errors) assert.strictEqual(error._tag, "PreconditionFailed")
      assert.deepStrictEqual(
        yield* store.findAccountByEmail(emailKey(account.email)),
        Option.some({
          account,
          passwordHash: HASH,
          passwordChangedAt: undefined,
          isProven: false,
          hasSecondFactor: false
        })
      )
    }))

  it.effect.each([...holding, ...failing])(
    "an absent account is absent, whatever is expected of it: %o",
    (precondition) =>
      Effect.gen(function*() {
        const store = yield* AccountStore
        const id = anAccountId()
        const errors = [
          yield* Effect.flip(store.updateAccount({ ...rename(anAccount()), id, precondition })),
          yield* Effect.flip(store.updateAccount({ ...move(anAccount()), id, precondition })),
          yield* Effect.flip(store.deleteAccount({ id, precondition, now: NOW, commit: { audit: anEvent() } }))
        ]
        for (const error of errors) assert.strictEqual(error._tag, "AccountNotFound")
      })
  )

  it.effect("nothing is confirmed of an account that is disabled", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp("disabled")
      const error = yield* Effect.flip(store.updateAccount(changePassword(account)))
      assert.strictEqual(error._tag, "PreconditionFailed")
    }))

  it.effect("[ASVS 15.4.2] a change is not held up by changes of what it does not depend on", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp()
      const renames = Array.from({ length: 20 }, () => store.updateAccount(rename(account)))
      yield* Effect.all([...renames, store.updateAccount(changePassword(account))], { concurrency: "unbounded" })
      const found = Option.getOrThrow(yield* store.findAccountWithPassword(account.id))
      assert.deepStrictEqual([found.account.version, found.passwordHash], [22, aPasswordHash("changed")])
    }))

  it.effect("[ASVS 15.4.2] of many password changes that confirmed the same one, one happens", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp()
      const results = yield* Effect.forEach(
        Array.from({ length: 10 }, (_, index) => changePassword(account, `changed-${index}`)),
        (change) => Effect.result(store.updateAccount(change)),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(results.filter(Result.isSuccess), 1)
    }))

  it.effect("a rehash and a password change at the same time never leave the old password", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      for (let round = 0; round < 10; round++) {
        const account = yield* signedUp()
        const rehash = { accountId: account.id, from: HASH, to: aPasswordHash("rehashed") }
        const [changed] = yield* Effect.all([
          Effect.result(store.updateAccount(changePassword(account))),
          store.replacePasswordHash(rehash)
        ], { concurrency: "unbounded" })
        const { passwordHash } = Option.getOrThrow(yield* store.findAccountWithPassword(account.id))
        assert.strictEqual(passwordHash, aPasswordHash(Result.isSuccess(changed) ? "changed" : "rehashed"))
      }
    }))

  it.effect("[P4] of emails that one account takes at the same time it holds the last, and all others are free", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp()
      const emails = Array.from({ length: 8 }, () => anEmail())
      yield* Effect.forEach(emails, (email) => store.updateAccount(move(account, email)), { concurrency: "unbounded" })
      const { email: held, version } = Option.getOrThrow(yield* store.findAccount(account.id))
      assert.strictEqual(version, 9)
      assert.include(emails, held)
      for (const email of [account.email, ...emails]) {
        const taken = yield* Effect.result(store.insertAccount(anInsertion(anAccount({ email }))))
        assert.strictEqual(Result.isFailure(taken), email === held)
      }
    }))

  it.effect("[P4] an account that is deleted while it takes another email leaves both free", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      for (let round = 0; round < 10; round++) {
        const account = yield* signedUp()
        const email = anEmail()
        const deletion = { id: account.id, precondition: EXISTS, now: NOW, commit: { audit: anEvent() } }
        const [moved, deleted] = yield* Effect.all([
          Effect.result(store.updateAccount(move(account, email))),
          store.deleteAccount(deletion)
        ], { concurrency: "unbounded" })
        assert.strictEqual(deleted.account.email, Result.isSuccess(moved) ? email : account.email)
        yield* store.insertAccount(anInsertion(anAccount({ email: account.email })))
        yield* store.insertAccount(anInsertion(anAccount({ email })))
      }
    }))

  it.effect("[ASVS 7.4.3] the session that each of many changes keeps goes on", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp()
      const [kept] = [yield* signedIn(account), yield* signedIn(account)]
      yield* Effect.forEach(
        Array.from({ length: 8 }, () => ({ ...move(account), keepSession: kept.id })),
        store.updateAccount,
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(ids(yield* sessionsOf(query(account.id))), [kept.id])
    }))

  it.effect("[ASVS 7.2.4] a password change starts a session in the epoch it begins, and ends all others", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp()
      yield* signedIn(account)
      const started = aSession(account)
      const changed = yield* store.updateAccount({ ...changePassword(account), startSession: aStart(started) })
      assert.strictEqual(changed.sessionsEnded, 1)
      const live = yield* sessionsOf(query(account.id))
      assert.deepStrictEqual(ids(live), [started.id])
      assert.strictEqual(live[0]?.epoch, changed.account.sessionEpoch)
    }))

  it.effect("[ASVS 2.3.3] a session that can't start leaves the account as it was", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp("disabled")
      const change = { ...changePassword(account), precondition: EXISTS, startSession: aStart(aSession(account)) }
      assert.strictEqual((yield* Effect.flip(store.updateAccount(change)))._tag, "PreconditionFailed")
      const found = yield* store.findAccountWithPassword(account.id)
      assert.deepStrictEqual(
        found,
        Option.some({ account, passwordHash: HASH, passwordChangedAt: undefined, isProven: false })
      )
    }))

  it.effect("a session that a change starts while all sessions are being ended is saved, dead or alive", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      for (let round = 0; round < 10; round++) {
        const account = yield* signedUp()
        const started = aSession(account)
        yield* Effect.all([
          accountStore.updateAccount({ ...changePassword(account), startSession: aStart(started) }),
          sessionStore.endAllSessions({ accountId: account.id, now: NOW, commit: { audit: anEvent() } })
        ], { concurrency: "unbounded" })
        const found = Option.getOrThrow(yield* sessionStore.findSession(started.id))
        const isAlive = found.session.epoch === found.account.sessionEpoch
        assert.lengthOf(yield* sessionsOf(query(account.id)), isAlive ? 1 : 0)
      }
    }))
}
