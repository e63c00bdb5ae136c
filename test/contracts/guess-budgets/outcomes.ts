import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import type { DateTime } from "effect"
import { emailKey } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { GuessBudgets, SuccessesUsedUp } from "../../../src/ports/GuessBudgets.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anAccount, anEmail, anInsertion, aSession, aStart, committing, START } from "../../support/builders.ts"
import { aBudget, admitted, after, anAttempt, countAdmitted, pass, refusedUntil, reserve } from "./attempts.ts"

export const outcomePromises = (it: Vitest.MethodsNonLive<GuessBudgets | AccountStore | SessionStore>): void => {
  it.effect("passing forgets every attempt at a budget that says so", () =>
    Effect.gen(function*() {
      const origin = aBudget(3, { onPass: "forget-all" })
      yield* admitted(anAttempt(origin))
      yield* admitted(anAttempt(origin))
      yield* pass(anAttempt(origin))
      assert.strictEqual(yield* countAdmitted(anAttempt(origin)), 3)
    }))

  it.effect("an attempt finds the account with an email, whether it is admitted or refused", () =>
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const [account, nobody] = [anAccount(), emailKey(anEmail())]
      yield* accounts.insertAccount(anInsertion(account))
      const attempt = anAttempt(aBudget(2))
      const first = yield* accounts.findForAttempt(emailKey(account.email), attempt)
      assert.strictEqual(first.admission._tag, "Admitted")
      assert.deepStrictEqual(first.found, yield* accounts.findAccountByEmail(emailKey(account.email)))
      assert.deepStrictEqual((yield* accounts.findForAttempt(nobody, attempt)).found, Option.none())
      const refused = yield* accounts.findForAttempt(emailKey(account.email), attempt)
      assert.deepInclude(refused, { admission: yield* reserve(attempt), found: first.found })
      assert.strictEqual(refused.admission._tag, "Refused")
    }))

  it.effect("passing gives others back one attempt and no more, and some nothing", () =>
    Effect.gen(function*() {
      const shared = aBudget(3)
      yield* admitted(anAttempt(aBudget(1), { others: [shared] }))
      yield* admitted(anAttempt(aBudget(1), { others: [shared] }))
      yield* pass(anAttempt(aBudget(1), { others: [shared] }))
      assert.strictEqual(yield* countAdmitted(anAttempt(shared)), 1)
      const successes = aBudget(3, { onPass: "keep" })
      yield* pass(anAttempt(aBudget(1), { others: [successes] }))
      assert.strictEqual(yield* countAdmitted(anAttempt(successes)), 2)
    }))

  it.effect("what is given back was never counted", () =>
    Effect.gen(function*() {
      const guessBudgets = yield* GuessBudgets
      const [origin, shared, kept] = [aBudget(2), aBudget(2), aBudget(2, { onPass: "keep" })]
      const attempt = anAttempt(origin, { others: [shared, kept] })
      yield* admitted(attempt)
      const reservation = yield* admitted(attempt)
      yield* refusedUntil(attempt)
      yield* guessBudgets.giveBack({ reservation, now: START })
      assert.strictEqual(yield* countAdmitted(attempt), 1)
    }))

  it.effect("giving back an attempt that had to be waited for lets the next one go at once", () =>
    Effect.gen(function*() {
      const guessBudgets = yield* GuessBudgets
      const origin = aBudget(1)
      yield* admitted(anAttempt(origin))
      const later = anAttempt(origin, { now: after("1 minute") })
      const reservation = yield* admitted(later)
      yield* guessBudgets.giveBack({ reservation, now: later.now })
      assert.strictEqual(yield* countAdmitted(later), 1)
      assert.deepStrictEqual(yield* refusedUntil(later), after("3 minutes"))
    }))

  it.effect("what is given back late takes nothing from those who came after", () =>
    Effect.gen(function*() {
      const guessBudgets = yield* GuessBudgets
      const origin = aBudget(2, { delay: "1 minute", recovery: "1 minute" })
      const reservation = yield* admitted(anAttempt(origin))
      yield* guessBudgets.giveBack({ reservation, now: after("1 hour") })
      assert.strictEqual(yield* countAdmitted(anAttempt(origin, { now: after("1 hour") })), 2)
    }))

  it.effect("a session passes the attempt it comes from, but only if it is saved", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const account = anAccount()
      yield* accountStore.insertAccount(anInsertion(account))
      const [origin, shared] = [aBudget(2, { onPass: "forget-all" }), aBudget(2)]
      const attempt = anAttempt(origin, { others: [shared] })
      const first = yield* admitted(attempt)
      const second = yield* admitted(attempt)
      const passing = (reservation: typeof first) => ({ reservation, now: START })
      const stale = aStart(aSession(account, { epoch: 7 }))
      assert.deepStrictEqual(
        yield* sessionStore.insertSession(committing(stale, { attempt: passing(first) })),
        Option.none()
      )
      yield* refusedUntil(attempt)
      yield* sessionStore.insertSession(committing(aStart(aSession(account)), { attempt: passing(second) }))
      assert.strictEqual(yield* countAdmitted(anAttempt(shared)), 1)
      assert.strictEqual(yield* countAdmitted(anAttempt(origin)), 2)
    }))
  it.effect("successes are counted when attempts pass, and while they are used up nothing passes or is forgotten", () =>
    Effect.gen(function*() {
      const guessBudgets = yield* GuessBudgets
      const [shared, successes] = [aBudget(10), aBudget(2, { delay: "5 minutes" })]
      const passOne = Effect.fnUntraced(function*(now: DateTime.Utc) {
        const reservation = yield* admitted(anAttempt(shared, { now }))
        return yield* Effect.result(guessBudgets.pass({ reservation, now, successes }))
      })
      assert.isTrue(Result.isSuccess(yield* passOne(START)))
      assert.isTrue(Result.isSuccess(yield* passOne(START)))
      assert.deepStrictEqual(
        yield* passOne(after("1 minute")),
        Result.fail(new SuccessesUsedUp({ retryAt: after("5 minutes") }))
      )
      assert.isTrue(Result.isSuccess(yield* passOne(after("5 minutes"))))
      assert.strictEqual(yield* countAdmitted(anAttempt(shared, { now: after("5 minutes") })), 9)
    }))

  it.effect("no session is saved, and no request completed, by an attempt whose successes are used up", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const account = anAccount()
      yield* accountStore.insertAccount(anInsertion(account))
      const successes = aBudget(1)
      const enter = Effect.fnUntraced(function*() {
        const reservation = yield* admitted(anAttempt(aBudget(10)))
        return yield* Effect.result(
          sessionStore.insertSession(
            committing(aStart(aSession(account)), { attempt: { reservation, now: START, successes } })
          )
        )
      })
      assert.deepStrictEqual(yield* enter(), Result.succeed(Option.some(1)))
      assert.deepStrictEqual(yield* enter(), Result.fail(new SuccessesUsedUp({ retryAt: after("1 minute") })))
      const sessions = yield* sessionStore.listSessions({
        accountId: account.id,
        now: START,
        limit: 10,
        after: Option.none()
      })
      assert.strictEqual(sessions.items.length, 1)
    }))
}
