/**
 * [P3] What answers a challenge does so once, however many answer at the same time, and [P5] no more answers than five
 * are judged.
 *
 * `npm run test:once` runs a thousand rounds of each purpose.
 */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { ChallengePurpose } from "../../src/domain/model/Challenge.ts"
import { secretsIn, wrongCode } from "../support/mailbox.ts"
import { anAddress, aSession, PASSWORD, signUp } from "./Person.ts"
import { RACE_TIMEOUT, roundsOf, TwoServers } from "./TwoServers.ts"

const AT_ONCE = 64

const GUESSES = 500

/** One that is answered by a code, and the one that isn't. All are counted alike. */
const guessed: ReadonlySet<ChallengePurpose> = new Set(["recovery", "email-change-reversal"])

interface Race {
  readonly purpose: ChallengePurpose
  readonly path: (id: unknown) => string
  /** The forms of its answer. */
  readonly forms: ReadonlyArray<"code" | "token">
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

const BOTH = ["code", "token"] as const

/** A change of email, started by somebody new. */
const emailChange = Effect.gen(function*() {
  const email = anAddress()
  yield* signUp(0, email)
  const { token } = yield* aSession(0, email)
  const json = { email: anAddress(), current_password: PASSWORD }
  return yield* started("/accounts/me/email-change", { json, token })
})

/** One that has been confirmed, so that it can be reversed. */
const changedEmail = Effect.gen(function*() {
  const { send } = yield* TwoServers
  const id = yield* emailChange
  const { code } = yield* secretsIn("email-change", id)
  const { status } = yield* send(0, "POST", `/email-changes/${String(id)}/answer`, { json: { code } })
  assert.strictEqual(status, 200)
  return id
})

const races: ReadonlyArray<Race> = [
  {
    purpose: "recovery",
    path: (id) => `/recoveries/${String(id)}/answer`,
    forms: BOTH,
    start: Effect.gen(function*() {
      const email = anAddress()
      yield* signUp(0, email)
      return yield* started("/recoveries", { json: { email } })
    }),
    json: { new_password: "a whole new password" }
  },
  {
    purpose: "sign-in-link",
    path: (id) => `/sign-in-links/${String(id)}/answer`,
    forms: BOTH,
    start: Effect.gen(function*() {
      const email = anAddress()
      yield* signUp(0, email)
      return yield* started("/sign-in-links", { json: { email } })
    }),
    json: {}
  },
  {
    purpose: "sign-up",
    path: (id) => `/sign-ups/${String(id)}/answer`,
    forms: BOTH,
    start: Effect.suspend(() => started("/sign-ups", { json: { email: anAddress() } })),
    json: { password: PASSWORD, display_name: "Ada Lovelace" }
  },
  {
    purpose: "email-verification",
    path: (id) => `/email-verifications/${String(id)}/answer`,
    forms: BOTH,
    start: Effect.gen(function*() {
      const email = anAddress()
      yield* signUp(0, email)
      const { token } = yield* aSession(0, email)
      return yield* started("/accounts/me/email-verification", { token })
    }),
    json: {}
  },
  {
    purpose: "email-change",
    path: (id) => `/email-changes/${String(id)}/answer`,
    forms: BOTH,
    start: emailChange,
    json: {}
  },
  {
    purpose: "email-change-reversal",
    path: (id) => `/email-changes/${String(id)}/reversal`,
    forms: ["token"],
    start: changedEmail,
    json: {}
  }
]

const countsOf = (statuses: ReadonlyArray<number>) =>
  Object.fromEntries([...Map.groupBy(statuses, String)].map(([status, all]) => [status, all.length]))

layer(TwoServers.layer, { excludeTestServices: true })("on two servers", (it) => {
  it.effect.each(races)(
    "[P3] [ASVS 6.5.1] of 64 right answers at once to a challenge of $purpose, one has its effect",
    ({ forms, json, path, purpose, start }) =>
      Effect.gen(function*() {
        const { send } = yield* TwoServers
        const rounds = yield* roundsOf(2)
        for (const _ of rounds) {
          const id = yield* start
          const secrets = yield* secretsIn(purpose, id)
          const replies = yield* Effect.forEach(
            Array.from({ length: AT_ONCE }),
            (_, index) => {
              const form = forms[Math.floor(index / 2) % forms.length] ?? "token"
              return send(index % 2 === 0 ? 0 : 1, "POST", path(id), { json: { ...json, [form]: secrets[form] } })
            },
            { concurrency: "unbounded" }
          )
          const succeeded = replies.filter(({ status }) => status < 300)
          assert.lengthOf(succeeded, 1)
          const { [String(succeeded[0]?.status)]: __, ...others } = countsOf(replies.map(({ status }) => status))
          assert.deepStrictEqual(others, { 410: AT_ONCE - 1 })
        }
        yield* Effect.log(`answer × answer: ${purpose}`, { rounds: rounds.length, atOnce: AT_ONCE })
      }),
    RACE_TIMEOUT
  )

  it.effect.each(races.filter(({ purpose }) => guessed.has(purpose)))(
    "[P5] [ASVS 6.6.3] of 500 wrong codes at once for $purpose, 5 are judged",
    (race) =>
      Effect.gen(function*() {
        const { send } = yield* TwoServers
        const id = yield* race.start
        const [form = "token"] = race.forms
        const { [form]: right } = yield* secretsIn(race.purpose, id)
        const guess = (index: number, answer: string) =>
          send(index % 2 === 0 ? 0 : 1, "POST", race.path(id), { json: { ...race.json, [form]: answer } })
        const replies = yield* Effect.forEach(
          Array.from({ length: GUESSES }),
          (_, index) => guess(index, wrongCode(right)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(countsOf(replies.map(({ status }) => status)), { 401: 5, 410: GUESSES - 5 })
        assert.strictEqual((yield* guess(1, right)).status, 410)
      }),
    RACE_TIMEOUT
  )
})
