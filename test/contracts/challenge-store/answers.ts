import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option, Result } from "effect"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import type { AuditLog } from "../../../src/ports/AuditLog.ts"
import { ChallengeStore } from "../../../src/ports/ChallengeStore.ts"
import type { Outbox } from "../../../src/ports/Outbox.ts"
import type { SessionStore } from "../../../src/ports/SessionStore.ts"
import { aChallenge, anAccount, anInsertion, aSession, aStart, committing, START } from "../../support/builders.ts"
import { query, sessionsOf, signedUp } from "../session-store/signed-in.ts"
import { after, aStartOf, isAnswered, NOW, started } from "./started.ts"

type Needed = AccountStore | AuditLog | ChallengeStore | Outbox | SessionStore

export const challengeAnswerPromises = (it: Vitest.MethodsNonLive<Needed>): void => {
  it.effect("[P3] [ASVS 6.5.1, 6.6.2] of many answers to a challenge at the same time one takes effect", () =>
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const account = yield* signedUp()
      const challenge = yield* started({ accountId: account.id, credentialEpoch: 0 })
      const answers = Array.from({ length: 20 }, () => isAnswered(account, challenge))
      const effects = yield* Effect.all(answers, { concurrency: "unbounded" })
      assert.lengthOf(effects.filter((happened) => happened), 1)
      const changed = Option.getOrThrow(yield* accounts.findAccount(account.id))
      assert.deepStrictEqual([changed.version, changed.emailVerified], [2, true])
      assert.deepStrictEqual(yield* (yield* ChallengeStore).find({ id: challenge.id, now: NOW }), Option.none())
    }))

  it.effect("[ASVS 6.5.1] of rivals that are answered at the same time one takes effect", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const rivals = yield* Effect.forEach(
        [1, 2, 3],
        () => started({ email: account.email, accountId: account.id, credentialEpoch: 0 })
      )
      const effects = yield* Effect.forEach(rivals, (rival) => isAnswered(account, rival), {
        concurrency: "unbounded"
      })
      assert.lengthOf(effects.filter((happened) => happened), 1)
    }))

  it.effect("[P6] a rival of an answered challenge takes tries as before, and answers nothing", () =>
    Effect.gen(function*() {
      const store = yield* ChallengeStore
      const account = yield* signedUp()
      const of = { email: account.email, accountId: account.id, credentialEpoch: 0 }
      const [answered, rival] = [yield* started(of), yield* started(of)]
      assert.isTrue(yield* isAnswered(account, answered))
      assert.isTrue(Option.isSome(yield* store.attempt({ id: rival.id, purpose: rival.purpose, now: NOW })))
      assert.isFalse(yield* isAnswered(account, rival))
    }))

  it.effect("[P3] of many accounts that answer a challenge at the same time one is created, with its session", () =>
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const challenge = yield* started({ purpose: "sign-up" })
      const people = Array.from({ length: 10 }, () => anAccount())
      const results = yield* Effect.forEach(people, (account) =>
        Effect.result(accounts.insertAccount({
          ...committing(anInsertion(account), { answers: { challenge, now: NOW } }),
          startSession: aStart(aSession(account))
        })), { concurrency: "unbounded" })
      assert.lengthOf(results.filter(Result.isSuccess), 1)
      for (const [index, account] of people.entries()) {
        const live = yield* sessionsOf(query(account.id))
        const found = yield* accounts.findAccount(account.id)
        const isCreated = results[index] !== undefined && Result.isSuccess(results[index])
        assert.deepStrictEqual([Option.isSome(found), live.length], [isCreated, isCreated ? 1 : 0])
      }
    }))

  it.effect("an account whose email is taken leaves the challenge live", () =>
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const account = yield* signedUp()
      const challenge = yield* started({ purpose: "sign-up" })
      const answering = (input: ReturnType<typeof anInsertion>) =>
        accounts.insertAccount(committing(input, { answers: { challenge, now: NOW } }))
      const taken = anInsertion(anAccount({ email: account.email }))
      assert.strictEqual((yield* Effect.flip(answering(taken)))._tag, "EmailAlreadyExists")
      yield* answering(anInsertion(anAccount()))
      const again = yield* Effect.flip(answering(anInsertion(anAccount())))
      assert.strictEqual(again._tag, "PreconditionFailed")
    }))

  it.effect("a challenge is answered until it is over, to the millisecond", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const challenge = yield* started({ accountId: account.id, credentialEpoch: 0 })
      assert.isFalse(yield* isAnswered(account, challenge, { now: after(challenge) }))
      const last = DateTime.subtractDuration(after(challenge), { milliseconds: 1 })
      assert.isTrue(yield* isAnswered(account, challenge, { now: last }))
    }))

  it.effect("[ASVS 2.3.3] an answer whose effect can't happen leaves the challenge and its rivals live", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const of = { email: account.email, accountId: account.id, credentialEpoch: 0 }
      const [challenge, rival] = [yield* started(of), yield* started(of)]
      assert.isFalse(yield* isAnswered(account, challenge, { epoch: 5 }))
      assert.isTrue(yield* isAnswered(account, rival))
    }))

  it.effect("of what strangers start for one address, three are live and the fourth is answered by nothing", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const of = { email: account.email, accountId: account.id, credentialEpoch: 0 }
      const early = [yield* started(of), yield* started(of), yield* started(of)]
      const fourth = yield* started(of)
      const other = yield* started({ ...of, purpose: "sign-in-link" })
      assert.isFalse(yield* isAnswered(account, fourth))
      assert.isTrue(yield* isAnswered(account, other))
      for (const [index, challenge] of early.entries()) {
        assert.strictEqual(yield* isAnswered(account, challenge), index === 0)
      }
      assert.isTrue(yield* isAnswered(account, yield* started(of)))
    }))

  it.effect("places are free again when what had them is over", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const of = { email: account.email, accountId: account.id, credentialEpoch: 0 }
      for (let index = 0; index < 4; index++) yield* started(of)
      const later = after(aChallenge(of))
      const next = aChallenge({ ...of, createdAt: later })
      yield* (yield* ChallengeStore).start(aStartOf(next))
      assert.isTrue(yield* isAnswered(account, next, { now: later }))
    }))

  it.effect("an answer can turn its challenge into another, with tries of its own", () =>
    Effect.gen(function*() {
      const store = yield* ChallengeStore
      const account = yield* signedUp()
      const change = yield* started({ purpose: "email-change", accountId: account.id, credentialEpoch: 0 })
      yield* store.attempt({ id: change.id, purpose: "email-change", now: NOW })
      const reversal = aChallenge({
        id: change.id,
        purpose: "email-change-reversal",
        email: account.email,
        accountId: account.id
      })
      assert.isTrue(yield* isAnswered(account, change, { becomes: reversal }))
      assert.deepStrictEqual(yield* store.find({ id: change.id, now: NOW }), Option.some(reversal))
      assert.isTrue(Option.isNone(yield* store.attempt({ id: change.id, purpose: "email-change", now: NOW })))
      for (let tries = 0; tries < 5; tries++) {
        assert.isTrue(Option.isSome(yield* store.attempt({ id: change.id, purpose: reversal.purpose, now: NOW })))
      }
      assert.isTrue(yield* isAnswered(account, reversal))
    }))

  it.effect("[ASVS 6.6.2] a reversal ends the reversals of later changes, and none of earlier ones", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const [first, second, third] = yield* Effect.forEach([0, 1, 2], (index) =>
        Effect.gen(function*() {
          const of = { accountId: account.id, credentialEpoch: 0 }
          const change = yield* started({ purpose: "email-change", ...of })
          const createdAt = DateTime.addDuration(START, { seconds: index })
          const becomes = aChallenge({
            id: change.id,
            purpose: "email-change-reversal",
            accountId: account.id,
            createdAt
          })
          assert.isTrue(yield* isAnswered(account, change, { becomes }))
          return becomes
        }))
      assert.isTrue(second !== undefined && (yield* isAnswered(account, second)))
      assert.isFalse(third === undefined || (yield* isAnswered(account, third)))
      assert.isTrue(first !== undefined && (yield* isAnswered(account, first)))
    }))
}
