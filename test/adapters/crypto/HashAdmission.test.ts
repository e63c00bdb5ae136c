import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Metric } from "effect"
import { TestClock } from "effect/testing"
import { makeHashAdmission } from "../../../src/adapters/crypto/HashAdmission.ts"
import { HashingOverloaded } from "../../../src/domain/model/IdentityErrors.ts"

/** An admission for jobs that end when they are told to, as native work does whether or not somebody waits for it. */
const makeJobs = Effect.fnUntraced(function*(bounds: { readonly concurrency: number; readonly queueMax: number }) {
  const admit = yield* makeHashAdmission(bounds)
  const started: Array<string> = []
  const submit = Effect.fnUntraced(function*(name: string) {
    const end = yield* Deferred.make<string>()
    const work = Effect.suspend(() => {
      started.push(name)
      return Deferred.await(end)
    })
    const fiber = yield* Effect.forkChild(admit(work), { startImmediately: true })
    return { exit: Fiber.await(fiber), finish: Effect.andThen(Deferred.succeed(end, name), Fiber.await(fiber)), fiber }
  })
  return { started, submit }
})

const refused = Exit.fail(new HashingOverloaded())

const withOwnMetrics = Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map()))

const metric = (id: string) =>
  Effect.map(Metric.snapshot, (metrics) => metrics.find((snapshot) => snapshot.id === id)?.state)

describe("hash admission", () => {
  it.effect("runs no more at once than there are slots, and the rest in order of arrival", () =>
    Effect.gen(function*() {
      const { started, submit } = yield* makeJobs({ concurrency: 2, queueMax: 3 })
      const [a, b, c, d, e] = yield* Effect.all([submit("a"), submit("b"), submit("c"), submit("d"), submit("e")])
      assert.deepStrictEqual(started, ["a", "b"])
      assert.deepStrictEqual(yield* b.finish, Exit.succeed("b"))
      yield* Effect.yieldNow
      assert.deepStrictEqual(started, ["a", "b", "c"])
      for (const job of [c, d, e, a]) yield* job.finish
      assert.deepStrictEqual(started, ["a", "b", "c", "d", "e"])
    }))

  it.effect("[ASVS 15.2.2] refuses at once what finds slots and queue full, and admits again when a job ends", () =>
    Effect.gen(function*() {
      const { started, submit } = yield* makeJobs({ concurrency: 1, queueMax: 1 })
      const [running, waiting, beyond] = yield* Effect.all([submit("running"), submit("waiting"), submit("beyond")])
      assert.deepStrictEqual(yield* beyond.exit, refused)
      yield* running.finish
      const next = yield* submit("next")
      assert.deepStrictEqual(yield* waiting.finish, Exit.succeed("waiting"))
      assert.deepStrictEqual(yield* next.finish, Exit.succeed("next"))
      assert.deepStrictEqual(started, ["running", "waiting", "next"])
    }))

  it.effect("queues nothing when the queue has no places", () =>
    Effect.gen(function*() {
      const { submit } = yield* makeJobs({ concurrency: 1, queueMax: 0 })
      const [running, beyond] = yield* Effect.all([submit("running"), submit("beyond")])
      assert.deepStrictEqual(yield* beyond.exit, refused)
      assert.deepStrictEqual(yield* running.finish, Exit.succeed("running"))
    }))

  it.effect("gives the place of a caller that is interrupted while it waits to the next one", () =>
    Effect.gen(function*() {
      const { started, submit } = yield* makeJobs({ concurrency: 1, queueMax: 1 })
      const [running, impatient] = yield* Effect.all([submit("running"), submit("impatient")])
      yield* Fiber.interrupt(impatient.fiber)
      const next = yield* submit("next")
      yield* running.finish
      assert.deepStrictEqual(yield* next.finish, Exit.succeed("next"))
      assert.deepStrictEqual(started, ["running", "next"])
    }))

  it.effect("keeps the slot of a caller that is interrupted until the native work has ended", () =>
    Effect.gen(function*() {
      const { started, submit } = yield* makeJobs({ concurrency: 1, queueMax: 1 })
      const abandoned = yield* submit("abandoned")
      yield* Effect.forkChild(Fiber.interrupt(abandoned.fiber), { startImmediately: true })
      const [waiting, beyond] = yield* Effect.all([submit("waiting"), submit("beyond")])
      assert.deepStrictEqual(yield* beyond.exit, refused)
      assert.deepStrictEqual(started, ["abandoned"])
      assert.isTrue(Exit.hasInterrupts(yield* abandoned.finish))
      assert.deepStrictEqual(yield* waiting.finish, Exit.succeed("waiting"))
    }))

  it.effect("has the next one begin before the one that ends goes on", () =>
    Effect.gen(function*() {
      const { started, submit } = yield* makeJobs({ concurrency: 1, queueMax: 1 })
      const first = yield* submit("first")
      const answered = yield* Effect.forkChild(
        Effect.andThen(first.exit, Effect.sync(() => started.push("first is answered"))),
        { startImmediately: true }
      )
      const second = yield* submit("second")
      yield* first.finish
      yield* Fiber.join(answered)
      yield* second.finish
      assert.deepStrictEqual(started, ["first", "second", "first is answered"])
    }))

  it.effect("frees the slot of work that dies", () =>
    Effect.gen(function*() {
      const admit = yield* makeHashAdmission({ concurrency: 1, queueMax: 0 })
      const exit = yield* Effect.exit(admit(Effect.die("no memory")))
      assert.isTrue(Exit.hasDies(exit))
      assert.strictEqual(yield* admit(Effect.succeed("next")), "next")
    }))

  it.effect("counts those who wait and not those who run", () =>
    Effect.gen(function*() {
      const length = Effect.map(metric("identity_password_hash_queue_length"), (state) => state)
      const { submit } = yield* makeJobs({ concurrency: 1, queueMax: 3 })
      assert.deepInclude(yield* length, { value: 0 })
      const [running, waiting, impatient] = yield* Effect.all([submit("a"), submit("b"), submit("c")])
      assert.deepInclude(yield* length, { value: 2 })
      yield* Fiber.interrupt(impatient.fiber)
      assert.deepInclude(yield* length, { value: 1 })
      yield* running.finish
      yield* waiting.finish
      assert.deepInclude(yield* length, { value: 0 })
    }).pipe(withOwnMetrics))

  it.effect("measures the work in seconds, without the wait before it", () =>
    Effect.gen(function*() {
      const { submit } = yield* makeJobs({ concurrency: 1, queueMax: 1 })
      assert.deepInclude(yield* metric("identity_password_hash_seconds"), { count: 0 })
      const [first, second] = yield* Effect.all([submit("first"), submit("second")])
      yield* TestClock.adjust("20 millis")
      yield* first.finish
      yield* Effect.yieldNow
      yield* TestClock.adjust("40 millis")
      yield* second.finish
      assert.deepInclude(yield* metric("identity_password_hash_seconds"), { count: 2, min: 0.02, max: 0.04 })
    }).pipe(withOwnMetrics))
})
