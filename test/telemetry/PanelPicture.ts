/** Draws what a panel of Grafana shows, so that a person can look at it without one. */
import { alerts } from "../../scripts/telemetry/alerts/all.ts"
import type { Panel } from "../../scripts/telemetry/Description.ts"
import { drawChart } from "../support/Chart.ts"

export interface Line {
  readonly name: string
  /** Milliseconds since 1970, and what it was then. */
  readonly points: ReadonlyArray<readonly [number, number]>
}

const colors = { page: "#c4162a", ticket: "#ff780a" }

/** The panel as SVG, with the thresholds of its alerts. */
export const picture = ({ alerts: drawn = [], text, title, unit }: Panel, lines: ReadonlyArray<Line>): string => {
  const limits = alerts.filter(({ name }) => drawn.includes(name)).map(({ name, severity, threshold }) => ({
    yAxis: threshold,
    lineStyle: { color: colors[severity] },
    label: { formatter: name, position: "insideStartTop" as const }
  }))
  const highest = Math.max(
    0,
    ...limits.map(({ yAxis }) => yAxis),
    ...lines.flatMap(({ points }) => points.map(([, it]) => it))
  )
  return drawChart(640, 300, {
    useUTC: true,
    backgroundColor: "#ffffff",
    title: { text: title, subtext: text, textStyle: { fontSize: 14 }, subtextStyle: { width: 610, overflow: "break" } },
    legend: { bottom: 0 },
    grid: { top: 80, left: 60, right: 20, bottom: 55 },
    xAxis: { type: "time" },
    yAxis: { type: "value", name: unit, min: 0, max: Number((highest * 1.2 || 1).toPrecision(2)) },
    series: lines.map(({ name, points }, index) => ({
      type: "line",
      name,
      showSymbol: false,
      data: points.map(([at, value]) => [at, value]),
      markLine: index === 0 ? { symbol: "none", data: limits } : { data: [] }
    }))
  })
}
