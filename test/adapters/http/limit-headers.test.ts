import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer } from "effect"
import { AttemptPolicy } from "../../../src/domain/limits/AttemptPolicy.ts"
import { ADA, TestIdentity } from "../../support/TestIdentity.ts"

const numbered = (count: number) => Array.from({ length: count }, (_, index) => index)

const everybody = (index: number) => `person-${index}@example.com`

const signIn = Effect.fnUntraced(function*(email: string, from: string, password = "a wrong password") {
  const identity = yield* TestIdentity
  return yield* identity.send("POST", "/sessions", { json: { email, password }, from })
})

const signUp = Effect.fnUntraced(function*(email: string, from: string) {
  const identity = yield* TestIdentity
  return yield* identity.send("POST", "/accounts", { json: { ...ADA, email }, from })
})

const HOME = "192.0.2.7"

/** The attempts that use the budget up, and the one that is then refused. */
const refusals = [
  {
    limit: "one email from one network",
    attempts: Effect.forEach(numbered(11), () => signIn(ADA.email, HOME)),
    policy: "\"sign-in-email-network\";q=10;w=36000"
  },
  {
    limit: "one email",
    attempts: Effect.forEach(numbered(31), (index) => signIn(ADA.email, `10.0.${index}.7`)),
    policy: "\"sign-in-email\";q=30;w=648000"
  },
  {
    limit: "one network",
    attempts: Effect.forEach(numbered(101), (index) => signIn(everybody(index), HOME)),
    policy: "\"sign-in-network\";q=100;w=30000"
  },
  {
    limit: "sign-ups with one email",
    attempts: Effect.forEach(numbered(11), (index) => signUp(ADA.email, `10.0.${index}.7`)),
    policy: "\"sign-up-email\";q=10;w=36000"
  },
  {
    limit: "sign-ups from one network",
    attempts: Effect.forEach(numbered(51), (index) => signUp(everybody(index), HOME)),
    policy: "\"sign-up-network\";q=50;w=30000"
  }
]

describe("a refusal names the limit it comes from:", () => {
  it.effect.each(refusals)("$limit", ({ attempts, policy }) =>
    Effect.gen(function*() {
      const answers = yield* attempts
      const last = answers.at(-1)
      assert.notInclude(answers.slice(0, -1).map(({ status }) => status), 429)
      assert.strictEqual(last?.status, 429)
      assert.strictEqual(last?.headers["ratelimit-policy"], policy)
      assert.strictEqual(
        last?.headers["ratelimit"],
        `${policy.split(";")[0]};r=0;t=${last?.headers["retry-after"]}`
      )
    }).pipe(Effect.provide(TestIdentity.layer)))

  const small = { burst: 20, delay: Duration.minutes(1), recovery: Duration.minutes(1) }

  const smallService = Layer.effect(
    AttemptPolicy,
    Effect.map(
      AttemptPolicy,
      (limits) => limits === "unlimited" ? limits : { ...limits, everywhere: small, signUpEverywhere: small }
    )
  )

  it.effect("the whole service, with the limit of all its counters together", () =>
    Effect.gen(function*() {
      const policiesOf = (attempt: typeof signIn | typeof signUp) =>
        Effect.map(
          Effect.forEach(numbered(200), (index) => attempt(everybody(index), `10.0.${index}.7`)),
          (answers) => [...new Set(answers.map(({ headers }) => headers["ratelimit-policy"]))]
        )
      assert.deepStrictEqual(yield* policiesOf(signIn), [undefined, "\"sign-in-service\";q=20;w=1200"])
      assert.deepStrictEqual(yield* policiesOf(signUp), [undefined, "\"sign-up-service\";q=20;w=1200"])
    }).pipe(Effect.provide(TestIdentity.layer.pipe(Layer.provide(smallService)))))
})
