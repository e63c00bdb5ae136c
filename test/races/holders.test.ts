/**
 * Two who hold the same account, its owner and a thief, at work at the same time. Hashes cost here what they cost a
 * server, so that there is time to get in between.
 */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Option } from "effect"
import { HashTally } from "./HashTally.ts"
import { anAddress, aSession, PASSWORD, signUp } from "./Person.ts"
import { inLanes, RACE_TIMEOUT, roundsOf, TwoServers, until } from "./TwoServers.ts"
import type { Server } from "./TwoServers.ts"

/** What a server hashes with unless it is told otherwise, one hash at a time. */
const DEFAULT_ARGON2 = { memoryKib: 19_456, timeCost: 2, parallelism: 1, concurrency: 1 }

/** An answer takes no longer than this many hashes one after the other. */
const HASHES_MAX = 3

/** What a request may take beside its hashes, on a machine that has other things to do. */
const BESIDE_HASHES_MILLIS = 2_000

interface Holder {
  readonly server: Server
  readonly email: string
  readonly token: string
}

interface Deed {
  readonly method: string
  readonly path: string
  readonly token?: string
  readonly json?: unknown
}

/** What holders do. `nonce` is in what they choose, so that nobody chooses what is so already. */
const deeds = {
  password: ({ token }: Holder, nonce: string): Deed => ({
    method: "PUT",
    path: "/accounts/me/password",
    token,
    json: { current_password: PASSWORD, new_password: `chosen by ${nonce}` }
  }),
  email: ({ token }: Holder, nonce: string): Deed => ({
    method: "PATCH",
    path: "/accounts/me",
    token,
    json: { email: `${nonce}@example.com`, current_password: PASSWORD }
  }),
  name: ({ token }: Holder, nonce: string): Deed => ({
    method: "PATCH",
    path: "/accounts/me",
    token,
    json: { display_name: nonce }
  }),
  deletion: ({ token }: Holder): Deed => ({
    method: "DELETE",
    path: "/accounts/me",
    token,
    json: { current_password: PASSWORD }
  }),
  signIn: ({ email }: Holder): Deed => ({ method: "POST", path: "/sessions", json: { email, password: PASSWORD } }),
  signOut: ({ token }: Holder): Deed => ({ method: "DELETE", path: "/sessions", token })
}

type DeedName = keyof typeof deeds

const deedNames = ["password", "email", "name", "deletion", "signIn", "signOut"] as const

/** After these the email and the password sign nobody in. */
const refusing: ReadonlyArray<DeedName> = ["password", "email", "deletion"]

/** The answer where nobody is in the way. */
const granted: Record<DeedName, number> = {
  password: 200,
  email: 200,
  name: 200,
  deletion: 204,
  signIn: 201,
  signOut: 204
}

/**
 * The most hashes: of the current password, of the new one, and of the current one again if it was rehashed meanwhile.
 */
const hashesMax: Record<DeedName, number> = { password: 3, email: 2, name: 0, deletion: 2, signIn: 1, signOut: 0 }

const makeTally = () => {
  const tally = new HashTally()
  let done = 0
  const slowest = { milliseconds: 0 }

  /** Does one thing; fails unless it is answered, and in time. */
  const does = Effect.fnUntraced(function*(holder: Holder, name: DeedName) {
    const { send } = yield* TwoServers
    const nonce = `deed-${done += 1}`
    const { method, path, ...body } = deeds[name](holder, nonce)
    const headers = { "x-request-id": nonce, "if-match": "*" }
    const [elapsed, answered] = yield* send(holder.server, method, path, { ...body, headers, account: holder.email })
      .pipe(Effect.timeoutOption("20 seconds"), Effect.timed)
    const hashes = tally.hashesOf(nonce)
    assert.isTrue(Option.isSome(answered), `${name}: no answer after ${hashes} hashes`)
    assert.isAtMost(hashes, hashesMax[name], name)
    const milliseconds = Duration.toMillis(elapsed)
    assert.isAtMost(milliseconds, HASHES_MAX * tally.slowestMillis + BESIDE_HASHES_MILLIS, name)
    slowest.milliseconds = Math.max(slowest.milliseconds, milliseconds)
    return Option.match(answered, { onNone: () => 0, onSome: ({ status }) => status })
  })
  return { tally, slowest, does }
}

/** An account with two sessions, one at each server. */
const aHeldAccount = Effect.fnUntraced(function*(round: number) {
  const email = anAddress()
  yield* signUp(0, email)
  const holderAt = (server: Server) => Effect.map(aSession(server, email), ({ token }) => ({ server, email, token }))
  const [one, other] = [yield* holderAt(0), yield* holderAt(1)]
  return round % 2 === 0 ? { owner: one, thief: other } : { owner: other, thief: one }
})

const figures = ({ slowest, tally }: ReturnType<typeof makeTally>) => ({
  slowestRequestMillis: Math.round(slowest.milliseconds),
  slowestHashMillis: Math.round(tally.slowestMillis)
})

describe("of two who hold one account", () => {
  const one = makeTally()

  it.live(
    "[ASVS 15.4.2] the owner gets what they ask for, whatever a thief does with a stolen session alone",
    () =>
      Effect.gen(function*() {
        const { checkAudit } = yield* TwoServers
        const services = yield* Effect.context<TwoServers>()
        let renamed = 0
        for (const round of yield* roundsOf(6)) {
          const { owner, thief } = yield* aHeldAccount(round)
          const asked = deedNames[round % deedNames.length] ?? "password"
          const answers: Array<number> = []
          const lanes = inLanes(1, () => answers.length === 0, (server) =>
            Effect.gen(function*() {
              const status = yield* one.does({ ...thief, server }, "name")
              assert.include([200, 401], status)
              if (status === 200) renamed += 1
            }).pipe(Effect.provide(services)))
          const stealing = yield* Effect.forkChild(lanes)
          const before = renamed
          yield* until(() => renamed > before)
          answers.push(yield* Effect.ensuring(one.does(owner, asked), Effect.sync(() => answers.push(0))))
          yield* Fiber.join(stealing)
          assert.strictEqual(answers.at(-1), granted[asked], asked)
        }
        const entries = yield* checkAudit
        yield* Effect.log("owner × stolen session", { renamed, ...figures(one), entries })
      }).pipe(Effect.provide(TwoServers.layerHashingWith(one.tally.hasher(DEFAULT_ARGON2)))),
    RACE_TIMEOUT
  )

  const both = makeTally()

  it.live(
    "[ASVS 15.4.2] both get an answer in time, also if the thief knows the password, and the audit log agrees",
    () =>
      Effect.gen(function*() {
        const { checkAudit } = yield* TwoServers
        const seen: Record<string, number> = {}
        for (const round of yield* roundsOf(12)) {
          const { owner, thief } = yield* aHeldAccount(round)
          // Every pair has its turn in 36 rounds.
          const mine = deedNames[round % deedNames.length] ?? "password"
          const theirs = deedNames[(round + Math.floor(round / deedNames.length)) % deedNames.length] ?? "password"
          const statuses = yield* Effect.all([
            both.does(owner, mine),
            both.does(thief, theirs),
            both.does(thief, "name"),
            both.does({ ...thief, server: owner.server }, "signIn")
          ], { concurrency: "unbounded" })
          for (const [index, name] of [mine, theirs, "name" as const, "signIn" as const].entries()) {
            const status = statuses[index] ?? 0
            assert.include([granted[name], 401], status, `${name} beside ${mine} and ${theirs}`)
            seen[`${name} ${status}`] = (seen[`${name} ${status}`] ?? 0) + 1
          }
          // A sign-in comes after the end of all sessions, if it does not come before it.
          if (mine !== theirs && !refusing.some((name) => name === mine || name === theirs)) {
            assert.strictEqual(statuses[3], granted.signIn, `signIn beside ${mine} and ${theirs}`)
          }
          assert.isTrue(statuses[0] === granted[mine] || statuses[1] === granted[theirs], `${mine} beside ${theirs}`)
        }
        const entries = yield* checkAudit
        yield* Effect.log("holder × holder", { ...seen, ...figures(both), entries })
      }).pipe(Effect.provide(TwoServers.layerHashingWith(both.tally.hasher(DEFAULT_ARGON2)))),
    RACE_TIMEOUT
  )
})
