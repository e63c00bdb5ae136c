import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { OwnAccount } from "../../src/domain/accounts/OwnAccount.ts"
import { NoticePolicy } from "../../src/domain/mail/Notices.ts"
import { DisplayName } from "../../src/domain/model/Account.ts"
import type { AccountId } from "../../src/domain/model/Account.ts"
import { Caller } from "../../src/domain/model/Caller.ts"
import { Directory } from "../../src/ports/Directory.ts"
import { anAccountId, anEmail } from "../support/builders.ts"
import { importing } from "../support/imports.ts"
import { aPassword, CLIENT, isAccepted, PASSWORD, signedIn, signIn } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const tellingServices = TestServices.layer.pipe(Layer.fresh, Layer.provide(Layer.succeed(NoticePolicy, "on")))

const noticesOf = Effect.fnUntraced(function*(id: AccountId) {
  const directory = yield* Directory
  const { items } = yield* directory.listMails({
    limit: 10,
    after: Option.none(),
    accountId: Option.some(id),
    status: Option.none()
  })
  return items
})

const atHome = Effect.provideService(Caller, {
  actor: { type: "anonymous" },
  requestId: undefined,
  clientAddress: "192.0.2.7"
})

const asOperator = Effect.provideService(Caller, {
  actor: { type: "admin", name: "grace" },
  requestId: undefined,
  clientAddress: "198.51.100.4"
})

layer(tellingServices)("notices", (it) => {
  it.effect("[ASVS 6.3.7] a holder is told of a new password, from where and when", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const change = { currentPassword: yield* aPassword(), newPassword: yield* aPassword("a much better password") }
      yield* atHome(own.changePassword(caller, change, CLIENT))
      const [mail, ...others] = yield* noticesOf(caller.account.id)
      const now = yield* DateTime.now
      assert.deepStrictEqual(others, [])
      assert.deepInclude(mail, {
        purpose: "password-changed",
        to: caller.account.email,
        status: "waiting",
        queuedAt: now,
        details: {
          displayName: "Ada Lovelace",
          occurredAt: DateTime.formatIso(now),
          userAgent: "curl/8.0",
          ipAddress: "192.0.2.7"
        }
      })
    }))

  it.effect("[ASVS 6.3.7] the former address is told of a new one", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const currentPassword = yield* aPassword()
      yield* own.change(caller, { expectedVersion: "any", email: anEmail(), currentPassword })
      const mails = yield* noticesOf(caller.account.id)
      assert.deepStrictEqual(mails.map(({ purpose, to }) => [purpose, to]), [["email-changed", caller.account.email]])
    }))

  it.effect("[ASVS 6.3.7] holders are told what administrators change, and not from where", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const { account } = yield* signedIn
      yield* asOperator(accounts.setPassword(account.id, yield* aPassword("a much better password")))
      yield* asOperator(accounts.change(account.id, { email: anEmail() }))
      const mails = yield* noticesOf(account.id)
      assert.deepStrictEqual(mails.map(({ details }) => details.ipAddress), [undefined, undefined])
      assert.deepStrictEqual(mails.map(({ purpose, to }) => [purpose, to]), [
        ["email-changed", account.email],
        ["password-changed", account.email]
      ])
    }))

  it.effect("[ASVS 6.3.7] holders are told what an import changes, and that of new accounts are not", () =>
    Effect.gen(function*() {
      const { account: { email, id }, token } = yield* signedIn
      const row = { email, display_name: "Ada", factors: [{ type: "totp", secret: "JBSWY3DPEHPK3PXP" }] }
      const password_hash = "$2b$04$H/u4.nVB7.RjCTNW57zaRehFw3AR6JlrkVHVaWjbvNSxUB5ix/oES"
      const told: Array<ReadonlyArray<string>> = []
      const without = { ...row, factors: [] }
      for (const change of [row, { ...row, password_hash }, without, { ...without, email: anEmail() }]) {
        const before = (yield* noticesOf(id)).length
        assert.deepStrictEqual(yield* importing([{ ...change, id }], { ifExists: "update" }), ["updated"])
        const mails = yield* noticesOf(id)
        told.push(mails.slice(0, mails.length - before).map(({ purpose, to }) => `${purpose} ${to}`))
      }
      assert.deepStrictEqual(told, [
        [`factor-added ${email}`],
        [`password-changed ${email}`],
        [`factor-removed ${email}`],
        [`email-changed ${email}`]
      ])
      assert.isFalse(yield* isAccepted(token))
      const newcomer = { ...row, id: anAccountId(), email: anEmail() }
      assert.deepStrictEqual(yield* importing([newcomer]), ["created"])
      assert.deepStrictEqual(yield* noticesOf(newcomer.id), [])
    }))

  it.effect("[ASVS 6.3.5] a holder is told of a sign-in from a new device, and not of one from a known device", () =>
    Effect.gen(function*() {
      const first = yield* signedIn
      const { account } = first
      assert.deepStrictEqual(yield* noticesOf(account.id), [])
      yield* TestClock.adjust("1 hour")
      yield* signIn(account.email, PASSWORD, { device: first.device })
      assert.deepStrictEqual(yield* noticesOf(account.id), [])
      yield* signIn(account.email)
      const mails = yield* noticesOf(account.id)
      assert.deepStrictEqual(mails.map(({ details, purpose }) => [purpose, details.userAgent]), [
        ["new-device", "curl/8.0"]
      ])
    }))

  it.effect("holders are told of three sign-ins from new devices, then of one every 72 minutes; all are let in", () =>
    Effect.gen(function*() {
      const { account } = yield* signedIn
      yield* TestClock.adjust("1 hour")
      for (let times = 0; times < 5; times += 1) yield* signIn(account.email)
      assert.lengthOf(yield* noticesOf(account.id), 3)
      yield* TestClock.adjust("72 minutes")
      for (let times = 0; times < 2; times += 1) yield* signIn(account.email)
      assert.lengthOf(yield* noticesOf(account.id), 4)
    }))

  it.effect("nobody is told of what did not happen, nor of another display name", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const newPassword = yield* aPassword("a much better password")
      yield* Effect.flip(
        own.changePassword(caller, { currentPassword: yield* aPassword("wrong password"), newPassword }, CLIENT)
      )
      yield* own.change(caller, { expectedVersion: "any", displayName: DisplayName.make("Augusta") })
      assert.deepStrictEqual(yield* noticesOf(caller.account.id), [])
    }))
})

layer(TestServices.layer)("without notices", (it) => {
  it.effect("nothing is queued", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const { account } = yield* signedIn
      yield* accounts.setPassword(account.id, yield* aPassword("a much better password"))
      assert.deepStrictEqual(yield* noticesOf(account.id), [])
    }))
})
