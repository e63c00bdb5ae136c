/**
 * [P3] What answers a challenge does so once, however many answer at the same time, and [P5] no more answers than five
 * are judged.
 *
 * `IDENTITY_RACE_ROUNDS=500 npx vitest run test/races/challenges.test.ts` runs a thousand rounds of each purpose.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ChallengePurpose } from "../../src/domain/model/Challenge.ts"
import { secretsIn, wrongCode } from "../support/mailbox.ts"
import { anAddress, aSession, PASSWORD, signUp } from "./Person.ts"
import { RACE_TIMEOUT, roundsOf, TwoServers } from "./TwoServers.ts"

const AT_ONCE = 64

const GUESSES = 500

interface Race {
  readonly purpose: ChallengePurpose
  readonly path: string
  /** Starts a challenge of somebody new, and answers its id. */
  readonly start: Effect.Effect<unknown, never, TwoServers>
  readonly json: Readonly<Record<string, unknown>>
}

const started = Effect.fnUntraced(function*(path: string, asked: { readonly json?: unknown; readonly token?: string }) {
  const { send } = yield* TwoServers
  const { body, status } = yield* send(0, "POST", path, asked)
  assert.strictEqual(status, 202)
  return body["id"]
})

const races: ReadonlyArray<Race> = [
  {
    purpose: "recovery",
    path: "/recoveries",
    start: Effect.gen(function*() {
      const email = anAddress()
      yield* signUp(0, email)
      return yield* started("/recoveries", { json: { email } })
    }),
    json: { new_password: "a whole new password" }
  },
  {
    purpose: "sign-up",
    path: "/sign-ups",
    start: Effect.suspend(() => started("/sign-ups", { json: { email: anAddress() } })),
    json: { password: PASSWORD, display_name: "Ada Lovelace" }
  },
  {
    purpose: "email-verification",
    path: "/email-verifications",
    start: Effect.gen(function*() {
      const email = anAddress()
      yield* signUp(0, email)
      const { token } = yield* aSession(0, email)
      return yield* started("/accounts/me/email-verification", { token })
    }),
    json: {}
  }
]

const countsOf = (statuses: ReadonlyArray<number>) =>
  Object.fromEntries([...Map.groupBy(statuses, String)].map(([status, all]) => [status, all.length]))

describe("on two servers", () => {
  it.live.each(races)(
    "[P3] [ASVS 6.5.1] of 64 right answers at once to a challenge of $purpose, one has its effect",
    ({ json, path, purpose, start }) =>
      Effect.gen(function*() {
        const { send } = yield* TwoServers
        const rounds = yield* roundsOf(2)
        for (const _ of rounds) {
          const id = yield* start
          const { code, token } = yield* secretsIn(purpose, id)
          const replies = yield* Effect.forEach(
            Array.from({ length: AT_ONCE }),
            (_, index) =>
              send(index % 2 === 0 ? 0 : 1, "POST", `${path}/${String(id)}/answer`, {
                json: { ...json, ...(index % 4 < 2 ? { code } : { token }) }
              }),
            { concurrency: "unbounded" }
          )
          const succeeded = replies.filter(({ status }) => status < 300)
          assert.lengthOf(succeeded, 1)
          const { [String(succeeded[0]?.status)]: __, ...others } = countsOf(replies.map(({ status }) => status))
          assert.deepStrictEqual(others, { 410: AT_ONCE - 1 })
        }
        yield* Effect.log(`answer × answer: ${purpose}`, { rounds: rounds.length, atOnce: AT_ONCE })
      }).pipe(Effect.provide(TwoServers.layer)),
    RACE_TIMEOUT
  )

  it.live.each(races)(
    "[P5] [ASVS 6.6.3] of 500 wrong codes at once for $purpose, 5 are judged",
    (race) =>
      Effect.gen(function*() {
        const { send } = yield* TwoServers
        const id = yield* race.start
        const { code } = yield* secretsIn(race.purpose, id)
        const guess = (index: number, guessed: string) =>
          send(index % 2 === 0 ? 0 : 1, "POST", `${race.path}/${String(id)}/answer`, {
            json: { ...race.json, code: guessed }
          })
        const replies = yield* Effect.forEach(
          Array.from({ length: GUESSES }),
          (_, index) => guess(index, wrongCode(code)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(countsOf(replies.map(({ status }) => status)), { 401: 5, 410: GUESSES - 5 })
        assert.strictEqual((yield* guess(1, code)).status, 410)
      }).pipe(Effect.provide(TwoServers.layer)),
    RACE_TIMEOUT
  )
})
