import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeHashAdmission } from "../../../src/adapters/crypto/HashAdmission.ts"
import { VerifiedSessions } from "../../../src/ports/PasswordHasher.ts"

it.effect("[P12] hashing borrows a slot while no session is verified, and gives it back as soon as a hash ends", () =>
  Effect.gen(function*() {
    const verified = { count: 0 }
    const { admit } = yield* makeHashAdmission({ concurrency: 1, borrowed: 1, queueMax: 4, secondsExpected: 0 }).pipe(
      Effect.provideService(VerifiedSessions, verified)
    )
    const started: Array<string> = []
    const begin = Effect.fnUntraced(function*(name: string) {
      const end = yield* Deferred.make<void>()
      const hash = Effect.andThen(Effect.sync(() => started.push(name)), Deferred.await(end))
      const fiber = yield* Effect.forkChild(admit(hash), { startImmediately: true })
      return Effect.andThen(Deferred.succeed(end, undefined), Fiber.await(fiber))
    })
    yield* TestClock.adjust("1 second")
    const [endA, endB, endC, endD] = yield* Effect.all([begin("a"), begin("b"), begin("c"), begin("d")])
    assert.deepStrictEqual(started, ["a", "b"])
    verified.count += 1
    yield* endA
    assert.deepStrictEqual(started, ["a", "b"])
    yield* endB
    assert.deepStrictEqual(started, ["a", "b", "c"])
    // Those who wait come first when a slot can be borrowed again.
    yield* TestClock.adjust("1 second")
    const endE = yield* begin("e")
    assert.deepStrictEqual(started, ["a", "b", "c", "d"])
    yield* endC
    assert.deepStrictEqual(started, ["a", "b", "c", "d", "e"])
    yield* Effect.all([endD, endE])
  }))
