import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { GuessBudgets } from "../../../src/ports/GuessBudgets.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anAccount, anInsertion, aSession, aStart, committing, START } from "../../support/builders.ts"
import { aBudget, admitted, after, anAttempt, countAdmitted, reserve, sharedBy } from "./attempts.ts"

const atOnce = { concurrency: "unbounded" } as const

export const racePromises = (it: Vitest.MethodsNonLive<GuessBudgets | AccountStore | SessionStore>): void => {
  it.effect("[P5] of 500 attempts at the same time on a budget of 10 exactly 10 are admitted", () =>
    Effect.gen(function*() {
      const attempt = anAttempt(aBudget(10), { others: [aBudget(1000)] })
      const admissions = yield* Effect.forEach(Array.from({ length: 500 }, () => attempt), reserve, atOnce)
      assert.strictEqual(admissions.filter(({ _tag }) => _tag === "Admitted").length, 10)
    }))

  it.effect("[P5] of many that waited for a used-up budget exactly one is admitted", () =>
    Effect.gen(function*() {
      const origin = aBudget(1)
      yield* admitted(anAttempt(origin))
      const late = anAttempt(origin, { now: after("1 minute") })
      const admissions = yield* Effect.forEach(Array.from({ length: 50 }, () => late), reserve, atOnce)
      assert.strictEqual(admissions.filter(({ _tag }) => _tag === "Admitted").length, 1)
    }))

  it.effect("[P5] attempts that lose the race for one budget are counted against none of theirs", () =>
    Effect.gen(function*() {
      const shared = aBudget(5)
      const origins = Array.from({ length: 40 }, () => aBudget(1))
      yield* Effect.forEach(origins, (origin) => reserve(anAttempt(origin, { others: [shared] })), atOnce)
      const left = yield* Effect.forEach(origins, (origin) => countAdmitted(anAttempt(origin)), atOnce)
      assert.strictEqual(left.filter((count) => count === 1).length, 35)
      assert.strictEqual(left.filter((count) => count === 0).length, 5)
    }))

  it.effect("attempts that share budgets in every order are counted and given back without loss", () =>
    Effect.gen(function*() {
      const guessBudgets = yield* GuessBudgets
      const shared = Array.from({ length: 4 }, () => aBudget(1000))
      const origins = Array.from({ length: 6 }, () => aBudget(1000))
      const attempts = Array.from({ length: 120 }, (_, index) => {
        const rotated = [...shared.slice(index % 4), ...shared.slice(0, index % 4)]
        return anAttempt(origins[index % 6] ?? aBudget(1), { others: rotated })
      })
      const settle = Effect.fnUntraced(function*(attempt: (typeof attempts)[number], index: number) {
        const reservation = yield* admitted(attempt)
        const { now } = attempt
        if (index % 3 === 0) return
        if (index % 3 === 1) return yield* guessBudgets.giveBack({ reservation, now })
        return yield* guessBudgets.pass({ reservation, now })
      })
      yield* Effect.forEach(attempts, settle, atOnce)
      const left = yield* Effect.forEach(shared, (budget) => countAdmitted(anAttempt({ ...budget, burst: 60 })))
      assert.deepStrictEqual(left, [20, 20, 20, 20])
    }))
  it.effect("[P5] of 200 attempts of one newcomer at the same time exactly one gets what is kept", () =>
    Effect.gen(function*() {
      const parts = { open: aBudget(1), kept: aBudget(50) }
      yield* admitted(anAttempt(aBudget(1), { shared: sharedBy(parts) }))
      const shared = sharedBy(parts)
      const attempts = Array.from({ length: 200 }, () => anAttempt(aBudget(1), { shared }))
      const admissions = yield* Effect.forEach(attempts, reserve, atOnce)
      assert.strictEqual(admissions.filter(({ _tag }) => _tag === "Admitted").length, 1)
    }))

  it.effect("[P5] newcomers at the same time get what is open and what is kept, to the last attempt", () =>
    Effect.gen(function*() {
      const parts = { open: aBudget(7), kept: aBudget(5) }
      const attempts = Array.from({ length: 100 }, () => anAttempt(aBudget(1), { shared: sharedBy(parts) }))
      const admissions = yield* Effect.forEach(attempts, reserve, atOnce)
      assert.strictEqual(admissions.filter(({ _tag }) => _tag === "Admitted").length, 12)
    }))
  it.effect("[P5] of 60 sign-ins of one account at the same time exactly as many succeed as may", () =>
    Effect.gen(function*() {
      const accountStore = yield* AccountStore
      const sessionStore = yield* SessionStore
      const account = anAccount()
      yield* accountStore.insertAccount(anInsertion(account))
      const successes = aBudget(7)
      const enter = Effect.fnUntraced(function*() {
        const reservation = yield* admitted(anAttempt(aBudget(1)))
        return yield* Effect.result(
          sessionStore.insertSession(
            committing(aStart(aSession(account)), { attempt: { reservation, now: START, successes } })
          )
        )
      })
      const entered = yield* Effect.forEach(Array.from({ length: 60 }), enter, atOnce)
      assert.strictEqual(entered.filter(Result.isSuccess).length, 7)
      const sessions = yield* sessionStore.listSessions({
        accountId: account.id,
        now: START,
        limit: 99,
        after: Option.none()
      })
      assert.strictEqual(sessions.items.length, 7)
    }))
}
