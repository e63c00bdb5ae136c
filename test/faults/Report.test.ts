/** What is said of faults: on the page of figures, and of those that the suite shows. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { figuresOf } from "../bench/suite/FiguresPage.ts"
import { least, none } from "./Fault.ts"
import { pageOf } from "./Report.ts"
import type { Result } from "./Report.ts"
import { judged } from "./suite.ts"

const F2: Result["fault"] = { id: "F2", title: "A crash" }

const linesOf = (page: string) => page.split("\n").filter((line) => /^(?:\| |\*\*)F/.test(line))

describe("the page of figures", () => {
  it("has what was found of a fault in the place of what it had, and keeps the others", () => {
    const before =
      "| F1 | **One:** kills | ≥ 2 | 2 | met |\n| F2 | lost | ≤ 0 | 7 | **missed** |\n| F10 | ends | ≥ 1 | 1 | met |"
    const found = [least("stops", 3, 2), none("lost", 0)]
    const [first, stops = "", ...rest] = linesOf(
      pageOf([{ fault: F2, seconds: 1, figures: found }], { seed: 7 }, before)
    )
    assert.strictEqual(first, "| F1 | **One:** kills | ≥ 2 | 2 | met |")
    assert.match(stops, /^\| F2 \| \*\*A crash\*\* \(\d{4}-\d\d-\d\d, seed 7\): stops \| ≥ 2 \| 3 \| met \|$/)
    assert.deepStrictEqual(rest, ["| F2 | lost | ≤ 0 | 0 | met |", "| F10 | ends | ≥ 1 | 1 | met |"])
  })

  it("says why there is no figure, until there is one", () => {
    const skipped = pageOf([{ fault: F2, seconds: 0, figures: [], skipped: "no disk" }], { seed: 7 }, "")
    assert.match(linesOf(skipped).join(), /^\*\*F2 A crash\*\* \(\d{4}-\d\d-\d\d, seed 7\): no disk$/)
    const measured = pageOf([{ fault: F2, seconds: 1, figures: [none("lost", 0)] }], { seed: 8 }, skipped)
    assert.lengthOf(linesOf(measured), 1)
    assert.notInclude(measured, "no disk")
  })

  it("is the one in docs", () => {
    const figures = figuresOf("faults.md")
    assert.deepStrictEqual(linesOf(pageOf([], { seed: 7 }, figures)), linesOf(figures))
    assert.isAbove(linesOf(figures).length, 16)
  })
})

const reportOf = (...statuses: ReadonlyArray<string>) => ({
  testResults: [{
    assertionResults: [
      { fullName: "clocks › [F9] something else", status: "skipped" },
      ...statuses.map((status) => ({ fullName: "clocks › [F8] a proof", status }))
    ]
  }]
})

describe("a fault that the suite shows", () => {
  it.effect("is skipped when some of its proofs are, and not met by the others", () =>
    Effect.gen(function*() {
      const { message } = yield* Effect.flip(judged("F8", reportOf("passed", "skipped", "passed")))
      assert.strictEqual(message, "1 of 3 proofs need what this machine lacks")
    }))

  it.effect("is met when all of them hold, and missed when one fails", () =>
    Effect.gen(function*() {
      const met = yield* judged("F8", reportOf("passed", "passed"))
      assert.deepStrictEqual(met.map((figure) => [figure.figure, figure.met]), [[2, true], [0, true]])
      const missed = yield* judged("F8", reportOf("passed", "failed", "skipped"))
      assert.deepStrictEqual(missed.map((figure) => [figure.figure, figure.met]), [[1, true], [1, false]])
    }))
})
