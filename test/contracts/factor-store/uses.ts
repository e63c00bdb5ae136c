import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Duration, Effect, Option, Result } from "effect"
import type { Account } from "../../../src/domain/model/Account.ts"
import type { Passkey } from "../../../src/domain/model/Factor.ts"
import { CEREMONY_LIFETIME, newStamp } from "../../../src/domain/model/PasskeyChallenge.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import type { AuditLog } from "../../../src/ports/AuditLog.ts"
import type { ChallengeStore } from "../../../src/ports/ChallengeStore.ts"
import type { Commit, FactorUse } from "../../../src/ports/Commit.ts"
import { FactorStore } from "../../../src/ports/FactorStore.ts"
import type { StoredFactor } from "../../../src/ports/FactorStore.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anEvent, aPasskey, aSession, aStart, committing } from "../../support/builders.ts"
import { started } from "../challenge-store/started.ts"
import { NOW, query, sessionsOf, signedUp } from "../session-store/signed-in.ts"
import { enrolled } from "./factors.ts"

type Needed = AccountStore | AuditLog | ChallengeStore | FactorStore | SessionStore

type By = FactorUse["by"]

const useOf = ({ factor: { accountId, id } }: StoredFactor, by: By, more: Partial<FactorUse> = {}): FactorUse => ({
  accountId,
  id,
  now: NOW,
  by,
  ...more
})

/** Starts a session by a factor. Returns whether that took effect. */
const isSignedIn = Effect.fnUntraced(function*(account: Account, uses: FactorUse, more: Partial<Commit> = {}) {
  const store = yield* SessionStore
  const result = yield* Effect.result(
    store.insertSession(committing(aStart(aSession(account)), { ...more, uses }))
  )
  return Result.isSuccess(result) && Option.isSome(result.success)
})

/** Changes the account by a factor. */
const isChanged = Effect.fnUntraced(function*(account: Account, uses: FactorUse, version = 1) {
  const store = yield* AccountStore
  const result = yield* Effect.result(store.updateAccount({
    id: account.id,
    precondition: { _tag: "Version", version },
    updatedAt: NOW,
    endSessions: false,
    commit: { audit: anEvent({ account }), uses }
  }))
  return Result.isSuccess(result)
})

const only = (account: Account) =>
  FactorStore.use((store) => Effect.map(store.list(account.id), ([stored]) => Option.fromUndefinedOr(stored))).pipe(
    Effect.map(Option.getOrThrow)
  )

const step = (number: number): By => ({ _tag: "Step", step: number })

/** The answer to a challenge that was made at an instant. */
const answering = (unique: string, madeAt: DateTime.Utc, passkey: Passkey) => ({
  _tag: "Passkey" as const,
  passkey,
  challenge: newStamp(madeAt, unique)
})

const MANY = 20

const lapsed = { createdAfter: NOW }

export const factorUsePromises = (it: Vitest.MethodsNonLive<Needed>): void => {
  it.effect("[P3] [ASVS 6.5.1] of many sign-ins by one step at the same time one takes effect, and none afterwards", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const stored = yield* enrolled(account)
      const attempts = Array.from({ length: MANY }, () => isSignedIn(account, useOf(stored, step(100))))
      const signedIn = yield* Effect.all(attempts, { concurrency: "unbounded" })
      assert.lengthOf(signedIn.filter((happened) => happened), 1)
      assert.lengthOf(yield* sessionsOf(query(account.id)), 1)
      for (const used of [99, 100]) assert.isFalse(yield* isSignedIn(account, useOf(stored, step(used))))
      assert.isTrue(yield* isSignedIn(account, useOf(stored, step(101))))
      const { factor, lastStep } = yield* only(account)
      assert.deepStrictEqual([lastStep, factor.lastUsedAt], [101, NOW])
    }))

  it.effect("[P3] [ASVS 6.5.1] of many uses of a recovery code one takes effect, and the others stay good", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const stored = yield* enrolled(account, { type: "recovery_codes", codes: ["one", "two", "three"] })
      const by: By = { _tag: "RecoveryCode", digest: "two" }
      const attempts = Array.from({ length: MANY }, () => isSignedIn(account, useOf(stored, by)))
      const signedIn = yield* Effect.all(attempts, { concurrency: "unbounded" })
      assert.lengthOf(signedIn.filter((happened) => happened), 1)
      const { codes, factor } = yield* only(account)
      assert.deepStrictEqual([codes, factor.remaining], [["one", "three"], 2])
      assert.isFalse(yield* isSignedIn(account, useOf(stored, { _tag: "RecoveryCode", digest: "four" })))
    }))

  it.effect("a passkey is kept as its authenticator now shows it", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const passkey = aPasskey()
      const stored = yield* enrolled(account, { type: "passkey", passkey })
      const shown = aPasskey({ ...passkey, signCount: 4_000_000_000, backedUp: false })
      assert.isTrue(yield* isSignedIn(account, useOf(stored, answering("one", NOW, shown))))
      assert.deepStrictEqual((yield* only(account)).factor.passkey, shown)
    }))

  it.effect("[P3] [ASVS 6.5.1] of many answers to a challenge one takes effect, and none afterwards", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const passkey = aPasskey()
      const stored = yield* enrolled(account, { type: "passkey", passkey })
      const [one, other] = [answering("one", NOW, passkey), answering("other", NOW, passkey)]
      const attempts = Array.from({ length: MANY }, () => isSignedIn(account, useOf(stored, one)))
      const signedIn = yield* Effect.all(attempts, { concurrency: "unbounded" })
      assert.lengthOf(signedIn.filter((happened) => happened), 1)
      assert.isTrue(yield* isSignedIn(account, useOf(stored, other)))
      for (const used of [one, other]) assert.isFalse(yield* isSignedIn(account, useOf(stored, used)))
      assert.lengthOf((yield* only(account)).answered, 2)
    }))

  it.effect("answered challenges are forgotten when nobody can answer them any more", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const passkey = aPasskey()
      const stored = yield* enrolled(account, { type: "passkey", passkey })
      const later = DateTime.addDuration(NOW, Duration.times(CEREMONY_LIFETIME, 2))
      assert.isTrue(yield* isSignedIn(account, useOf(stored, answering("one", NOW, passkey))))
      const by = answering("other", later, passkey)
      assert.isTrue(yield* isSignedIn(account, useOf(stored, by, { now: later })))
      assert.deepStrictEqual((yield* only(account)).answered, [by.challenge])
    }))

  it.effect("a credential is one factor's, however many register it at the same time", () =>
    Effect.gen(function*() {
      const passkey = aPasskey()
      const confirms = { createdAfter: DateTime.subtractDuration(NOW, "1 day") }
      const registering = Effect.gen(function*() {
        const account = yield* signedUp()
        const stored = yield* enrolled(account, { type: "passkey", confirmedAt: undefined })
        return yield* isChanged(account, useOf(stored, answering("one", NOW, passkey), { confirms }))
      })
      const registered = yield* Effect.all([registering, registering, registering], { concurrency: "unbounded" })
      assert.lengthOf(registered.filter((happened) => happened), 1)
    }))

  it.effect("a factor is confirmed once, in time, by the first use of it, and counts only then", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const stored = yield* enrolled(account, { confirmedAt: undefined })
      const confirms = { createdAfter: DateTime.subtractDuration(NOW, "1 day") }
      assert.isFalse(yield* isSignedIn(account, useOf(stored, step(1))))
      assert.isFalse(yield* isChanged(account, useOf(stored, step(1), { confirms: lapsed })))
      assert.isTrue(yield* isChanged(account, useOf(stored, step(1), { confirms })))
      assert.deepStrictEqual((yield* only(account)).factor.confirmedAt, NOW)
      assert.isFalse(yield* isChanged(account, useOf(stored, step(2), { confirms }), 2))
      assert.isFalse(yield* isSignedIn(account, useOf(stored, step(1))))
      assert.isTrue(yield* isSignedIn(account, useOf(stored, step(2))))
    }))

  it.effect("[ASVS 2.3.3] what can't happen uses no factor, and a factor that can't be used lets nothing happen", () =>
    Effect.gen(function*() {
      const [account, other] = [yield* signedUp(), yield* signedUp()]
      const stored = yield* enrolled(account)
      assert.isFalse(yield* isChanged(account, useOf(stored, step(5)), 7))
      const stale = aSession(account, { epoch: 3 })
      const store = yield* SessionStore
      const saved = yield* store.insertSession(committing(aStart(stale), { uses: useOf(stored, step(5)) }))
      assert.isTrue(Option.isNone(saved))
      assert.isFalse(yield* isChanged(other, useOf(stored, step(5), { accountId: other.id })))
      assert.isFalse(yield* isChanged(account, useOf(stored, { _tag: "RecoveryCode", digest: "one" })))
      assert.strictEqual((yield* only(account)).lastStep, undefined)
      assert.isTrue(yield* isChanged(account, useOf(stored, step(5))))
    }))

  it.effect("[ASVS 6.5.1] a session answers its challenge and uses its factor, both or neither", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const stored = yield* enrolled(account)
      const challenge = yield* started({ purpose: "second-factor", accountId: account.id, firstFactor: "pwd" })
      const answers = { challenge, now: NOW }
      assert.isFalse(yield* isSignedIn(account, useOf(stored, step(1)), { answers }))
      const inTime = { challenge, now: challenge.createdAt }
      assert.isTrue(yield* isSignedIn(account, useOf(stored, step(1)), { answers: inTime }))
      assert.isFalse(yield* isSignedIn(account, useOf(stored, step(2)), { answers: inTime }))
      assert.strictEqual((yield* only(account)).lastStep, 1)
    }))
}
