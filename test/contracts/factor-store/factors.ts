import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Array, DateTime, Effect, Option, Result } from "effect"
import { AcceptedName } from "../../../src/domain/model/Account.ts"
import type { Account } from "../../../src/domain/model/Account.ts"
import { emailKey } from "../../../src/domain/model/Email.ts"
import { Factor, FACTORS_MAX, SealedSecret } from "../../../src/domain/model/Factor.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { AuditLog } from "../../../src/ports/AuditLog.ts"
import { FactorStore } from "../../../src/ports/FactorStore.ts"
import type { StoredFactor } from "../../../src/ports/FactorStore.ts"
import { aFactor, anAccount, anEvent, aPasskey, START } from "../../support/builders.ts"
import { signedUp } from "../session-store/signed-in.ts"

type Needed = AccountStore | AuditLog | FactorStore

export const enrolled = Effect.fnUntraced(function*(account: Account, fields: Parameters<typeof aFactor>[1] = {}) {
  const stored = aFactor(account, fields)
  yield* (yield* FactorStore).insert({ stored, precondition: EXISTS, commit: { audit: anEvent({ account }) } })
  return stored
})

const EXISTS = { _tag: "Exists" } as const

export const listed = (account: Account) => FactorStore.use((store) => store.list(account.id))

/** The actions in the audit entries of an account, in order. */
export const actionsOf = Effect.fnUntraced(function*(account: Account) {
  const entries = yield* AuditLog.use(({ chains }) => chains([{ chain: account.id, afterSequence: 0, limit: 100 }]))
  return entries.flatMap(({ event }) => event?.action ?? [])
})

const entriesOf = (account: Account) => Effect.map(actionsOf(account), (actions) => actions.length)

const later = (minutes: number) => DateTime.addDuration(START, `${minutes} minutes`)

const unconfirmed = { confirmedAt: undefined }

export const factorPromises = (it: Vitest.MethodsNonLive<Needed>): void => {
  it.effect("factors are listed as they were saved, oldest first, and nobody else's", () =>
    Effect.gen(function*() {
      const [account, other] = [yield* signedUp(), yield* signedUp()]
      const passkey = yield* enrolled(account, { type: "passkey", passkey: aPasskey(), createdAt: later(2) })
      const totp = yield* enrolled(account, { lastStep: 58_000_000, lastUsedAt: later(3) })
      const codes = yield* enrolled(account, { type: "recovery_codes", codes: ["one", "two"], createdAt: later(1) })
      yield* enrolled(other)
      assert.deepStrictEqual(yield* listed(account), [totp, codes, passkey])
    }))

  it.effect("a factor takes the place of unconfirmed ones of its type, and recovery codes that of earlier ones", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const [kept, , passkey] = [
        yield* enrolled(account),
        yield* enrolled(account, unconfirmed),
        yield* enrolled(account, { ...unconfirmed, type: "passkey", createdAt: later(1) }),
        yield* enrolled(account, { type: "recovery_codes", codes: ["old"] })
      ]
      const totp = yield* enrolled(account, { ...unconfirmed, createdAt: later(2) })
      const codes = yield* enrolled(account, { type: "recovery_codes", codes: ["new"], createdAt: later(3) })
      assert.deepStrictEqual(yield* listed(account), [kept, passkey, totp, codes])
    }))

  it.effect("an account has ten factors and no more, however many are saved at the same time", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const saves = Array.replicate(Effect.option(enrolled(account)), FACTORS_MAX + 5)
      const saved = yield* Effect.all(saves, { concurrency: "unbounded" })
      assert.lengthOf(saved.filter(Option.isSome), FACTORS_MAX)
      assert.strictEqual((yield* Effect.flip(enrolled(account)))._tag, "TooManyFactors")
      assert.lengthOf(yield* listed(account), FACTORS_MAX)
    }))

  it.effect("an absent account gets no factor", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(enrolled(anAccount())))._tag, "AccountNotFound")
    }))

  it.effect("[ASVS 7.4.1] a factor is saved or removed only while the account meets the precondition", () =>
    Effect.gen(function*() {
      const store = yield* FactorStore
      const account = yield* signedUp()
      const stored = yield* enrolled(account)
      const entries = yield* entriesOf(account)
      const commit = { audit: anEvent({ account }) }
      const precondition = { _tag: "Sessions", sessionEpoch: 1 } as const
      const codes = aFactor(account, { type: "recovery_codes", codes: ["one"] })
      const removal = { accountId: account.id, id: stored.factor.id, keepsLast: false, precondition, commit }
      for (
        const refused of [
          yield* Effect.flip(store.insert({ stored: codes, precondition, commit })),
          yield* Effect.flip(store.remove(removal))
        ]
      ) assert.strictEqual(refused._tag, "PreconditionFailed")
      assert.deepStrictEqual([yield* listed(account), yield* entriesOf(account)], [[stored], entries])
    }))

  it.effect("[ASVS 7.4.1] recovery codes are saved before all sessions end, or not at all", () =>
    Effect.gen(function*() {
      const { updateAccount } = yield* AccountStore
      const { insert } = yield* FactorStore
      for (let round = 0; round < 10; round++) {
        const account = yield* signedUp()
        const [saved] = yield* Effect.all([
          Effect.result(insert({
            stored: aFactor(account, { type: "recovery_codes", codes: ["one"] }),
            precondition: { _tag: "Sessions", sessionEpoch: 0 },
            commit: { audit: anEvent({ account, action: "factor.created" }) }
          })),
          updateAccount({
            id: account.id,
            precondition: EXISTS,
            updatedAt: START,
            endSessions: true,
            commit: { audit: anEvent({ account, action: "password.changed" }) }
          })
        ], { concurrency: "unbounded" })
        const [, ...actions] = yield* actionsOf(account)
        const happened = Result.isSuccess(saved)
        assert.lengthOf(yield* listed(account), happened ? 1 : 0)
        assert.deepStrictEqual(actions, happened ? ["factor.created", "password.changed"] : ["password.changed"])
      }
    }))

  it.effect("an account is found by its email with whether it has a confirmed second factor", () =>
    Effect.gen(function*() {
      const { findAccountByEmail } = yield* AccountStore
      const account = yield* signedUp()
      const isKnown = Effect.map(
        findAccountByEmail(emailKey(account.email)),
        (found) => Option.getOrThrow(found).hasSecondFactor
      )
      yield* enrolled(yield* signedUp())
      yield* enrolled(account, unconfirmed)
      yield* enrolled(account, { type: "recovery_codes", codes: ["one"] })
      assert.isFalse(yield* isKnown)
      yield* enrolled(account)
      assert.isTrue(yield* isKnown)
    }))

  it.effect("a confirmed passkey is found by its credential", () =>
    Effect.gen(function*() {
      const store = yield* FactorStore
      const account = yield* signedUp()
      const passkey = aPasskey()
      const found = yield* enrolled(account, { type: "passkey", passkey })
      const waiting = aPasskey()
      yield* enrolled(account, { ...unconfirmed, type: "passkey", passkey: waiting })
      assert.deepStrictEqual(yield* store.findPasskey(passkey.credentialId), Option.some(found))
      assert.deepStrictEqual(yield* store.findPasskey(waiting.credentialId), Option.none())
      assert.deepStrictEqual(yield* store.findPasskey("unknown"), Option.none())
    }))

  it.effect("a factor is renamed for its account alone, with an entry", () =>
    Effect.gen(function*() {
      const store = yield* FactorStore
      const [account, other] = [yield* signedUp(), yield* signedUp()]
      const stored = yield* enrolled(account)
      const name = AcceptedName.make("Work phone")
      const renaming = { id: stored.factor.id, name, commit: { audit: anEvent({ account }) } }
      assert.deepStrictEqual(yield* store.rename({ ...renaming, accountId: other.id }), Option.none())
      const before = yield* entriesOf(account)
      const factor = Factor.make({ ...stored.factor, name })
      assert.deepStrictEqual(yield* store.rename({ ...renaming, accountId: account.id }), Option.some(factor))
      assert.strictEqual(yield* entriesOf(account), before + 1)
      assert.deepStrictEqual(yield* listed(account), [{ ...stored, factor }])
    }))

  it.effect("factors are removed with one entry, and removing none is recorded by none", () =>
    Effect.gen(function*() {
      const store = yield* FactorStore
      const [account, other] = [yield* signedUp(), yield* signedUp()]
      const [one, two, three] = [
        yield* enrolled(account),
        yield* enrolled(account, { createdAt: later(1) }),
        yield* enrolled(account, { type: "passkey", passkey: aPasskey(), createdAt: later(2) })
      ]
      const before = yield* entriesOf(account)
      const remove = (id: StoredFactor["factor"]["id"] | "all", accountId = account.id) =>
        store.remove({ accountId, id, keepsLast: false, precondition: EXISTS, commit: { audit: anEvent({ account }) } })
      assert.deepStrictEqual(yield* remove(one.factor.id, other.id), [])
      assert.deepStrictEqual(yield* remove(one.factor.id), [one.factor])
      assert.deepStrictEqual(yield* remove(one.factor.id), [])
      assert.deepStrictEqual(yield* remove("all"), [two.factor, three.factor])
      assert.strictEqual(yield* entriesOf(account), before + 2)
      assert.deepStrictEqual(yield* listed(account), [])
      assert.isTrue(Option.isNone(yield* store.findPasskey(three.factor.passkey?.credentialId ?? "")))
    }))

  it.effect("the last second factor stays where it must, however many are removed at the same time", () =>
    Effect.gen(function*() {
      const store = yield* FactorStore
      const account = yield* signedUp()
      const factors = [yield* enrolled(account), yield* enrolled(account), yield* enrolled(account)]
      const codes = yield* enrolled(account, { type: "recovery_codes", codes: ["one"] })
      const remove = (id: StoredFactor["factor"]["id"] | "all") =>
        store.remove({
          accountId: account.id,
          id,
          keepsLast: true,
          precondition: EXISTS,
          commit: { audit: anEvent({ account }) }
        })
      const removals = factors.map(({ factor: { id } }) => Effect.option(remove(id)))
      const removed = yield* Effect.all(removals, { concurrency: "unbounded" })
      assert.lengthOf(removed.filter(Option.isSome), 2)
      assert.strictEqual((yield* Effect.flip(remove("all")))._tag, "LastFactor")
      assert.lengthOf(yield* remove(codes.factor.id), 1)
      assert.lengthOf(yield* listed(account), 1)
    }))

  it.effect("a seed is sealed anew only in place of the one that was read", () =>
    Effect.gen(function*() {
      const store = yield* FactorStore
      const account = yield* signedUp()
      const { factor: { id }, seed } = yield* enrolled(account, { seed: SealedSecret("old.one") })
      const resealing = { accountId: account.id, id, to: SealedSecret("new.two") }
      assert.isFalse(yield* store.reseal({ ...resealing, from: SealedSecret("old.other") }))
      assert.isTrue(yield* store.reseal({ ...resealing, from: seed ?? SealedSecret("") }))
      assert.deepStrictEqual((yield* listed(account)).map((stored) => stored.seed), [SealedSecret("new.two")])
    }))

  it.effect("factors are deleted with their account", () =>
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const account = yield* signedUp()
      const passkey = aPasskey()
      yield* enrolled(account, { type: "passkey", passkey })
      yield* enrolled(account)
      yield* accounts.deleteAccount({
        id: account.id,
        precondition: { _tag: "Exists" },
        now: START,
        commit: { audit: anEvent({ account }) }
      })
      assert.deepStrictEqual(yield* listed(account), [])
      assert.isTrue(Option.isNone(yield* (yield* FactorStore).findPasskey(passkey.credentialId)))
    }))
}
