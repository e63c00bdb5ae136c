import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Ref } from "effect"
import { TestClock } from "effect/testing"
import { AccountDirectory } from "../../src/domain/accounts/AccountDirectory.ts"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import { Email, emailKey } from "../../src/domain/model/Email.ts"
import { InvalidCredentials } from "../../src/domain/model/IdentityErrors.ts"
import { PasswordAuthentication } from "../../src/domain/passwords/PasswordAuthentication.ts"
import { PasswordPolicy } from "../../src/domain/passwords/PasswordPolicy.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { anAccountId, anEmail } from "../support/builders.ts"
import { aPassword, isAccepted, PASSWORD, signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const authenticate = Effect.fnUntraced(function*(email: Email, text = PASSWORD) {
  const passwords = yield* PasswordAuthentication
  return yield* passwords.authenticate({ email, password: yield* aPassword(text) })
})

const ANY = {
  emailPrefix: Option.none(),
  status: Option.none(),
  createdSince: Option.none(),
  createdBefore: Option.none(),
  verified: Option.none(),
  lastSignInBefore: Option.none()
}

const hashes = Effect.flatMap(TestServices.HashCount, Ref.get)

const storedHash = Effect.fnUntraced(function*(email: Email) {
  const store = yield* AccountStore
  return Option.map(yield* store.findAccountByEmail(emailKey(email)), (found) => found.passwordHash)
})

layer(TestServices.layer)("accounts", (it) => {
  it.effect("a new account is active, at its first version, created now", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_772_366_400_123)
      const account = yield* signUp()
      const { createdAt, emailVerified, sessionEpoch, status, updatedAt, version } = account
      assert.deepStrictEqual(
        [status, version, sessionEpoch, emailVerified, createdAt.epochMilliseconds, updatedAt.epochMilliseconds],
        ["active", 1, 0, false, 1_772_366_400_123, 1_772_366_400_123]
      )
      const accounts = yield* Accounts
      assert.deepStrictEqual(yield* accounts.get(account.id), account)
      assert.deepStrictEqual(yield* accounts.get(account.email), account)
    }))

  it.effect("the password is stored as a hash that does not contain it", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const hash = yield* storedHash(account.email)
      assert.match(Option.getOrThrow(hash), /^\$argon2id\$v=19\$m=8,t=1,p=1\$[^$]+\$[^$]+$/)
      assert.notInclude(Option.getOrThrow(hash), PASSWORD)
    }))

  it.effect("[P4] a second account with the same email is rejected in any spelling", () =>
    Effect.gen(function*() {
      yield* signUp(Email.make("once@example.com"))
      const error = yield* Effect.flip(signUp(Email.make("ONCE@EXAMPLE.com")))
      assert.strictEqual(error._tag, "EmailAlreadyExists")
    }))

  it.effect("[ASVS 6.2.1] a configured minimum length above 8 is asked of new passwords, in code points", () =>
    Effect.gen(function*() {
      const refused = yield* Effect.flip(signUp(anEmail(), "🦉🌲🌙🦊🌧".repeat(3).slice(2)))
      assert.strictEqual(refused._tag, "PasswordRejected")
      if (refused._tag === "PasswordRejected") {
        assert.deepStrictEqual(refused.refusals, [{ reason: "too-short", lengthMin: 15 }])
      }
      yield* signUp(anEmail(), "🦉🌲🌙🦊🌧".repeat(3))
    }).pipe(
      Effect.provide(
        TestServices.layer.pipe(Layer.provide(Layer.succeed(PasswordPolicy, { lengthMin: 15, serviceNames: [] }))),
        { local: true }
      )
    ))

  it.effect("the right password tells who somebody is, whatever the spelling of the email", () =>
    Effect.gen(function*() {
      const account = yield* signUp(Email.make("who@example.com"))
      assert.deepStrictEqual(yield* authenticate(Email.make("Who@Example.COM")), account)
    }))

  it.effect("[ASVS 6.3.8] unknown, disabled and wrong are refused alike, at one hash each", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const [active, disabled] = [yield* signUp(), yield* signUp()]
      yield* accounts.disable(disabled.id)
      const attempts = [
        authenticate(active.email, "wrong password"),
        authenticate(disabled.email),
        authenticate(disabled.email, "wrong password"),
        authenticate(anEmail())
      ]
      for (const attempt of attempts) {
        const before = yield* hashes
        const error = yield* Effect.flip(attempt)
        assert.strictEqual(JSON.stringify(error), JSON.stringify(new InvalidCredentials()))
        assert.strictEqual((yield* hashes) - before, 1)
      }
    }))

  it.effect("[ASVS 11.2.2, 11.4.2] a hash with old parameters is renewed at the next sign-in, once", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const before = yield* storedHash(account.email)
      yield* authenticate(account.email, "wrong password").pipe(
        Effect.flip,
        Effect.provide(TestServices.layerCostlier, { local: true })
      )
      assert.deepStrictEqual(yield* storedHash(account.email), before)
      yield* authenticate(account.email).pipe(Effect.provide(TestServices.layerCostlier, { local: true }))
      const renewed = yield* storedHash(account.email)
      assert.match(Option.getOrThrow(renewed), /^\$argon2id\$v=19\$m=8,t=2,p=1\$/)
      yield* authenticate(account.email).pipe(Effect.provide(TestServices.layerCostlier, { local: true }))
      assert.deepStrictEqual(yield* storedHash(account.email), renewed)
    }))

  it.effect("an absent account is not found, by id and by email", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      for (const reference of [anAccountId(), anEmail()]) {
        assert.strictEqual((yield* Effect.flip(accounts.get(reference)))._tag, "AccountNotFound")
        assert.strictEqual((yield* Effect.flip(accounts.disable(reference)))._tag, "AccountNotFound")
      }
    }))

  it.effect("disabling and enabling are idempotent; each change is a new version", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const account = yield* signUp()
      const versions = [
        (yield* accounts.disable(account.email)).version,
        (yield* accounts.disable(account.id)).version,
        (yield* accounts.enable(account.id)).version,
        (yield* accounts.enable(account.id)).version
      ]
      assert.deepStrictEqual(versions, [2, 2, 3, 3])
      assert.strictEqual((yield* authenticate(account.email)).status, "active")
    }))

  it.effect("[ASVS 7.4.3] another password, set for somebody, ends their sessions and the one before it", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const review = yield* AuditReview
      const { email, id } = yield* signUp()
      const sessions = [yield* signIn(email), yield* signIn(email)]
      const { account, sessionsEnded } = yield* accounts.setPassword(email, yield* aPassword("battery staple horse"))
      assert.deepStrictEqual([account.version, sessionsEnded], [2, 2])
      for (const { token } of sessions) assert.isFalse(yield* isAccepted(token))
      assert.instanceOf(yield* Effect.flip(authenticate(email)), InvalidCredentials)
      yield* authenticate(email, "battery staple horse")
      const { items } = yield* review.list(
        { accountId: Option.some(id), action: Option.some("password.changed"), since: Option.none() },
        { limit: 10, after: Option.none() }
      )
      assert.deepStrictEqual(items.map(({ event }) => event?.changed), [["password"]])
    }))

  it.effect("[ASVS 7.4.3] a sign-in that checked the password before it was set anew starts no session", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const passwords = yield* PasswordAuthentication
      const { email } = yield* signUp()
      const password = yield* aPassword()
      const account = yield* passwords.attempt(
        { email, password },
        ({ authenticate: check, giveBack }) =>
          Effect.gen(function*() {
            const authenticated = yield* check
            yield* accounts.setPassword(email, yield* aPassword("battery staple horse"))
            yield* giveBack
            return yield* authenticated.recheck
          })
      )
      assert.isTrue(Option.isNone(account))
    }))

  it.effect("a password that the rules refuse is not set, and nobody's is none", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const { email } = yield* signUp()
      const refused = yield* Effect.flip(accounts.setPassword(email, yield* aPassword(email)))
      assert.strictEqual(refused._tag, "PasswordRejected")
      const absent = yield* Effect.flip(accounts.setPassword(anAccountId(), yield* aPassword()))
      assert.strictEqual(absent._tag, "AccountNotFound")
      yield* authenticate(email)
    }))

  it.effect("changes of one account at the same time all happen, one after the other", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const account = yield* signUp()
      yield* Effect.forEach(
        Array.from({ length: 10 }, (_, index) => index % 2 === 0 ? accounts.disable : accounts.enable),
        (change) => change(account.id),
        { concurrency: "unbounded" }
      )
      assert.isAbove((yield* accounts.get(account.id)).version, 1)
    }))

  it.effect("pages follow each other without a gap and end", () =>
    Effect.gen(function*() {
      const directory = yield* AccountDirectory
      const names = ["paged-1", "paged-2", "paged-3"].map((name) => Email.make(`${name}@example.com`))
      for (const email of names) yield* signUp(email)
      const filter = { ...ANY, emailPrefix: Option.some("Paged-") }
      const first = yield* directory.list(filter, { limit: 2, after: Option.none() })
      const second = yield* directory.list(filter, { limit: 2, after: first.next })
      const listed = [...first.items, ...second.items].map((account) => account.email)
      assert.deepStrictEqual(listed, names)
      assert.deepStrictEqual(second.next, Option.none())
    }))

  it.effect("a cursor that was altered or belongs to another list is refused", () =>
    Effect.gen(function*() {
      const directory = yield* AccountDirectory
      yield* signUp(Email.make("cursor-1@example.com"))
      yield* signUp(Email.make("cursor-2@example.com"))
      const filter = { ...ANY, emailPrefix: Option.some("cursor-") }
      const { next } = yield* directory.list(filter, { limit: 1, after: Option.none() })
      const cursor = Option.getOrThrow(next)
      const attempts = [
        directory.list(filter, { limit: 1, after: Option.some(`${cursor}A`) }),
        directory.list(filter, { limit: 1, after: Option.some("") }),
        directory.list({ ...filter, status: Option.some("active") }, { limit: 1, after: next })
      ]
      for (const attempt of attempts) assert.strictEqual((yield* Effect.flip(attempt))._tag, "InvalidCursor")
    }))

  it.effect("[P8] nothing in a new account shows its password", () =>
    Effect.gen(function*() {
      const secret = yield* aPassword("canary-password-1")
      const account = yield* signUp(anEmail(), Redacted.value(secret))
      assert.notInclude(JSON.stringify(account), "canary-password-1")
    }))
})
