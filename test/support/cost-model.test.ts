import { assert, describe, it } from "@effect/vitest"
import { drawCurves } from "../bench/suite/Curves.ts"
import { constant, fit } from "../bench/suite/LeastSquares.ts"

const sizes = [1, 2, 4, 8, 16]
const points = sizes.map((size) => ({
  size,
  micros: size === 2 ? 100 : 40 + 160 / size + 3 * size,
  isHeldOut: size === 2
}))

describe("the model of costs", () => {
  const model = fit(points, [constant, (size) => 1 / size, (size) => size])

  it("goes through the points that it is fitted to, and says how far it is off where it is not", () => {
    for (const [index, expected] of [40, 160, 3].entries()) {
      assert.approximately(model.coefficients[index] ?? NaN, expected, 1e-9)
    }
    assert.approximately(model.error.most, 0.26, 1e-9)
  })

  it("is drawn in colors that follow the reader's choice of light or dark", () => {
    const svg = drawCurves({
      title: "Costs",
      subtitle: "",
      x: { name: "connections", from: 1, to: 16, base: 2 },
      y: { name: "µs" },
      curves: [{ name: "one", at: model.at, points }]
    })
    assert.include(svg, "@media (prefers-color-scheme: dark)")
    const marks = svg.match(/<(?:text|rect)[^>]*>/g) ?? []
    assert.isNotEmpty(marks)
    assert.deepStrictEqual(marks.filter((mark) => !mark.includes(`fill="var(--`)), [])
  })
})
