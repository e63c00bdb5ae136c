import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Logger } from "effect"
import { TestClock } from "effect/testing"
import type { Ending, WorkerProcess } from "../../../src/platform/cluster/WorkerProcess.ts"
import { pauseAfter } from "../../../src/platform/cluster/Workers.ts"
import { end, killWhenUnresponsive } from "../../../src/platform/cluster/WorkerShutdown.ts"

/** A worker that can be killed and, unless a test says more, does nothing else. */
const aWorker = (parts: Partial<WorkerProcess> = {}) => {
  const ended = Deferred.makeUnsafe<Ending>()
  const worker: WorkerProcess = {
    number: 1,
    pid: 1,
    serving: Effect.never,
    ended: Deferred.await(ended),
    isHandingOver: () => false,
    report: Effect.never,
    reported: () => [],
    reload: Effect.void,
    drain: Effect.void,
    kill: Effect.asVoid(Deferred.succeed(ended, { exitCode: null, signal: "SIGKILL" })),
    ...parts
  }
  return worker
}

const silent = Effect.provide(Logger.layer([]))

describe("a worker that is to end", () => {
  it.effect("has the time its requests may take, and is killed then", () =>
    Effect.gen(function*() {
      const ending = yield* Effect.forkChild(end(aWorker(), Duration.seconds(20)), { startImmediately: true })
      yield* TestClock.adjust("20 seconds")
      assert.isUndefined(ending.pollUnsafe())
      yield* TestClock.adjust("5 seconds")
      assert.isDefined(ending.pollUnsafe())
    }))
})

describe("a worker that does not answer", () => {
  it.effect("is killed after three looks", () =>
    Effect.gen(function*() {
      const watch = yield* Effect.forkChild(killWhenUnresponsive(aWorker()), { startImmediately: true })
      yield* TestClock.adjust("44 seconds")
      assert.isUndefined(watch.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(watch)).signal, "SIGKILL")
    }).pipe(silent))

  it.effect("may be late, again and again, as long as it answers in the end", () =>
    Effect.gen(function*() {
      let asked = 0
      const late = Effect.suspend(() => (asked += 1) % 3 === 0 ? Effect.void : Effect.never)
      const watch = yield* Effect.forkChild(killWhenUnresponsive(aWorker({ report: late })), { startImmediately: true })
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(watch.pollUnsafe())
    }).pipe(silent))
})

describe("the pause before a worker is replaced", () => {
  it("doubles up to a limit, and there is none for one that has served for a minute", () => {
    const pauses = [0, 1, 2, 3, 4, 5, 6, 7, 8].reduce<ReadonlyArray<number>>(
      (before) => [...before, pauseAfter(1000, before.at(-1) ?? 0)],
      []
    )
    assert.deepStrictEqual(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
    assert.strictEqual(pauseAfter(60_000, 10_000), 0)
  })
})
