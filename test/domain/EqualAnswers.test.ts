/**
 * Whether an observer of time can tell who has an account (P6).
 *
 * Attempts on unknown, disabled and active accounts are timed in turn, so that whatever else the machine does disturbs
 * all of them alike. The area under the ROC curve is the probability that a random attempt of one kind takes longer
 * than one of another: an observer who guesses by time is right that often. A half means that the time reveals nothing.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { AttemptPolicy } from "../../src/domain/limits/AttemptPolicy.ts"
import type { Email } from "../../src/domain/model/Email.ts"
import { PasswordHasher } from "../../src/ports/PasswordHasher.ts"
import { areaUnderCurve, toleranceOf } from "../support/area-under-curve.ts"
import { anEmail } from "../support/builders.ts"
import { signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const SAMPLES = 1000

/** This few are enough to show a real, large difference. */
const SAMPLES_OF_DIFFERENCE = 200

/** Attempts before the first that is timed, by which time everything is compiled. */
const WARM_UP = 100

/** How long a refused sign-in takes, in milliseconds. */
const timed = Effect.fnUntraced(function*(email: Email) {
  const start = performance.now()
  const error = yield* Effect.flip(signIn(email, "a wrong password"))
  const elapsed = performance.now() - start
  assert.strictEqual(error._tag, "InvalidCredentials")
  return elapsed
})

/** Each kind follows each other one equally often, because what came before leaves the caches warm or cold. */
const orders = [
  ["unknown", "disabled", "active"],
  ["active", "disabled", "unknown"],
  ["disabled", "active", "unknown"],
  ["unknown", "active", "disabled"],
  ["active", "unknown", "disabled"],
  ["disabled", "unknown", "active"]
] as const

/** The times of wrong sign-ins to an unknown, a disabled and an active account, each kind in turn. */
const times = Effect.fnUntraced(function*(samples: number) {
  const accounts = yield* Accounts
  const [active, disabled] = [yield* signUp(), yield* signUp()]
  yield* accounts.disable(disabled.id)
  const kinds = { unknown: anEmail(), disabled: disabled.email, active: active.email }
  const measured = { unknown: Array.of<number>(), disabled: Array.of<number>(), active: Array.of<number>() }
  for (let index = 0; index < WARM_UP + samples; index++) {
    for (const kind of orders[index % orders.length] ?? []) {
      const time = yield* timed(kinds[kind])
      if (index >= WARM_UP) measured[kind].push(time)
    }
  }
  return measured
})

/** The limits are active, as always, but never reached. */
const roomy = Layer.effect(
  AttemptPolicy,
  Effect.map(AttemptPolicy, (limits) =>
    limits === "unlimited" ? limits : {
      ...limits,
      accountFromNetwork: { ...limits.accountFromNetwork, burst: 1e6 },
      account: { ...limits.account, burst: 1e6 }
    })
)

/** Expensive enough to dominate a sign-in, as in a real server, and cheap enough for thousands of them. */
const hasher = TestServices.hasher({ memoryKib: 2048, timeCost: 1, parallelism: 1, concurrency: 1 })

/** The services without the decoy: they compute no hash when there is no account. */
const withoutDecoy = Layer.effect(
  PasswordHasher,
  Effect.map(PasswordHasher, (real) =>
    PasswordHasher.of({
      ...real,
      verify: (password, hash) => hash === real.decoy ? Effect.succeed(false) : real.verify(password, hash)
    }))
).pipe(Layer.provide(hasher))

const servicesWith = <E, R>(passwordHasher: Layer.Layer<PasswordHasher, E, R>) =>
  TestServices.layerHashingWith(passwordHasher).pipe(Layer.provide(roomy))

const realTime = { excludeTestServices: true } as const

layer(servicesWith(hasher), realTime)("the time of a refusal", (it) => {
  it.effect(
    "[P6] [ASVS 6.3.8] does not tell unknown, disabled and active accounts apart",
    () =>
      Effect.gen(function*() {
        const { active, disabled, unknown } = yield* times(SAMPLES)
        const areas = [
          areaUnderCurve(active, unknown),
          areaUnderCurve(active, disabled),
          areaUnderCurve(disabled, unknown)
        ]
        for (const area of areas) assert.closeTo(area, 0.5, toleranceOf(SAMPLES), `areas ${areas.join(", ")}`)
      }),
    60_000
  )
})

layer(servicesWith(withoutDecoy), realTime)("the time of a refusal without a decoy", (it) => {
  it.effect("would tell, and this test would notice", () =>
    Effect.gen(function*() {
      const { active, disabled, unknown } = yield* times(SAMPLES_OF_DIFFERENCE)
      assert.isAbove(areaUnderCurve(active, unknown), 0.95)
      assert.closeTo(areaUnderCurve(active, disabled), 0.5, toleranceOf(SAMPLES_OF_DIFFERENCE))
    }), 60_000)
})
