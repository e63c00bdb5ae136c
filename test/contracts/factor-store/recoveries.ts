import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option, Result } from "effect"
import type { Account } from "../../../src/domain/model/Account.ts"
import { emailKey } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import type { AccountUpdate } from "../../../src/ports/AccountStore.ts"
import type { AuditLog } from "../../../src/ports/AuditLog.ts"
import { FactorStore } from "../../../src/ports/FactorStore.ts"
import { Outbox } from "../../../src/ports/Outbox.ts"
import { aFactor, aMail, anEmail, anEvent, aPasskey, aPasswordHash, START } from "../../support/builders.ts"
import { NOW, signedUp } from "../session-store/signed-in.ts"
import { actionsOf, enrolled, listed } from "./factors.ts"

type Needed = AccountStore | AuditLog | FactorStore | Outbox

/** What the first recovery does to an account. */
const recovery = (account: Account): AccountUpdate => ({
  id: account.id,
  precondition: { _tag: "Unproven", credentialEpoch: account.credentialEpoch },
  updatedAt: NOW,
  passwordHash: aPasswordHash("recovered"),
  emailVerified: true,
  endSessions: true,
  removeFactors: {
    commit: { audit: anEvent({ account, action: "factor.removed" }), mails: [aMail({ accountId: account.id })] }
  },
  commit: { audit: anEvent({ account, action: "recovery.completed" }) }
})

/** What takes an account back from the person who had it since an instant. */
const reversal = (account: Account, since: DateTime.Utc): AccountUpdate => ({
  ...recovery(account),
  precondition: { _tag: "Exists" },
  removeFactors: { commit: { audit: anEvent({ account, action: "factor.removed" }) }, since }
})

const removals = (actions: ReadonlyArray<string>) => actions.filter((action) => action === "factor.removed").length

const changeOf = ({ id }: Account) => ({
  id,
  precondition: { _tag: "Exists" },
  updatedAt: NOW,
  endSessions: false,
  commit: { audit: anEvent() }
} as const)

export const factorRecoveryPromises = (it: Vitest.MethodsNonLive<Needed>): void => {
  it.effect("an account is proven for good once an email of it is verified, and by nothing else", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp()
      const isProven = Effect.map(
        store.findAccountWithPassword(account.id),
        (found) => Option.getOrThrow(found).isProven
      )
      yield* store.updateAccount({ ...changeOf(account), email: anEmail() })
      assert.isFalse(yield* isProven)
      yield* store.updateAccount({ ...changeOf(account), emailVerified: true })
      assert.isTrue(yield* isProven)
      yield* store.updateAccount({ ...changeOf(account), emailVerified: false })
      assert.isTrue(yield* isProven)
      const { account: moved } = yield* store.updateAccount({ ...changeOf(account), email: anEmail() })
      assert.isFalse(moved.emailVerified)
      assert.isTrue(yield* isProven)
      assert.isTrue(Option.getOrThrow(yield* store.findAccountByEmail(emailKey(moved.email))).isProven)
      const precondition = { _tag: "Unproven", credentialEpoch: moved.credentialEpoch } as const
      const error = yield* Effect.flip(store.updateAccount({ ...changeOf(account), precondition }))
      assert.strictEqual(error._tag, "PreconditionFailed")
    }))

  it.effect("an update removes every factor of its account and no other, with one entry and its mails", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const [account, other] = [yield* signedUp(), yield* signedUp()]
      const passkey = aPasskey()
      yield* enrolled(account, { type: "passkey", passkey })
      yield* enrolled(account, { confirmedAt: undefined })
      yield* enrolled(account, { type: "recovery_codes", codes: ["one"] })
      const kept = yield* enrolled(other)
      const update = recovery(account)
      assert.strictEqual((yield* store.updateAccount(update)).factorsRemoved, 3)
      assert.deepStrictEqual([yield* listed(account), yield* listed(other)], [[], [kept]])
      assert.isTrue(Option.isNone(yield* FactorStore.use((factors) => factors.findPasskey(passkey.credentialId))))
      assert.deepStrictEqual((yield* actionsOf(account)).slice(-2).toSorted(), ["factor.removed", "recovery.completed"])
      const [mail] = update.removeFactors?.commit.mails ?? []
      assert.isTrue(Option.isSome(yield* Outbox.use(({ find }) => find(mail?.id ?? aMail().id))))
    }))

  it.effect("an update removes the factors that were confirmed from an instant on, and unconfirmed ones", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp()
      const before = yield* enrolled(account, { confirmedAt: DateTime.subtractDuration(NOW, "1 millis") })
      yield* enrolled(account, { confirmedAt: NOW })
      yield* enrolled(account, { type: "recovery_codes", codes: ["one"], confirmedAt: NOW })
      yield* enrolled(account, { type: "passkey", passkey: aPasskey(), confirmedAt: undefined })
      assert.strictEqual((yield* store.updateAccount(reversal(account, NOW))).factorsRemoved, 3)
      assert.deepStrictEqual(yield* listed(account), [before])
      assert.strictEqual((yield* store.updateAccount(reversal(account, NOW))).factorsRemoved, 0)
      assert.strictEqual(removals(yield* actionsOf(account)), 1)
    }))

  it.effect("an update that finds no factor records and tells nothing of any", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp()
      assert.strictEqual((yield* store.updateAccount(recovery(account))).factorsRemoved, 0)
      assert.strictEqual(removals(yield* actionsOf(account)), 0)
    }))

  it.effect("[ASVS 2.3.3] an update that doesn't happen removes no factor", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const account = yield* signedUp()
      const stored = yield* enrolled(account)
      yield* store.updateAccount({
        id: account.id,
        precondition: { _tag: "Exists" },
        updatedAt: START,
        emailVerified: true,
        endSessions: false,
        commit: { audit: anEvent({ account }) }
      })
      const error = yield* Effect.flip(store.updateAccount(recovery(account)))
      assert.strictEqual(error._tag, "PreconditionFailed")
      assert.deepStrictEqual(yield* listed(account), [stored])
      assert.strictEqual(removals(yield* actionsOf(account)), 0)
    }))

  it.effect("a factor that is confirmed while an update removes such is gone, and so is one that is saved", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      for (let round = 0; round < 10; round++) {
        const account = yield* signedUp()
        const { factor: { id } } = yield* enrolled(account, { confirmedAt: undefined })
        const confirmation: AccountUpdate = {
          id: account.id,
          precondition: { _tag: "Sessions", sessionEpoch: 0 },
          updatedAt: NOW,
          endSessions: true,
          commit: {
            audit: anEvent({ account, action: "factor.confirmed" }),
            uses: {
              accountId: account.id,
              id,
              now: NOW,
              by: { _tag: "Step", step: 1 },
              confirms: { createdAfter: DateTime.subtractDuration(START, "1 hour") }
            }
          }
        }
        const insertion = {
          stored: aFactor(account, { type: "recovery_codes", codes: ["one"], confirmedAt: NOW }),
          precondition: { _tag: "Sessions", sessionEpoch: 0 },
          commit: { audit: anEvent({ account }) }
        } as const
        const removal = round % 2 === 0 ? recovery(account) : reversal(account, NOW)
        const [recovered] = yield* Effect.all([
          Effect.result(store.updateAccount(removal)),
          Effect.result(store.updateAccount(confirmation)),
          Effect.result(FactorStore.use((factors) => factors.insert(insertion)))
        ], { concurrency: "unbounded" })
        assert.isTrue(Result.isSuccess(recovered))
        assert.deepStrictEqual(yield* listed(account), [])
      }
    }))
}
