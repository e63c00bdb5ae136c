import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Latch } from "effect"
import { makeHashAdmission } from "../../../src/adapters/crypto/HashAdmission.ts"
import type { HashAdmission } from "../../../src/adapters/crypto/HashAdmission.ts"
import { HashRequester } from "../../../src/ports/PasswordHasher.ts"
import { valueOf, withOwnMetrics } from "../../support/metrics.ts"

describe("hash admission, of those who have something to do before they hash", () => {
  /** How many of `callers` were admitted. They finish when the latch opens. */
  const callers = Effect.fnUntraced(function*(
    { admit, holdPlace }: HashAdmission,
    names: ReadonlyArray<string>,
    ready: Latch.Latch
  ) {
    const fibers = yield* Effect.forEach(
      names,
      (name) =>
        holdPlace(Effect.andThen(ready.await, admit(Effect.succeed(name)))).pipe(
          Effect.provideService(HashRequester, { network: "203.0.113.0/24", account: name }),
          Effect.forkChild({ startImmediately: true })
        )
    )
    return fibers.filter((fiber) => fiber.pollUnsafe() === undefined)
  })
  const names = (length: number) => Array.from({ length }, (_, index) => `holder ${index}`)

  it.effect("[ASVS 15.2.2] as many are let in as have a place, where others of their network wait, and no hash of theirs is refused", () =>
    Effect.gen(function*() {
      const admission = yield* makeHashAdmission({ concurrency: 1, queueMax: 24, secondsExpected: 0 })
      const [ready, slow] = [yield* Latch.make(false), yield* Latch.make(false)]
      // One is running and three are queued. A network may queue six.
      for (const account of ["a", "b", "c", "d"]) {
        yield* admission.admit(slow.await).pipe(
          Effect.provideService(HashRequester, { network: "203.0.113.0/24", account }),
          Effect.forkChild({ startImmediately: true })
        )
      }
      const admitted = yield* callers(admission, names(10), ready)
      assert.lengthOf(admitted, 3)
      yield* Effect.all([slow.open, ready.open])
      assert.deepStrictEqual(yield* Effect.forEach(admitted, Fiber.join), ["holder 0", "holder 1", "holder 2"])
    }))

  it.effect("all are let in while nobody waits, also after others who never hashed", () =>
    Effect.gen(function*() {
      const admission = yield* makeHashAdmission({ concurrency: 1, queueMax: 24, secondsExpected: 0 })
      const ready = yield* Latch.make(false)
      const admitted = yield* callers(admission, names(100), ready)
      assert.lengthOf(admitted, 100)
      yield* Fiber.interruptAll(admitted)
      assert.lengthOf(yield* callers(admission, names(100), ready), 100)
    }))

  it.effect("one that is refused before it hashes lets the one begin that waits for its place", () =>
    Effect.gen(function*() {
      const { admit, holdPlace } = yield* makeHashAdmission({ concurrency: 1, queueMax: 4, secondsExpected: 0 })
      const refusal = yield* Deferred.make<never, string>()
      const refused = yield* Effect.forkChild(holdPlace(Deferred.await(refusal)), { startImmediately: true })
      const waiting = yield* Effect.forkChild(admit(Effect.succeed("hashed")), { startImmediately: true })
      yield* Deferred.fail(refusal, "refused")
      assert.deepStrictEqual(yield* Fiber.await(refused), Exit.fail("refused"))
      assert.deepStrictEqual(waiting.pollUnsafe(), Exit.succeed("hashed"))
      assert.strictEqual(yield* valueOf("identity_password_hash_queue_length"), 0)
    }).pipe(withOwnMetrics))
})
