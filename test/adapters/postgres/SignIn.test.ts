import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Result, Tracer } from "effect"
import type { PostgresTarget } from "../../../src/adapters/postgres/connection/PostgresTarget.ts"
import { Sessions } from "../../../src/domain/sessions/Sessions.ts"
import { aPassword, CLIENT, signIn, signUp } from "../../support/people.ts"
import { postgresStores } from "../../support/stores.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"
import * as TestServices from "../../support/TestServices.ts"
import { clientOf } from "./TestClient.ts"

/** The services of one instance on a database. */
const instanceOn = (target: PostgresTarget) =>
  TestServices.services.pipe(
    Layer.provide(
      Layer.mergeAll(
        postgresStores
      ).pipe(Layer.provide(clientOf(target)))
    ),
    Layer.fresh
  )

it.effect("[P5] of 500 guesses at the same time on 2 instances exactly 10 are judged", () =>
  Effect.gen(function*() {
    const target = yield* TestPostgres.freshDatabase
    const first = yield* Layer.build(instanceOn(target))
    const instances = [first, yield* Layer.build(instanceOn(target))]
    const { email } = yield* Effect.provide(signUp(), first)
    const password = yield* aPassword("a wrong password")
    const outcomes = yield* Effect.forEach(
      Array.from({ length: 250 }, () => instances).flat(),
      (instance) =>
        Effect.result(
          Context.get(instance, Sessions).signIn({ email, password, client: CLIENT, transport: "token" })
        ),
      { concurrency: "unbounded" }
    )
    const tags = outcomes.map((outcome) => Result.isFailure(outcome) ? outcome.failure._tag : "right")
    assert.strictEqual(tags.filter((tag) => tag === "InvalidCredentials").length, 10)
    assert.strictEqual(tags.filter((tag) => tag === "TooManyAttempts").length, 490)
  }))

/** The names of the statements an effect executes, in the order in which they begin. */
const statements = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const names: Array<string> = []
  const tracer = Tracer.make({
    span: (options) => {
      if (options.kind === "client") names.push(options.name)
      return new Tracer.NativeSpan(options)
    }
  })
  yield* Effect.exit(Effect.withTracer(effect, tracer))
  return names
})

it.effect("a sign-in takes two statements, and neither a device nor a refusal more", () =>
  Effect.gen(function*() {
    const instance = yield* Layer.build(instanceOn(yield* TestPostgres.freshDatabase))
    const { email } = yield* Effect.provide(signUp(), instance)
    const right = yield* statements(Effect.provide(signIn(email), instance))
    assert.deepStrictEqual(right, ["AccountStore.findForAttempt", "SessionStore.insertSession"])
    const { device } = yield* Effect.provide(signIn(email), instance)
    const known = yield* statements(Effect.provide(signIn(email, undefined, { device }), instance))
    assert.deepStrictEqual(known, right)
    const wrong = yield* statements(Effect.provide(signIn(email, "a wrong password"), instance))
    assert.deepStrictEqual(wrong, ["AccountStore.findForAttempt", "AuditLog.append"])
  }))
