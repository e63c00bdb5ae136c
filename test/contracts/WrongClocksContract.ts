/**
 * The contract of all stores when some nodes have wrong clocks: of a thousand sessions, idempotency keys, leases and
 * budgets, none ends early, lives on, is lost or is counted wrong.
 */
import { assert, layer } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import type { Layer } from "effect"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import { SessionPolicy } from "../../src/domain/sessions/SessionPolicy.ts"
import { AccountStore } from "../../src/ports/AccountStore.ts"
import type { AccountTransfer } from "../../src/ports/AccountTransfer.ts"
import type { Directory } from "../../src/ports/Directory.ts"
import { GuessBudgets } from "../../src/ports/GuessBudgets.ts"
import { IdempotencyStore } from "../../src/ports/IdempotencyStore.ts"
import { Leases } from "../../src/ports/Leases.ts"
import type { Retention } from "../../src/ports/Retention.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import type { Store, Stores } from "../../src/ports/Stores.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { anAccount, anInsertion, aSession, aStart, committing } from "../support/builders.ts"
import { aNode, wrongBy } from "../support/machines.ts"
import { isAccepted } from "../support/people.ts"
import { OLD_KEY } from "../support/signing-keys.ts"

/** A thousand operations take a while on a busy machine. */
const TIMEOUT = 60_000

/** How many there are of each kind. Each node with a wrong clock handles a fifth of them. */
const COUNT = 1000

const numbers = Array.from({ length: COUNT }, (_, number) => number)

const together = { concurrency: 20 } as const

const each = <A, E, R>(act: (number: number) => Effect.Effect<A, E, R>) => Effect.forEach(numbers, act, together)

/** Fails unless all values equal this one. */
const assertAll = <A>(actual: ReadonlyArray<A>, expected: A, message: string) =>
  assert.deepStrictEqual([...new Set(actual)], [expected], message)

/** Two nodes handle each number, one of them with a wrong clock, which comes first as often as second. */
const nodes = Effect.gen(function*() {
  const right = yield* aNode(0)
  const wrong = yield* Effect.forEach(wrongBy, ([, aheadMillis]) => aNode(aheadMillis))
  const pair = (number: number) => {
    const other = wrong[number % wrong.length] ?? right
    return number % 2 === 0 ? { first: right, second: other } : { first: other, second: right }
  }
  return { right, pair }
})

const now = DateTime.now

export const wrongClocksContract = <E>(
  name: string,
  stores: Layer.Layer<AccountTransfer | Directory | Retention | Store | Stores, E>,
  options: { readonly excludeTestServices?: boolean } = {}
): void => {
  layer(stores, options)(`${name} stores, where the clocks of nodes are wrong,`, (it) => {
    it.effect(
      "[P14] [F8] keep each of a thousand sessions for as long as it lives, and accept none that is over",
      () =>
        Effect.gen(function*() {
          const { pair, right } = yield* nodes
          const accountStore = yield* AccountStore
          const sessions = yield* SessionStore
          const signer = yield* TokenSigner
          const { idleTimeout } = yield* SessionPolicy
          const accounts = yield* Effect.replicateEffect(
            Effect.suspend(() => {
              const account = anAccount()
              return Effect.as(accountStore.insertAccount(anInsertion(account)), account)
            }),
            20
          )
          const start = Effect.fnUntraced(function*(number: number, lifetime: Duration.Duration) {
            const account = accounts[number % accounts.length] ?? anAccount()
            const session = aSession(account, { createdAt: yield* now, lifetime })
            yield* sessions.insertSession(aStart(session))
            return yield* signer.signSession(session.id)
          })
          const tokens = yield* each((number) => {
            const { first } = pair(number)
            return first(Effect.all({ live: start(number, idleTimeout), over: start(number, Duration.zero) }))
          })
          const check = Effect.fnUntraced(function*(on: (number: number) => typeof right) {
            const verdicts = yield* Effect.forEach(
              tokens,
              ({ live, over }, number) => on(number)(Effect.all([isAccepted(live), isAccepted(over)])),
              together
            )
            assertAll(verdicts.map(([isLive]) => isLive), true, "live")
            assertAll(verdicts.map(([, isLive]) => isLive), false, "over")
          })
          yield* check((number) => pair(number).second)
          yield* check((number) => pair(number).first)
        }).pipe(Effect.provide(HmacTokenSigner.layer([OLD_KEY]))),
      TIMEOUT
    )

    it.effect(
      "[P14] keep each of a thousand idempotency keys, whether its request runs or is done",
      () =>
        Effect.gen(function*() {
          const { pair } = yield* nodes
          const accounts = yield* AccountStore
          const requests = yield* IdempotencyStore
          const claim = Effect.fnUntraced(function*(number: number, owner: string) {
            const at = yield* now
            return yield* requests.claim({
              key: `key-${number}`,
              owner,
              fingerprint: "fingerprint",
              now: at,
              claimedUntil: DateTime.addDuration(at, "1 minute"),
              expiresAt: DateTime.addDuration(at, "1 day")
            })
          })
          const tagOf = (number: number, owner: string) => Effect.map(claim(number, owner), ({ _tag }) => _tag)
          assertAll(yield* each((number) => pair(number).first(tagOf(number, "first"))), "Claimed", "at first")
          assertAll(yield* each((number) => pair(number).second(tagOf(number, "second"))), "Running", "under way")
          yield* each((number) =>
            accounts.insertAccount(
              committing(anInsertion(anAccount()), {
                request: { key: `key-${number}`, owner: "first", answer: `${number}` }
              })
            )
          )
          const answers = yield* each((number) => pair(number).second(claim(number, "second")))
          assert.deepStrictEqual(answers.map((it) => it._tag === "Done" ? it.answer : it._tag), numbers.map(String))
        }),
      TIMEOUT
    )

    it.effect("[P14] leave each of a thousand leases with its holder", () =>
      Effect.gen(function*() {
        const { pair } = yield* nodes
        const leases = yield* Leases
        const acquire = Effect.fnUntraced(function*(number: number, holder: string) {
          const at = yield* now
          const until = DateTime.addDuration(at, "1 minute")
          return yield* leases.acquire({ name: `lease-${number}`, holder, now: at, until })
        })
        assertAll(yield* each((number) => pair(number).first(acquire(number, "first"))), true, "taken")
        assertAll(yield* each((number) => pair(number).second(acquire(number, "second"))), false, "stolen")
        assertAll(yield* each((number) => pair(number).first(acquire(number, "first"))), true, "kept")
      }), TIMEOUT)

    it.effect("[P14] count each of a thousand budgets exactly", () =>
      Effect.gen(function*() {
        const { pair } = yield* nodes
        const guessBudgets = yield* GuessBudgets
        const reserve = Effect.fnUntraced(function*(number: number) {
          const delay = Duration.minutes(10)
          const recovery = Duration.hours(1)
          const budget = { key: `budget-${number}`, burst: 1, delay, recovery, onPass: "keep" } as const
          return yield* guessBudgets.reserve({ now: yield* now, budgets: [budget] })
        })
        const admissions = yield* each((number) => pair(number).first(reserve(number)))
        assertAll(admissions.map(({ _tag }) => _tag), "Admitted", "the first")
        const refusals = yield* each((number) => pair(number).second(reserve(number)))
        assertAll(refusals.map(({ _tag }) => _tag), "Refused", "the second")
        assert.deepStrictEqual(yield* each((number) => pair(number).first(reserve(number))), refusals)
      }), TIMEOUT)
  })
}
