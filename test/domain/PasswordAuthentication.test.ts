import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Ref, Schema } from "effect"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { OwnAccount } from "../../src/domain/accounts/OwnAccount.ts"
import { DisplayName } from "../../src/domain/model/Account.ts"
import { Email, emailKey } from "../../src/domain/model/Email.ts"
import type { PasswordRefusal } from "../../src/domain/model/Password.ts"
import { NewPassword, PasswordHash } from "../../src/domain/model/Password.ts"
import { PasswordAuthentication } from "../../src/domain/passwords/PasswordAuthentication.ts"
import { PasswordPolicy, passwordRefusals } from "../../src/domain/passwords/PasswordPolicy.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import { anAccount, anInsertion, aSession } from "../support/builders.ts"
import * as TestServices from "../support/TestServices.ts"
import foreignHashes from "../vectors/foreign-password-hashes.json" with { type: "json" }

const newPassword = Schema.decodeSync(NewPassword)

const RULES = { lengthMin: 8, serviceNames: ["identity", "id.example.com"] }

const HOLDER = { email: Email.make("Ada.Lovelace@example.org"), displayName: DisplayName.make("Countess Ada King") }

const reasons = (refusals: ReadonlyArray<PasswordRefusal>) => refusals.map(({ reason }) => reason)

const reasonsAgainst = (text: string, holder = HOLDER) => reasons(passwordRefusals(RULES, newPassword(text), holder))

describe("password policy", () => {
  it.each([
    "Ada.Lovelace@example.org",
    "ADA.LOVELACE@EXAMPLE.ORG",
    "ada.lovelace",
    "AdaLovelace",
    "ada-lovelace!",
    "Ada_Lovelace_1815-12-10",
    "2026adalovelace",
    "adalovelaceadalovelace",
    "ada.lovelace1ada.lovelace2",
    "ａｄａ．ｌｏｖｅｌａｃｅ",
    "Countess Ada King",
    "countessadaking99"
  ])("[ASVS 6.2.11] the holder's email, its local part and the display name are no password: %s", (text) => {
    assert.deepStrictEqual(reasonsAgainst(text), ["personal"])
  })

  it.each(["identity", "Identity!", "IDENTITY2026", "identityidentity", "id.example.com", "Id-Example-Com-1"])(
    "[ASVS 6.2.11] the service's names are no password: %s",
    (text) => {
      assert.deepStrictEqual(reasonsAgainst(text), ["service-name"])
    }
  )

  it.each([
    "correct horse battery staple",
    "ada.lovelace likes owls",
    "my identity is a mystery",
    "adalovelace 83719402837465",
    "lovelace",
    "countess"
  ])("[ASVS 6.2.5] what has more in it than a name and a date is accepted: %s", (text) => {
    assert.deepStrictEqual(reasonsAgainst(text), [])
  })

  it.each(
    [
      ["a", "analphabet", []],
      ["Zoë", "zoë-1985-04-12-", ["personal"]],
      ["Zoë", "zoë-1985-04-12-!", []],
      ["7", "84720173", []],
      ["7", "77777777", ["personal"]],
      ["李", "李12345678", ["personal"]],
      ["🦉", "🦉🦉🦉🦉🦉🦉🦉🦉", []],
      ["🦉🦉🦉🦉🦉🦉🦉🦉", "🦉🦉🦉🦉🦉🦉🦉🦉", ["personal"]],
      ["Zoë", "zoe\u0308 1985!", ["personal"]]
    ] as const
  )("[ASVS 6.2.11] somebody called %s who chooses %s is told %j", (name, text, expected) => {
    const holder = { ...HOLDER, displayName: DisplayName.make(name) }
    assert.deepStrictEqual(reasonsAgainst(text, holder), [...expected])
  })

  it("[ASVS 6.2.1] every reason is given at once, the least length with the number", () => {
    const rules = { lengthMin: 15, serviceNames: ["ada.lovelace"] }
    assert.deepStrictEqual(passwordRefusals(rules, newPassword("adalovelace"), HOLDER), [
      { reason: "too-short", lengthMin: 15 },
      { reason: "personal" },
      { reason: "service-name" }
    ])
  })
})

/** The same services with another name for this service. */
const named = TestServices.layer.pipe(
  Layer.provide(Layer.succeed(PasswordPolicy, { lengthMin: 10, serviceNames: ["password"] }))
)

const signUp = Effect.fnUntraced(function*(text: string) {
  const accounts = yield* Accounts
  return yield* accounts.create({ ...HOLDER, password: newPassword(text) })
})

const refusalsOf = <E extends { readonly _tag: string }>(
  error: E | { readonly refusals: ReadonlyArray<PasswordRefusal> }
) => "refusals" in error ? reasons(error.refusals) : error._tag

describe("chosen passwords", () => {
  it.effect.each(["password1", "Sunshine", "qwertyuiop"])(
    "[ASVS 6.2.4] [ASVS 6.2.12] nobody signs up with a common password, and none is hashed: %s",
    (text) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(refusalsOf(yield* Effect.flip(signUp(text))), ["common"])
        assert.strictEqual(yield* Effect.flatMap(TestServices.HashCount, Ref.get), 0)
      }).pipe(Effect.provide(TestServices.layer))
  )

  it.effect("[ASVS 6.2.11] nobody signs up with the own email or name", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(refusalsOf(yield* Effect.flip(signUp("Ada.Lovelace!"))), ["personal"])
      assert.deepStrictEqual(refusalsOf(yield* Effect.flip(signUp("CountessAdaKing"))), ["personal"])
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("the list and the rules give their reasons together", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(signUp("password"))
      assert.deepStrictEqual(refusalsOf(error), ["too-short", "service-name", "common"])
    }).pipe(Effect.provide(named)))

  it.effect("[ASVS 6.2.4] [ASVS 6.2.11] a new password is held to the same rules, for the account as it now is", () =>
    Effect.gen(function*() {
      const account = yield* signUp("correct horse battery staple")
      const own = yield* OwnAccount
      const change = (text: string) =>
        own.changePassword({ account, session: aSession(account) }, {
          currentPassword: newPassword("correct horse battery staple"),
          newPassword: newPassword(text)
        }, { userAgent: undefined, ipAddress: undefined })
      assert.deepStrictEqual(refusalsOf(yield* Effect.flip(change("password1"))), ["common"])
      assert.deepStrictEqual(refusalsOf(yield* Effect.flip(change("adalovelace1"))), ["personal"])
    }).pipe(Effect.provide(TestServices.layer)))
})

/** One of each family. */
const FAMILIES = ["$2b$04", "$scrypt$ln=4", "pbkdf2_sha256", "$argon2i$", "$argon2d$"].flatMap((beginning) =>
  foreignHashes.filter(({ hash }) => hash.startsWith(beginning)).slice(0, 1)
)

describe("hashes of other systems", () => {
  it.effect.each(FAMILIES)(
    "[ASVS 11.4.2] signing in by $hash replaces it by an argon2id hash of the same password",
    (vector) =>
      Effect.gen(function*() {
        const store = yield* AccountStore
        const passwords = yield* PasswordAuthentication
        const account = anAccount()
        yield* store.insertAccount(anInsertion(account, PasswordHash.make(vector.hash)))
        const signIn = (text: string) => passwords.authenticate({ email: account.email, password: newPassword(text) })
        const stored = Effect.map(store.findAccountByEmail(emailKey(account.email)), (found) =>
          Option.getOrThrow(found).passwordHash)

        yield* Effect.flip(signIn(`${vector.password}.`))
        assert.strictEqual(yield* stored, vector.hash)
        assert.strictEqual((yield* signIn(vector.password)).id, account.id)
        assert.match(yield* stored, /^\$argon2id\$v=19\$m=8,t=1,p=1\$/)
        yield* Effect.flip(signIn(`${vector.password}.`))
        assert.strictEqual((yield* signIn(vector.password)).id, account.id)
      }).pipe(Effect.provide(TestServices.layer))
  )
})
