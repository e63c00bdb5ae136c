import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as Announcer from "../../src/kernel/Announcer.ts"

const journal = () => {
  const lines: Array<string> = []
  return { lines, write: (line: string) => Effect.sync(() => void lines.push(line)) }
}

describe("an announcer", () => {
  it.effect("tells a state when it is another than before, and nothing of the first", () =>
    Effect.gen(function*() {
      const { lines, write } = journal()
      const announce = Announcer.onChange("up")
      for (const state of ["up", "down", "down", "up", "up", "down"]) yield* announce(state, write(state))
      assert.deepStrictEqual(lines, ["down", "up", "down"])
    }))

  it.effect("is quiet for a while after it told something", () =>
    Effect.gen(function*() {
      const { lines, write } = journal()
      let now = 1n
      const announce = Announcer.atMostEvery(10n, () => now)
      for (now of [1n, 10n, 11n, 12n, 40n]) yield* announce(write(String(now)))
      assert.deepStrictEqual(lines, ["1", "11", "40"])
    }))

  it.effect("tells the latest of what callbacks noticed while it told something", () =>
    Effect.gen(function*() {
      const { lines, write } = journal()
      const notice = yield* Announcer.announceFromCallbacks((news: string) =>
        Effect.andThen(write(news), Effect.sleep("1 minute"))
      )
      notice("first")
      yield* TestClock.adjust("1 second")
      notice("second")
      notice("third")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(lines, ["first", "third"])
    }))
})
