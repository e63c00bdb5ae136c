import { assert, layer } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { OwnAccount } from "../../src/domain/accounts/OwnAccount.ts"
import { DisplayName } from "../../src/domain/model/Account.ts"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import { anEmail } from "../support/builders.ts"
import { aPassword, CLIENT, isAccepted, PASSWORD, signedIn, signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const NEW_PASSWORD = "a much better password"

layer(TestServices.layer)("own account", (it) => {
  it.effect("a display name changes without a password and without ending a session", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const displayName = DisplayName.make("Augusta Ada")
      const changed = yield* own.change(caller, { expectedVersion: 1, displayName })
      assert.deepStrictEqual([changed.displayName, changed.version], [displayName, 2])
      assert.isTrue(yield* isAccepted(caller.token))
    }))

  it.effect("a change against another version is refused before anything else is looked at", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const error = yield* Effect.flip(own.change(caller, { expectedVersion: 2, email: anEmail() }))
      assert.strictEqual(error._tag, "VersionConflict")
    }))

  it.effect("what is already so makes no new version", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const { displayName, email } = caller.account
      assert.deepStrictEqual(yield* own.change(caller, { expectedVersion: 1, displayName, email }), caller.account)
    }))

  it.effect("[ASVS 7.5.1] a new email needs the current password", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const change = { expectedVersion: 1, email: anEmail() }
      const without = yield* Effect.flip(own.change(caller, change))
      const currentPassword = yield* aPassword("wrong password")
      const wrong = yield* Effect.flip(own.change(caller, { ...change, currentPassword }))
      assert.deepStrictEqual([without._tag, wrong._tag], ["ReauthenticationRequired", "InvalidCredentials"])
    }))

  it.effect("[ASVS 7.4.3] a new email ends every session but the one that asked, and frees the old email", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const other = yield* signIn(caller.account.email)
      const email = anEmail()
      const currentPassword = yield* aPassword()
      const changed = yield* own.change(caller, { expectedVersion: 1, email, currentPassword })
      assert.deepStrictEqual([changed.email, changed.version, changed.emailVerified], [email, 2, false])
      assert.deepStrictEqual(yield* Effect.forEach([caller.token, other.token], isAccepted), [true, false])
      yield* signIn(email)
      yield* signUp(caller.account.email)
    }))

  it.effect("an email that somebody else holds is refused", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const [caller, holder] = [yield* signedIn, yield* signUp()]
      const currentPassword = yield* aPassword()
      const error = yield* Effect.flip(own.change(caller, { expectedVersion: 1, email: holder.email, currentPassword }))
      assert.strictEqual(error._tag, "EmailAlreadyExists")
      assert.isTrue(yield* isAccepted(caller.token))
    }))

  it.effect("[ASVS 6.2.2, 6.2.3] a new password needs the current one", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const [currentPassword, newPassword] = [yield* aPassword("wrong password"), yield* aPassword(NEW_PASSWORD)]
      const error = yield* Effect.flip(own.changePassword(caller, { currentPassword, newPassword }, CLIENT))
      assert.strictEqual(error._tag, "InvalidCredentials")
      yield* signIn(caller.account.email, PASSWORD)
    }))

  it.effect("[ASVS 7.2.4, 7.4.3] a new password ends every session and starts a new one", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const other = yield* signIn(caller.account.email)
      const [currentPassword, newPassword] = [yield* aPassword(), yield* aPassword(NEW_PASSWORD)]
      const renewed = yield* own.changePassword(caller, { currentPassword, newPassword }, CLIENT)
      const tokens = [caller.token, other.token, renewed.token]
      assert.deepStrictEqual(yield* Effect.forEach(tokens, isAccepted), [false, false, true])
      assert.strictEqual((yield* Effect.flip(signIn(caller.account.email, PASSWORD)))._tag, "InvalidCredentials")
      yield* signIn(caller.account.email, NEW_PASSWORD)
    }))

  it.effect("of two password changes at the same time one happens", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const currentPassword = yield* aPassword()
      const attempts = yield* Effect.forEach(["first new password", "second new password"], (text) =>
        Effect.gen(function*() {
          const newPassword = yield* aPassword(text)
          return yield* Effect.option(own.changePassword(caller, { currentPassword, newPassword }, CLIENT))
        }), { concurrency: "unbounded" })
      assert.strictEqual(attempts.filter(Option.isSome).length, 1)
    }))

  it.effect("deleting needs the password, and leaves nothing that could sign in", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const accounts = yield* Accounts
      const caller = yield* signedIn
      const wrong = yield* Effect.flip(own.delete(caller, yield* aPassword("wrong password")))
      assert.strictEqual(wrong._tag, "InvalidCredentials")
      yield* own.delete(caller, yield* aPassword())
      assert.isFalse(yield* isAccepted(caller.token))
      assert.strictEqual((yield* Effect.flip(accounts.get(caller.account.id)))._tag, "AccountNotFound")
      assert.strictEqual((yield* Effect.flip(signIn(caller.account.email)))._tag, "InvalidCredentials")
      yield* signUp(caller.account.email)
    }))

  it.effect("[ASVS 7.4.3] a sign-in that races a password change never survives with the old password", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const sessions = yield* Sessions
      for (let round = 0; round < 10; round++) {
        const caller = yield* signedIn
        const [currentPassword, newPassword] = [yield* aPassword(), yield* aPassword(NEW_PASSWORD)]
        const [changed] = yield* Effect.all([
          own.changePassword(caller, { currentPassword, newPassword }, CLIENT),
          ...Array.from({ length: 5 }, () => Effect.option(signIn(caller.account.email)))
        ], { concurrency: "unbounded" })
        const live = yield* sessions.list(caller.account.id, { limit: 20, after: Option.none() })
        assert.deepStrictEqual(live.items.map((session) => session.id), [changed.session.id])
      }
    }))
})
