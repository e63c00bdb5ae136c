import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { makePacing } from "../../../src/platform/process/Priority.ts"

/** Does this many parts of a work, each of 6 ms, and returns for each how many milliseconds it is paused after it. */
const makeWork = () => {
  const pauseAfter = makePacing()
  let share = { ran: 5000, waited: 90_000 }
  return (parts: number, waitedEach: number) =>
    Array.from({ length: parts }, () => {
      share = { ran: share.ran + 6, waited: share.waited + waitedEach }
      return Duration.toMillis(pauseAfter(share))
    })
}

describe("work that leaves processors to others", () => {
  it("doesn't pause while it waits for them less than it runs, however long it waited before", () => {
    assert.deepStrictEqual(new Set(makeWork()(1000, 4)), new Set([0]))
  })

  it("isn't kept up by one part that waited long", () => {
    const work = makeWork()
    work(100, 3)
    assert.deepStrictEqual(work(1, 30), [0])
  })

  it("pauses ever longer while others want them, at most a tenth of a second, and no more once they don't", () => {
    const work = makeWork()
    const whileBusy = work(200, 12)
    assert.deepStrictEqual(whileBusy, whileBusy.toSorted((one, other) => one - other))
    assert.isAbove(whileBusy[20] ?? 0, 20)
    assert.strictEqual(whileBusy.at(-1), 100)
    assert.strictEqual(work(200, 3).at(-1), 0)
  })
})
