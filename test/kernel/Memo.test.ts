import { assert, it } from "@effect/vitest"
import { remember } from "../../src/kernel/Memo.ts"

it("what is remembered is made once, and again once there was too much to remember", () => {
  const made: Array<number> = []
  const double = remember(2, (key: number) => {
    made.push(key)
    return key * 2
  })
  assert.deepStrictEqual([1, 2, 1, 2, 3, 1].map(double), [2, 4, 2, 4, 6, 2])
  assert.deepStrictEqual(made, [1, 2, 3, 1])
})
