import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Metric, Result } from "effect"
import { TestClock } from "effect/testing"
import { makeHashAdmission } from "../../../src/adapters/crypto/HashAdmission.ts"
import { HashingOverloaded } from "../../../src/domain/model/IdentityErrors.ts"
import { HashRequester } from "../../../src/ports/PasswordHasher.ts"

/** An admission for jobs that end on the test's command. Like native work, they end whether or not somebody waits. */
const makeJobs = Effect.fnUntraced(function*(
  bounds: { readonly concurrency: number; readonly queueMax: number; readonly secondsExpected?: number }
) {
  const { admit } = yield* makeHashAdmission({ secondsExpected: 0, ...bounds })
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

const refusedFor = (retryAfter: Duration.Duration) => Exit.fail(new HashingOverloaded({ retryAfter }))

const refused = refusedFor(Duration.zero)

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

  it.effect("[ASVS 15.2.2] refuses at its turn what waited twice as long as it may, because hashes take longer than before", () =>
    Effect.gen(function*() {
      const { started, submit } = yield* makeJobs({ concurrency: 1, queueMax: 3, secondsExpected: 0.1 })
      const [running, late, later, last] = yield* Effect.all([
        submit("running"),
        submit("late"),
        submit("later"),
        submit("last")
      ])
      yield* TestClock.adjust("1900 millis")
      yield* running.finish
      yield* TestClock.adjust("200 millis")
      assert.deepStrictEqual(yield* late.finish, Exit.succeed("late"))
      for (const { exit } of [later, last]) assert.isTrue(Exit.isFailure(yield* exit))
      assert.deepStrictEqual(started, ["running", "late"])
      const next = yield* submit("next")
      assert.deepStrictEqual(yield* next.finish, Exit.succeed("next"))
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
      const { admit } = yield* makeHashAdmission({ concurrency: 1, queueMax: 0, secondsExpected: 0 })
      const exit = yield* Effect.exit(admit(Effect.die("no memory")))
      assert.isTrue(Exit.hasDies(exit))
      assert.strictEqual(yield* admit(Effect.succeed("next")), "next")
    }))

  it.effect("counts those who wait and not those who run", () =>
    Effect.gen(function*() {
      const waitingNow = metric("identity_password_hash_queue_length")
      const { submit } = yield* makeJobs({ concurrency: 1, queueMax: 3 })
      assert.deepInclude(yield* waitingNow, { value: 0 })
      const [running, waiting, impatient] = yield* Effect.all([submit("a"), submit("b"), submit("c")])
      assert.deepInclude(yield* waitingNow, { value: 2 })
      yield* Fiber.interrupt(impatient.fiber)
      assert.deepInclude(yield* waitingNow, { value: 1 })
      yield* running.finish
      yield* waiting.finish
      assert.deepInclude(yield* waitingNow, { value: 0 })
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

  it.effect("[P12] refuses what would wait for more than a second, and says how long that would have been", () =>
    Effect.gen(function*() {
      const { submit } = yield* makeJobs({ concurrency: 2, queueMax: 100, secondsExpected: 0.5 })
      const jobs = yield* Effect.forEach(["a", "b", "c", "d", "e", "f", "g"], submit)
      const beyond = yield* submit("beyond")
      assert.deepStrictEqual(yield* beyond.exit, refusedFor(Duration.millis(1250)))
      for (const job of jobs) assert.isTrue(Exit.isSuccess(yield* job.finish))
    }))

  it.effect("judges the wait by what hashes took lately", () =>
    Effect.gen(function*() {
      const { submit } = yield* makeJobs({ concurrency: 1, queueMax: 100, secondsExpected: 0.1 })
      const admitted = Effect.gen(function*() {
        const jobs = yield* Effect.forEach(Array.from({ length: 50 }, (_, index) => String(index)), submit)
        const exits = yield* Effect.forEach(jobs, (job) => job.finish)
        return exits.filter(Exit.isSuccess).length
      })
      // One is running and ten have waited for a second. The new jobs take no time, so more of them are expected to end
      // in time.
      assert.strictEqual(yield* admitted, 12)
      assert.isAbove(yield* admitted, 40)
      const slow = yield* submit("slow")
      yield* TestClock.adjust("10 seconds")
      yield* slow.finish
      assert.isBelow(yield* admitted, 5)
    }))

  it.effect("admits one that waits however much a hash costs", () =>
    Effect.gen(function*() {
      const { submit } = yield* makeJobs({ concurrency: 1, queueMax: 4, secondsExpected: 5 })
      const [running, waiting, beyond] = yield* Effect.all([submit("running"), submit("waiting"), submit("beyond")])
      assert.deepStrictEqual(yield* beyond.exit, refusedFor(Duration.seconds(5)))
      yield* running.finish
      assert.deepStrictEqual(yield* waiting.finish, Exit.succeed("waiting"))
    }))

  it.effect("counts refusals by their reason, and measures waits", () =>
    Effect.gen(function*() {
      const { admit } = yield* makeHashAdmission({ concurrency: 1, queueMax: 8, secondsExpected: 0.2 })
      const as = (network: string | undefined, account: string | undefined) =>
        Effect.result(admit(Effect.sleep("100 millis"))).pipe(
          Effect.provideService(HashRequester, { network, account }),
          Effect.forkChild({ startImmediately: true })
        )
      const fibers = [
        // One running, one queued, and two set aside.
        ...yield* Effect.all([as("n1", "a1"), as("n2", "a1"), as("n3", "a1"), as("n4", "a1"), as("n5", "a1")]),
        ...yield* Effect.all([as("n6", "a2"), as("n6", "a3"), as("n6", "a4")]),
        ...yield* Effect.all([as("n7", "a5"), as("n8", "a6"), as(undefined, undefined)]),
        ...yield* Effect.all([as("n9", "a7"), as("n10", "a8")])
      ]
      yield* TestClock.adjust("10 seconds")
      const results = yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(
        results.map((result) => Result.isSuccess(result)),
        [true, true, true, true, false, true, true, false, true, true, true, true, false]
      )
      const reasons = (yield* Metric.snapshot).flatMap(({ attributes, id, state }) =>
        id === "identity_password_hashes_refused_total" ? [[attributes?.["reason"], state] as const] : []
      )
      assert.deepStrictEqual(reasons.map(([reason]) => reason), ["account-share", "network-share", "time"])
      assert.deepInclude(yield* metric("identity_password_hash_wait_seconds"), { count: 10, min: 0, max: 0.9 })
    }).pipe(withOwnMetrics))
})
