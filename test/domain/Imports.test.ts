import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric, Schema } from "effect"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { Imports } from "../../src/domain/admin/Imports.ts"
import { AccountId, DisplayName } from "../../src/domain/model/Account.ts"
import type { Account } from "../../src/domain/model/Account.ts"
import { Email } from "../../src/domain/model/Email.ts"
import { Password } from "../../src/domain/model/Password.ts"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import { accountsImported } from "../../src/domain/telemetry/IdentityMetrics.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import { readImportRow } from "../../src/resources/ImportRows.ts"
import { exporting, importing, withoutUpdates } from "../support/imports.ts"
import { withOwnMetrics } from "../support/metrics.ts"
import * as TestServices from "../support/TestServices.ts"

const BCRYPT = "$2b$04$H/u4.nVB7.RjCTNW57zaRehFw3AR6JlrkVHVaWjbvNSxUB5ix/oES"
const OTHER_BCRYPT = "$2b$04$QGuzjlnQhWuI1fiIUYyGMeqtWSKtpF/PWa0jZTx.j5SAIf3m3/xau"
const PASSWORD = "correct horse battery staple"

const password = Schema.decodeSync(Password)

const ADA = { external_id: "1", email: "ada@example.com", display_name: "Ada", password_hash: BCRYPT }

const ada = Effect.flatMap(Accounts, (accounts) => accounts.get(Email.make(ADA.email)))

const signIn = (text: string, email = ADA.email) =>
  Effect.flatMap(
    Sessions,
    (sessions) =>
      sessions.signIn({
        email: Email.make(email),
        password: password(text),
        client: { userAgent: undefined, ipAddress: undefined },
        transport: "token"
      })
  )

const shown = (
  { displayName, email, emailVerified }: Account
): ReadonlyArray<unknown> => [email, emailVerified, displayName]

describe("imports", () => {
  it.effect("bring accounts whose holders sign in with the passwords they had", () =>
    Effect.gen(function*() {
      const rows = [
        { ...ADA, email_verified: true, created_at: "2020-01-02T03:04:05.678Z" },
        { id: `acct_${"0".repeat(25)}`, email: "bob@example.com", display_name: "Bob", status: "disabled" }
      ]
      assert.deepStrictEqual(yield* importing(rows), ["created", "created"])
      const account = yield* ada
      assert.isTrue(account.emailVerified)
      assert.strictEqual(account.createdAt.epochMilliseconds, Date.parse("2020-01-02T03:04:05.678Z"))
      yield* signIn(PASSWORD)
      const bob = yield* Effect.flatMap(Accounts, (accounts) => accounts.get(Email.make("bob@example.com")))
      assert.deepStrictEqual([bob.id, bob.status], [AccountId.make(`acct_${"0".repeat(25)}`), "disabled"])
      const log = yield* AuditLog
      const [entry] = yield* log.chains([{ chain: account.id, afterSequence: 0, limit: 1 }])
      assert.strictEqual(entry?.event?.action, "account.created")
      assert.strictEqual((yield* Metric.value(accountsImported("created"))).count, 2)
    }).pipe(Effect.provide(TestServices.layer), withOwnMetrics))

  it.effect("run again change nothing, even after people changed their passwords, emails and names", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const rows = [ADA, { ...ADA, external_id: "2", email: "bob@example.com" }]
      yield* importing(rows)
      const { id } = yield* ada
      yield* accounts.setPassword(id, password("a completely different one"))
      yield* accounts.change(id, {
        email: Email.make("countess@example.com"),
        displayName: DisplayName.make("Countess")
      })
      for (const ifExists of ["refuse", "skip", "update"] as const) {
        assert.deepStrictEqual(yield* importing(rows, { ifExists }), ["unchanged", "unchanged"])
      }
      yield* signIn("a completely different one", "countess@example.com")
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("update only what the file has changed, and end sessions with the old password", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      yield* importing([ADA])
      const { id } = yield* ada
      yield* accounts.change(id, { displayName: DisplayName.make("Countess") })
      const verified = { ...ADA, email_verified: true }
      assert.deepStrictEqual(yield* importing([verified], { ifExists: "skip" }), ["unchanged"])
      assert.deepStrictEqual(yield* importing([verified]), [
        "/external_id belongs to an account that exists, and differs from what was imported of it"
      ])
      assert.deepStrictEqual(yield* importing([{ ...verified, if_exists: "update" }]), ["updated"])
      assert.deepStrictEqual(shown(yield* ada), [ADA.email, true, "Countess"])
      assert.deepStrictEqual(yield* importing([verified]), ["unchanged"])

      const { session } = yield* signIn(PASSWORD)
      const moved = { ...verified, email: "ada@new.example", password_hash: OTHER_BCRYPT, status: "active" }
      assert.deepStrictEqual(yield* importing([moved], { ifExists: "update" }), ["updated"])
      const changed = yield* accounts.get(id)
      assert.deepStrictEqual(shown(changed), ["ada@new.example", true, "Countess"])
      assert.isAbove(changed.sessionEpoch, session.epoch)
      yield* signIn("Grüße, 🦉", "ada@new.example")
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("refuse a row by the name of what is wrong, and do the others", () =>
    Effect.gen(function*() {
      const signedUp = { email: "carl@example.com", display_name: "Carl" }
      yield* importing([ADA, { ...signedUp, external_id: "3" }])
      const rows = [
        { ...ADA, external_id: "4", email: "dora@example.com" },
        { ...ADA, external_id: "4", email: "dora@example.com", display_name: "Another" },
        { ...ADA, external_id: "4", email: "dora@example.com" },
        { ...ADA, external_id: "5", email: "DORA@example.com" },
        { ...ADA, external_id: "3" },
        { ...signedUp, external_id: "6" },
        { ...ADA, id: `acct_${"1".repeat(25)}` },
        { ...ADA, external_id: "7", email: "no address", password_hash: "$2b$17$" },
        { ...ADA, external_id: "8", email: "eve@example.com", password_hash: `$2b$17$${"a".repeat(53)}` },
        { ...ADA, external_id: "10", email: "eve@example.com", pasword: "?" },
        { ...ADA, external_id: "11", email: "eve@example.com" }
      ]
      assert.deepStrictEqual(yield* importing(rows, { ifExists: "update" }), [
        "created",
        "/external_id is that of an earlier row, which is different",
        "unchanged",
        "/external_id differs from that of the account with this id or email",
        "/email belongs to another account",
        "/external_id differs from that of the account with this id or email",
        "/id differs from that of the account with this external_id",
        "/email must be an email address such as ada@example.com",
        "/password_hash costs too much: bcrypt with a cost of 17, and at most 16 is accepted",
        "/pasword is not a known member",
        "created"
      ])
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("give an account that signed up here an external id, if they may update it", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const input = {
        email: Email.make(ADA.email),
        password: password("a password of hers"),
        displayName: DisplayName.make("Ada")
      }
      const { id } = yield* accounts.create(input)
      const { password_hash: _, ...row } = ADA
      assert.deepStrictEqual(yield* importing([row]), [
        "/email belongs to an account that exists, and differs from what was imported of it"
      ])
      assert.deepStrictEqual(yield* importing([row], { ifExists: "update" }), ["updated"])
      assert.deepStrictEqual(yield* importing([{ ...row, email: "ada@new.example" }], { ifExists: "update" }), [
        "updated"
      ])
      assert.strictEqual((yield* accounts.get(id)).email, "ada@new.example")
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("of what an account is anyway are unchanged, and stay so when its holder changes it", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const input = {
        email: Email.make(ADA.email),
        password: password("a password of hers"),
        displayName: DisplayName.make("Ada")
      }
      const { id } = yield* accounts.create(input)
      const rows = yield* exporting
      assert.deepStrictEqual(yield* importing(rows.map((row) => ({ ...row, display_name: "Countess" }))), [
        "/id belongs to an account that exists, and differs from what was imported of it"
      ])
      assert.deepStrictEqual(yield* importing(rows, { dryRun: true }), ["unchanged"])
      assert.deepStrictEqual(yield* importing(rows), ["unchanged"])
      yield* accounts.setPassword(id, password("a completely different one"))
      yield* accounts.change(id, { displayName: DisplayName.make("Countess") })
      for (const ifExists of ["refuse", "skip", "update"] as const) {
        assert.deepStrictEqual(yield* importing(rows, { ifExists }), ["unchanged"])
      }
      assert.strictEqual((yield* ada).displayName, "Countess")
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("keep the order of rows with a key in common, though several parts are under way", () =>
    Effect.gen(function*() {
      const imports = yield* Imports
      const importRows = yield* imports.begin({ ifExists: "update", dryRun: false })
      const parts = Array.from({ length: 8 }, (_, index) => [
        readImportRow(JSON.stringify({ ...ADA, display_name: `Ada ${index}` })),
        readImportRow(JSON.stringify({ ...ADA, external_id: `other ${index}`, email: `p${index}@example.com` }))
      ])
      const outcomes = yield* Effect.forEach(parts, importRows, { concurrency: "unbounded" })
      assert.deepStrictEqual(outcomes.map(([first]) => first?.outcome), ["created", ...Array(7).fill("refused")])
      assert.deepStrictEqual(outcomes.map(([, other]) => other?.outcome), Array(8).fill("created"))
      assert.strictEqual((yield* ada).displayName, "Ada 0")
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("know accounts again that come after parts with new ones alone", () =>
    Effect.gen(function*() {
      yield* importing([ADA])
      const importRows = yield* Effect.flatMap(Imports, ({ begin }) => begin({ ifExists: "refuse", dryRun: false }))
      const outcomesOf = (...rows: ReadonlyArray<object>) =>
        Effect.map(
          importRows(rows.map((row) => readImportRow(JSON.stringify(row)))),
          (outcomes) => outcomes.map(({ outcome }) => outcome)
        )
      const other = (name: string) => ({ ...ADA, external_id: name, email: `${name}@example.com` })
      assert.deepStrictEqual(yield* outcomesOf(other("b")), ["created"])
      assert.deepStrictEqual(yield* outcomesOf(other("c")), ["created"])
      assert.deepStrictEqual(yield* outcomesOf(other("d"), ADA, other("e")), ["created", "unchanged", "created"])
      assert.deepStrictEqual(yield* outcomesOf(other("f"), { ...other("g"), external_id: "d" }), ["created", "refused"])
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("say in a dry run what would happen, and do nothing", () =>
    Effect.gen(function*() {
      yield* importing([ADA])
      const rows = [
        { ...ADA, display_name: "Countess" },
        { ...ADA, external_id: "2", email: "bob@example.com" },
        { ...ADA, external_id: "2", email: "bob@example.com" },
        { ...ADA, external_id: "2", email: "bob@example.com", display_name: "Bob" }
      ]
      assert.deepStrictEqual(yield* importing(rows, { dryRun: true, ifExists: "update" }), [
        "updated",
        "created",
        "unchanged",
        "/external_id is that of an earlier row, which is different"
      ])
      assert.strictEqual((yield* ada).displayName, "Ada")
      assert.strictEqual((yield* importing(rows.slice(1, 2)))[0], "created")
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("take what an export gives, and give it again", () =>
    Effect.gen(function*() {
      const rows = Array.from({ length: 1100 }, (_, index) => ({
        ...ADA,
        external_id: index % 2 === 0 ? undefined : String(index),
        email: `person-${index}@example.com`,
        status: index % 3 === 0 ? "disabled" : "active"
      }))
      yield* importing(rows)
      const { change, setEmailVerified } = yield* Accounts
      const { id } = yield* setEmailVerified(Email.make("person-0@example.com"), true)
      yield* change(id, { email: Email.make("moved@example.com") })
      const exported = yield* exporting
      assert.deepInclude(exported.find((row) => row.id === id), { email_verified: false, email_proven: true })
      const copied = yield* Effect.andThen(importing(exported), exporting).pipe(
        Effect.provide(TestServices.layer, { local: true })
      )
      assert.strictEqual(exported.length, 1100)
      assert.strictEqual(withoutUpdates(copied), withoutUpdates(exported))
    }).pipe(Effect.provide(TestServices.layer)))
})
