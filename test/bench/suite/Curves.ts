/**
 * Curves of models and the points they were fitted to, as SVG. Colors are variables that follow the reader's choice of
 * light or dark, and curves differ by their dashes and symbols as well.
 */
import { drawChart } from "../../support/Chart.ts"
import type { Point } from "./LeastSquares.ts"

export interface Curve {
  readonly name: string
  readonly at: (size: number) => number
  readonly points: ReadonlyArray<Point>
}

export interface Curves {
  readonly title: string
  readonly subtitle: string
  /** Logarithmic, with a line for each power of its base. */
  readonly x: { readonly name: string; readonly from: number; readonly to: number; readonly base: number }
  readonly y: { readonly name: string; readonly isLogarithmic?: true }
  readonly curves: ReadonlyArray<Curve>
}

const STYLE = `<style>
svg { --paper: #ffffff; --ink: #1f2328; --quiet: #59636e; --rule: #d1d9e0; --c0: #0969da; --c1: #bc4c00; --c2: #8250df }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0d1117; --ink: #f0f6fc; --quiet: #9198a1; --rule: #3d444d; --c0: #58a6ff; --c1: #f0883e; --c2: #bc8cff }
}
</style>`

const SYMBOLS = ["circle", "rect", "triangle"]
const DASHES = ["solid", "dashed", "dotted"] as const

/** Points of a curve along its axis. */
const STEPS = 120

export const drawCurves = ({ curves, subtitle, title, x, y }: Curves): string => {
  const sizes = Array.from({ length: STEPS + 1 }, (_, step) => x.from * (x.to / x.from) ** (step / STEPS))
  const text = { color: "var(--quiet)" }
  const axis = {
    nameLocation: "middle",
    nameTextStyle: { color: "var(--ink)" },
    axisLabel: text,
    axisLine: { lineStyle: { color: "var(--quiet)" } },
    splitLine: { lineStyle: { color: "var(--rule)" } },
    minorTick: { show: false }
  }
  const formatter = (value: number) => value.toLocaleString("en")
  const svg = drawChart(720, 380, {
    backgroundColor: "var(--paper)",
    title: {
      text: title,
      subtext: subtitle,
      textStyle: { color: "var(--ink)", fontSize: 15 },
      subtextStyle: text,
      left: 12,
      top: 8
    },
    legend: {
      bottom: 6,
      textStyle: text,
      itemStyle: { borderWidth: 0 },
      data: curves.map(({ name }) => name)
    },
    grid: { top: 70, left: 75, right: 45, bottom: 80 },
    xAxis: {
      ...axis,
      type: "log",
      logBase: x.base,
      min: x.from,
      max: x.to,
      name: x.name,
      nameGap: 28,
      axisLabel: { ...text, formatter }
    },
    yAxis: {
      ...axis,
      type: y.isLogarithmic === true ? "log" : "value",
      name: y.name,
      nameGap: 50,
      axisLabel: { ...text, formatter }
    },
    series: curves.flatMap(({ at, name, points }, index) => {
      const color = `var(--c${index})`
      return [
        {
          type: "line",
          name,
          color,
          symbol: SYMBOLS[index],
          showSymbol: false,
          lineStyle: { color, width: 2, type: DASHES[index] },
          data: sizes.map((size) => [size, at(size)])
        },
        ...[false, true].map((isHeldOut) => ({
          type: "scatter",
          symbol: SYMBOLS[index],
          symbolSize: 9,
          itemStyle: { color: isHeldOut ? "var(--paper)" : color, borderColor: color, borderWidth: 2 },
          data: points.filter((point) => point.isHeldOut === isHeldOut).map(({ micros, size }) => [size, micros])
        }))
      ]
    })
  })
  return svg.replace(/^(<svg[^>]*>)/, `$1\n${STYLE}`)
}
