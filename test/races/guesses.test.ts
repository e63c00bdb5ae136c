/**
 * [P5] However many guesses are made at the same time, no more of them are judged than the limits allow.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { anAddress, aSession, PASSWORD, signIn, signUp } from "./Person.ts"
import { RACE_TIMEOUT, roundsOf, TwoServers } from "./TwoServers.ts"

const GUESSES = 500

/** The budget of one email from one network, of which there is but one here. */
const BUDGET = 10

describe("on two servers with limits", () => {
  it.live("[P5] of 500 wrong passwords at once for one email, 10 are judged", () =>
    Effect.gen(function*() {
      const { checkAudit } = yield* TwoServers
      const total = { guesses: 0, judged: 0, limited: 0 }
      // Every second email is nobody's, and limited alike.
      for (const [index, email] of (yield* roundsOf(2)).map(anAddress).entries()) {
        if (index % 2 === 0) yield* signUp(0, email)
        const replies = yield* Effect.forEach(
          Array.from({ length: GUESSES }),
          (_, guess) => signIn(guess % 2 === 0 ? 0 : 1, email, "a wrong password"),
          { concurrency: "unbounded" }
        )
        const judged = replies.filter(({ status }) => status === 401)
        const limited = replies.filter(({ status }) => status === 429)
        assert.deepStrictEqual([judged.length, limited.length], [BUDGET, GUESSES - BUDGET])
        assert.strictEqual((yield* signIn(1, email, PASSWORD)).status, 429)
        total.guesses += replies.length
        total.judged += judged.length
        total.limited += limited.length
      }
      const entries = yield* checkAudit
      yield* Effect.log("guess × guess", { ...total, entries })
    }).pipe(Effect.provide(TwoServers.layerLimited)), RACE_TIMEOUT)

  it.live("[P5] people who sign in meanwhile do", () =>
    Effect.gen(function*() {
      const [owner, victim] = [anAddress(), anAddress()]
      yield* signUp(0, owner)
      yield* signUp(1, victim)
      yield* aSession(0, owner)
      const guesses = Effect.forEach(
        Array.from({ length: 50 }),
        (_, index) => signIn(index % 2 === 0 ? 0 : 1, victim, "a wrong password"),
        { concurrency: "unbounded" }
      )
      const signIns = Effect.forEach(
        Array.from({ length: 30 }),
        (_, index) => signIn(index % 2 === 0 ? 0 : 1, owner),
        { concurrency: 4 }
      )
      const [, replies] = yield* Effect.all([guesses, signIns], { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(replies.map(({ status }) => status))], [201])
    }).pipe(Effect.provide(TwoServers.layerLimited)), RACE_TIMEOUT)
})
