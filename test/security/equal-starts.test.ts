/**
 * Whether an observer of time can tell by a recovery, a sign-in link or a sign-up who has an account (P6), over
 * Postgres. Each address is asked for once, as an attacker with a list would.
 *
 * `IDENTITY_TIMING_SAMPLES=1000 npx vitest run test/security/equal-starts.test.ts` takes more samples.
 */
import { assert, layer } from "@effect/vitest"
import { Config, Effect, Layer } from "effect"
import * as PostgresStores from "../../src/adapters/postgres/PostgresStores.ts"
import { Recoveries } from "../../src/domain/challenges/Recoveries.ts"
import { SignInLinkPolicy } from "../../src/domain/challenges/SignInLinkPolicy.ts"
import { SignInLinks } from "../../src/domain/challenges/SignInLinks.ts"
import { SignUps } from "../../src/domain/challenges/SignUps.ts"
import { AttemptPolicy } from "../../src/domain/limits/AttemptPolicy.ts"
import type { Email } from "../../src/domain/model/Email.ts"
import { ChallengeStore } from "../../src/ports/ChallengeStore.ts"
import { hastyClient } from "../adapters/postgres/TestClient.ts"
import { areaUnderCurve, toleranceOf } from "../support/area-under-curve.ts"
import { anEmail } from "../support/builders.ts"
import { signUp } from "../support/people.ts"
import { changing } from "../support/stores.ts"
import * as TestServices from "../support/TestServices.ts"

const WARM_UP = 50

const samplesOf = Effect.orDie(Config.withDefault(Config.Int("IDENTITY_TIMING_SAMPLES"), 200))

type Start = (email: Email) => Effect.Effect<unknown>

const timed = Effect.fnUntraced(function*(start: Start, email: Email) {
  const began = performance.now()
  yield* start(email)
  return performance.now() - began
})

/** The times for addresses with an account and without one, in turn, each first as often as the other. */
const areaOf = Effect.fnUntraced(function*(start: Start, samples: number) {
  const known: Array<number> = []
  const unknown: Array<number> = []
  for (let index = 0; index < WARM_UP + samples; index++) {
    const { email } = yield* signUp()
    const asked = [{ email, times: known }, { email: anEmail(), times: unknown }]
    for (const { email, times } of index % 2 === 0 ? asked : asked.toReversed()) {
      const time = yield* timed(start, email)
      if (index >= WARM_UP) times.push(time)
    }
  }
  return areaUnderCurve(known, unknown)
})

const starts = Effect.gen(function*() {
  const [recoveries, signInLinks, signUps] = [yield* Recoveries, yield* SignInLinks, yield* SignUps]
  const all: ReadonlyArray<readonly [name: string, start: Start]> = [
    ["recovery", (email) => Effect.orDie(recoveries.start(email))],
    ["sign-in link", (email) => Effect.orDie(signInLinks.start(email))],
    ["sign-up", (email) => Effect.orDie(signUps.start(email))]
  ]
  return all
})

const servicesWith = (stores: typeof PostgresStores.layer) =>
  TestServices.servicesOver(TestServices.cheapHasher, stores).pipe(
    Layer.provide([Layer.succeed(AttemptPolicy, "unlimited"), Layer.succeed(SignInLinkPolicy, "on")]),
    Layer.provide(hastyClient)
  )

const realTime = { excludeTestServices: true } as const

layer(servicesWith(PostgresStores.layer), realTime)("the time of a start", (it) => {
  it.effect(
    "[P6] [ASVS 6.3.8] does not tell whether somebody has an address, of a recovery, a sign-in link and a sign-up",
    () =>
      Effect.gen(function*() {
        const samples = yield* samplesOf
        for (const [name, start] of yield* starts) {
          const area = yield* areaOf(start, samples)
          yield* Effect.log("known × unknown", { name, samples, area })
          assert.closeTo(area, 0.5, toleranceOf(samples), name)
        }
      }),
    300_000
  )
})

/** The same without the work for addresses that nobody has. */
const hasty = changing(ChallengeStore, (store) => ({
  start: (input) => input.challenge.accountId === undefined ? Effect.void : store.start(input)
})).pipe(Layer.provideMerge(PostgresStores.layer))

layer(servicesWith(hasty), realTime)("the time of a start without equal work", (it) => {
  it.effect("would tell, and this test would notice", () =>
    Effect.gen(function*() {
      for (const [name, start] of yield* starts) {
        assert.isAbove(yield* areaOf(start, 60), 0.5 + toleranceOf(60), name)
      }
    }), 300_000)
})
