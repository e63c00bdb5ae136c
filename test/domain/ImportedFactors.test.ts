import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import type { Imports } from "../../src/domain/admin/Imports.ts"
import { Factors } from "../../src/domain/enrolments/Factors.ts"
import { Email } from "../../src/domain/model/Email.ts"
import { AccountTransfer } from "../../src/ports/AccountTransfer.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import { FactorStore } from "../../src/ports/FactorStore.ts"
import { aFactor, anAccountId, anEvent } from "../support/builders.ts"
import { exporting, importing, withoutUpdates } from "../support/imports.ts"
import * as TestServices from "../support/TestServices.ts"

const SECRET = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"

const OTHER_SECRET = "GEZDGNBVGY3TQOJQ"

const TOTP = { type: "totp", secret: SECRET }

const PASSKEY = {
  type: "passkey",
  name: "My laptop",
  rp_id: "example",
  credential_id: "AAECAwQF",
  // Of the generator of P-256.
  public_key: "pQECAyYgASFYIGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWIlggT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
  sign_count: 7,
  transports: ["internal"],
  backed_up: true
}

const CODES = { type: "recovery_codes", id: `fct_${"c".repeat(25)}`, digests: ["a".repeat(43), "b".repeat(43)] }

const rowWith = (factors: ReadonlyArray<object>, more: object = {}) => ({
  external_id: "1",
  email: "ada@example.com",
  display_name: "Ada",
  factors,
  ...more
})

const UPDATE = { ifExists: "update" } as const

const ada = Effect.flatMap(Accounts, (accounts) => accounts.get(Email.make("ada@example.com")))

const typesOf = Effect.gen(function*() {
  const store = yield* FactorStore
  return (yield* store.list((yield* ada).id)).map(({ factor }) => factor.type).toSorted()
})

describe("the factors in a row", () => {
  it.effect("come with their account, count at once, and go from an export to an empty store unchanged", () =>
    Effect.gen(function*() {
      const bob = { ...rowWith([{ ...PASSKEY, credential_id: "BBBB" }]), external_id: "2", email: "bob@example.com" }
      assert.deepStrictEqual(yield* importing([rowWith([TOTP, PASSKEY, CODES]), bob]), ["created", "created"])
      assert.deepStrictEqual(yield* typesOf, ["passkey", "recovery_codes", "totp"])
      const [stored] = yield* FactorStore.use((store) => Effect.flatMap(ada, ({ id }) => store.list(id)))
      assert.isDefined(stored?.factor.confirmedAt)
      const exported = yield* exporting
      const copied = yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* importing(exported), ["created", "created"])
        const copy = yield* exporting
        assert.deepStrictEqual(yield* importing(exported, UPDATE), ["unchanged", "unchanged"])
        return copy
      }).pipe(Effect.provide(TestServices.layer, { local: true }))
      assert.strictEqual(withoutUpdates(copied), withoutUpdates(exported))
      assert.include(withoutUpdates(exported), PASSKEY.public_key)
      assert.notInclude(withoutUpdates(exported), SECRET.replaceAll(" ", ""))
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("are left as they are by a second run, though their holder has removed one and enrolled another", () =>
    Effect.gen(function*() {
      const rows = [rowWith([TOTP, PASSKEY])]
      yield* importing(rows)
      const account = yield* ada
      const store = yield* FactorStore
      const passkey = (yield* store.list(account.id)).find(({ factor }) => factor.type === "passkey")
      yield* (yield* Factors).removeAny(account, passkey?.factor.id ?? "all")
      for (const ifExists of ["refuse", "skip", "update"] as const) {
        assert.deepStrictEqual(yield* importing(rows, { ifExists }), ["unchanged"])
      }
      assert.deepStrictEqual(yield* typesOf, ["totp"])
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("change as the file has changed, and end sessions when some are added", () =>
    Effect.gen(function*() {
      yield* importing([rowWith([TOTP, PASSKEY])])
      const account = yield* ada
      yield* (yield* Factors).removeAny(account, "all")
      const more = [rowWith([TOTP, PASSKEY, CODES])]
      assert.include((yield* importing(more))[0], "differs from what was imported")
      assert.deepStrictEqual(yield* importing(more, { ifExists: "update", dryRun: true }), ["updated"])
      assert.deepStrictEqual(yield* importing(more, UPDATE), ["updated"])
      assert.deepStrictEqual(yield* typesOf, ["recovery_codes"])
      assert.include((yield* importing([rowWith([])]))[0], "differs from what was imported")
      assert.isAbove((yield* ada).sessionEpoch, account.sessionEpoch)
      const log = yield* AuditLog
      const entries = yield* log.chains([{ chain: account.id, afterSequence: 0, limit: 10 }])
      assert.deepStrictEqual(entries.at(-1)?.event?.changed, ["factors"])

      assert.deepStrictEqual(yield* importing([rowWith([])], UPDATE), ["updated"])
      assert.deepStrictEqual(yield* typesOf, [])
      const { factors: _, ...without } = rowWith([])
      assert.deepStrictEqual(yield* importing([{ ...without, display_name: "Countess" }], UPDATE), [
        "updated"
      ])
      assert.deepStrictEqual(yield* importing([rowWith([], { display_name: "Countess" })]), ["unchanged"])
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("are the same when their row gets an external id: none comes back, and what is left out goes", () =>
    Effect.gen(function*() {
      const { external_id: _, ...unnamed } = rowWith([TOTP, PASSKEY])
      yield* importing([unnamed])
      const account = yield* ada
      const totp = yield* FactorStore.use((store) =>
        Effect.map(store.list(account.id), (all) => all.find(({ factor }) => factor.type === "totp"))
      )
      yield* (yield* Factors).removeAny(account, totp?.factor.id ?? "all")
      assert.deepStrictEqual(yield* importing([rowWith([TOTP, PASSKEY])], UPDATE), ["updated"])
      assert.deepStrictEqual(yield* typesOf, ["passkey"])
      for (const ifExists of ["refuse", "skip", "update"] as const) {
        assert.deepStrictEqual(yield* importing([rowWith([TOTP, PASSKEY])], { ifExists }), ["unchanged"])
      }
      assert.deepStrictEqual(yield* importing([rowWith([TOTP])], UPDATE), ["updated"])
      assert.deepStrictEqual(yield* typesOf, [])
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("count from now on in an account that exists, and end its sessions when they go", () =>
    Effect.gen(function*() {
      yield* importing([rowWith([])])
      yield* TestClock.adjust("1 day")
      const long_ago = "2020-01-02T03:04:05.678Z"
      const brought = { ...TOTP, created_at: long_ago, confirmed_at: long_ago }
      assert.deepStrictEqual(yield* importing([rowWith([brought])], UPDATE), ["updated"])
      const [stored] = yield* FactorStore.use((store) => Effect.flatMap(ada, ({ id }) => store.list(id)))
      assert.deepStrictEqual(stored?.factor.confirmedAt, yield* DateTime.now)
      const { sessionEpoch } = yield* ada
      assert.deepStrictEqual(yield* importing([rowWith([])], UPDATE), ["updated"])
      assert.isAbove((yield* ada).sessionEpoch, sessionEpoch)
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("of its holder's own stay in an account, though a file that had them has them no longer", () =>
    Effect.gen(function*() {
      yield* importing([rowWith([])])
      const account = yield* ada
      const store = yield* FactorStore
      const own = aFactor(account, { type: "recovery_codes", codes: ["a".repeat(43)] })
      yield* store.insert({ stored: own, precondition: { _tag: "Exists" }, commit: { audit: anEvent({ account }) } })
      const exported = yield* exporting
      for (const ifExists of ["refuse", "update", "update"] as const) {
        assert.deepStrictEqual(yield* importing(exported, { ifExists }), ["unchanged"])
      }
      const brought = exported.map((row) => Object.assign({}, row, { factors: [...row.factors ?? [], TOTP] }))
      assert.deepStrictEqual(yield* importing(brought, UPDATE), ["updated"])
      for (const ifExists of ["refuse", "skip", "update"] as const) {
        assert.deepStrictEqual(yield* importing(brought, { ifExists }), ["unchanged"])
      }
      assert.deepStrictEqual(yield* importing([rowWith([CODES], { id: account.id })], UPDATE), [
        "/factors/0 can't take the place of recovery codes that the holder has made here"
      ])
      assert.deepStrictEqual(yield* importing([rowWith([], { id: account.id })], UPDATE), ["updated"])
      assert.deepStrictEqual(yield* typesOf, ["recovery_codes"])
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("come once, though another import brings them at the same time", () =>
    Effect.gen(function*() {
      const rowsWith = (factors: (credential_id: string) => ReadonlyArray<object>) =>
        ["AAAA", "BBBB"].map((name) => rowWith(factors(name), { external_id: name, email: `${name}@example.com` }))
      yield* importing(rowsWith(() => []))
      const rows = rowsWith((credential_id) => [{ ...PASSKEY, credential_id }])
      const overtaken = Layer.effect(
        AccountTransfer,
        Effect.gen(function*() {
          const transfer = yield* AccountTransfer
          const other = yield* Effect.cached(Effect.provide(importing(rows, UPDATE), yield* Effect.context<Imports>()))
          return { ...transfer, update: (update) => Effect.andThen(other, transfer.update(update)) }
        })
      )
      const outcomes = yield* Effect.provide(
        importing(rows, UPDATE),
        Layer.provide(TestServices.services, overtaken),
        { local: true }
      )
      assert.deepStrictEqual(outcomes, ["unchanged", "unchanged"])
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("are refused, without being quoted, where they can't be used or are somebody else's", () =>
    Effect.gen(function*() {
      yield* importing([rowWith([TOTP, PASSKEY])])
      const [ofAda] = yield* exporting
      const sealed = (ofAda?.factors ?? []).find(({ type }) => type === "totp")
      const cases: ReadonlyArray<readonly [factors: ReadonlyArray<object>, expected: string, more?: object]> = [
        [[sealed ?? {}], "/factors/0/sealed_secret needs the ids of its account and its factor in the row"],
        [
          [{ ...sealed, sealed_secret: `gone${sealed?.sealed_secret?.slice(sealed.sealed_secret.indexOf("."))}` }],
          "/factors/0/sealed_secret was sealed with a key that isn't among IDENTITY_ENCRYPTION_KEYS here",
          { id: ofAda?.id }
        ],
        [
          [sealed ?? {}],
          "/factors/0/sealed_secret was altered, or sealed for another account or factor, or with another key of this " +
          "name than the one in IDENTITY_ENCRYPTION_KEYS",
          { id: anAccountId() }
        ],
        [
          [TOTP, { ...PASSKEY, credential_id: "CCCC", rp_id: "example.org" }],
          "/factors/1/rp_id must be example, the domain of passkeys here (IDENTITY_PASSKEY_RP_ID)"
        ],
        [
          [{ ...PASSKEY, credential_id: "CCCC", public_key: "A".repeat(103) }],
          "/factors/0/public_key is no key by which a passkey can sign in here"
        ],
        [[PASSKEY], "/factors/0/credential_id belongs to a factor of another account"],
        [[{ ...CODES, id: sealed?.id }], "/factors/0/id belongs to a factor of another account"],
        [[TOTP, { ...TOTP, secret: SECRET.toLowerCase() }], "/factors must not have a factor twice"],
        [[CODES, { ...CODES, id: `fct_${"d".repeat(25)}` }], "/factors must not have two sets of recovery codes"],
        [[{ type: "totp" }], "/factors/0/secret is needed, or else `sealed_secret`: one of them"],
        [[{ type: "totp", secret: "JBSWY3DP" }], "/factors/0/secret must be 10 to 64 bytes in base32"],
        [[{ type: "totp", secret: OTHER_SECRET, digits: 8 }], "/factors/0/digits is not a known member"],
        ...["AAB", "AAAA="].map((credential_id) =>
          [[{ ...PASSKEY, credential_id }], "/factors/0/credential_id must be an id in base64url"] as const
        ),
        ...["\0", "\ud800", "usb,nfc"].map((transport) =>
          [
            [{ ...PASSKEY, transports: [transport] }],
            "/factors/0/transports/0 must be the name of a transport"
          ] as const
        ),
        ...["\0", "\ud800", "0"].map((aaguid) =>
          [[{ ...PASSKEY, aaguid }], "/factors/0/aaguid must be a UUID"] as const
        ),
        [[{ type: "sms", number: "1" }], "/factors/0 must be a factor of type `totp`, `passkey` or `recovery_codes`"],
        [Array.from({ length: 11 }, () => PASSKEY), "/factors must be at most 10"]
      ]
      const outcomes = yield* Effect.forEach(
        cases,
        ([factors, , more], index) =>
          importing([rowWith(factors, { external_id: `other ${index}`, email: `other-${index}@example.com`, ...more })])
      )
      assert.deepStrictEqual(outcomes.flat(), cases.map(([, expected]) => expected))
    }).pipe(Effect.provide(TestServices.layer)))

  it.effect("are refused where the account would have too many", () =>
    Effect.gen(function*() {
      yield* importing([rowWith([])])
      const account = yield* ada
      const store = yield* FactorStore
      for (let made = 0; made < 10; made += 1) {
        yield* store.insert({
          stored: aFactor(account),
          precondition: { _tag: "Exists" },
          commit: { audit: anEvent({ account }) }
        })
      }
      assert.deepStrictEqual(yield* importing([rowWith([TOTP])], UPDATE), [
        "/factors would be more than 10 with those of the account"
      ])
    }).pipe(Effect.provide(TestServices.layer)))
})
