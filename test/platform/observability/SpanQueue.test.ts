import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import * as SpanQueue from "../../../src/platform/observability/SpanQueue.ts"

/** A queue, the bodies that were sent, what else it reported, and what ends the first request that is under way. */
const queueOf = (options: Partial<SpanQueue.SpanQueueOptions> = {}) => {
  const sent: Array<string> = []
  const done: Array<() => void> = []
  const reports: Array<"drained" | "dropped"> = []
  const queue = SpanQueue.make({
    around: ["[", "]"],
    send: (body, finished) => {
      sent.push(Buffer.from(body).toString())
      done.push(finished)
    },
    onDrop: () => void reports.push("dropped"),
    onDrained: () => void reports.push("drained"),
    spansMax: 100,
    batchMax: 2,
    delayMillis: 60_000,
    ...options
  })
  return { queue, sent, reports, finish: () => done.shift()?.() }
}

describe("a queue of spans", () => {
  it("sends full batches, one at a time, whole and in their order", () => {
    const { finish, queue, sent } = queueOf()
    const long = `"${"🦉".repeat(50_000)}"`
    for (const span of ["1", "2", long, "4", "5"]) queue.add(span)
    assert.deepStrictEqual(sent, ["[1,2]"])
    finish()
    finish()
    assert.deepStrictEqual(sent, ["[1,2]", `[${long},4]`])
  })

  it("[ASVS 15.2.2] drops what comes when it is full, and takes more once there is room", () => {
    const { finish, queue, reports, sent } = queueOf({ spansMax: 4 })
    for (const span of ["1", "2", "3", "4", "5", "6", "7", "not kept"]) queue.add(span)
    finish()
    queue.add("8")
    queue.add("9")
    finish()
    finish()
    assert.deepStrictEqual(reports, ["dropped", "dropped"])
    finish()
    assert.deepStrictEqual(sent, ["[1,2]", "[3,4]", "[5,6]", "[8,9]"])
    assert.deepStrictEqual(reports, ["dropped", "dropped", "drained"])
  })

  it.effect("[ASVS 15.2.2] sends a few requests at once when it is flushed, however many wait", () =>
    Effect.gen(function*() {
      const { finish, queue, sent } = queueOf({ batchMax: 1 })
      for (let span = 0; span < 50; span++) queue.add(String(span))
      const flushing = yield* Effect.forkChild(queue.flush, { startImmediately: true })
      assert.lengthOf(sent, 8)
      finish()
      assert.lengthOf(sent, 9)
      while (sent.length < 50) finish()
      for (let left = 0; left < 8; left++) finish()
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(flushing)))
    }))

  it.live("sends fewer when they have waited long enough", () =>
    Effect.gen(function*() {
      const body = yield* Effect.callback<string>((resume) => {
        const { queue } = queueOf({ delayMillis: 1, send: (body) => resume(Effect.succeed(String(Buffer.from(body)))) })
        queue.add("1")
      })
      assert.strictEqual(body, "[1]")
    }))

  it.effect("is flushed when everything was sent and answered", () =>
    Effect.gen(function*() {
      const { finish, queue, sent } = queueOf()
      for (const span of ["1", "2", "3", "4", "5"]) queue.add(span)
      const flushing = yield* Effect.forkChild(queue.flush, { startImmediately: true })
      assert.deepStrictEqual(sent, ["[1,2]", "[3,4]", "[5]"])
      finish()
      finish()
      assert.isUndefined(flushing.pollUnsafe())
      finish()
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(flushing)))
      yield* queueOf().queue.flush
    }))
})
