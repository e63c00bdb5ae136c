/** The dashboards in Grafana's format. */
import type { Alert, Dashboard, Panel, Unit } from "./Description.ts"

const units: Record<Unit, string> = {
  "bytes": "bytes",
  "count": "short",
  "days": "d",
  "per second": "ops",
  "ratio": "percentunit",
  "seconds": "s",
  "times": "x",
  "date": "dateTimeAsIso"
}

const DATASOURCE = { type: "prometheus", uid: "${datasource}" }

/** Panels a row, which is 24 units wide. */
const PER_ROW = 3
const [WIDTH, HEIGHT] = [24 / PER_ROW, 8]

const colors: Record<Alert["severity"], string> = { page: "red", ticket: "orange" }

/** Where a value becomes bad, or stops being bad. Grafana colours upwards from each step. */
const thresholds = (drawn: ReadonlyArray<Alert>) => {
  const upwards = drawn.toSorted((one, other) => one.threshold - other.threshold)
  const bad = upwards.map(({ severity }) => colors[severity])
  const shades = upwards.some(({ is }) => is === "below") ? [...bad, "green"] : ["green", ...bad]
  return {
    mode: "absolute",
    steps: shades.map((color, index) => ({ color, value: upwards[index - 1]?.threshold ?? null }))
  }
}

const panelOf = (
  { kind, queries, text, title, unit }: Panel,
  drawn: ReadonlyArray<Alert>,
  place: { readonly id: number; readonly x: number; readonly y: number }
) => ({
  id: place.id,
  type: kind ?? "timeseries",
  title,
  description: drawn.length === 0 ? text : `${text}

Alerts: ${drawn.map(({ name }) => name).join(", ")}.`,
  datasource: DATASOURCE,
  gridPos: { x: place.x, y: place.y, w: WIDTH, h: HEIGHT },
  fieldConfig: {
    defaults: {
      unit: units[unit],
      ...(kind === "stat" || unit === "date" ? {} : { min: 0 }),
      thresholds: thresholds(drawn),
      custom: drawn.length === 0 ? {} : { thresholdsStyle: { mode: "line" } }
    },
    overrides: []
  },
  options: kind === "stat"
    ? { reduceOptions: { calcs: ["lastNotNull"] } }
    : { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
  targets: queries.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode("A".charCodeAt(0) + index),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend
  }))
})

const placed = ({ rows }: Dashboard, alerts: ReadonlyArray<Alert>): ReadonlyArray<unknown> => {
  let [id, y] = [0, 0]
  return rows.flatMap(({ panels, title }) => {
    const heading = { id: id += 1, type: "row", title, collapsed: false, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } }
    const top = y + 1
    const drawn = panels.map((panel, index) =>
      panelOf(panel, alerts.filter(({ name }) => panel.alerts?.includes(name)), {
        id: id += 1,
        x: (index % PER_ROW) * WIDTH,
        y: top + Math.floor(index / PER_ROW) * HEIGHT
      })
    )
    y = top + Math.ceil(panels.length / PER_ROW) * HEIGHT
    return [heading, ...drawn]
  })
}

/** A dashboard that queries the Prometheus and the instances chosen at its top. */
export const dashboardFile = (dashboard: Dashboard, alerts: ReadonlyArray<Alert>): string =>
  `${
    JSON.stringify(
      {
        uid: `identity-${dashboard.name}`,
        title: `identity: ${dashboard.title}`,
        description: dashboard.text,
        tags: ["identity"],
        schemaVersion: 39,
        editable: false,
        refresh: "30s",
        time: { from: "now-3h", to: "now" },
        templating: {
          list: [
            { name: "datasource", type: "datasource", query: "prometheus", label: "Prometheus" },
            {
              name: "instance",
              type: "query",
              label: "Instance",
              datasource: DATASOURCE,
              query: { query: `label_values(up{job="identity"}, instance)`, refId: "instances" },
              refresh: 2,
              multi: true,
              includeAll: true,
              allValue: ".*",
              current: { text: "All", value: "$__all" }
            }
          ]
        },
        links: [{ type: "dashboards", title: "identity", tags: ["identity"], asDropdown: true, keepTime: true }],
        panels: placed(dashboard, alerts)
      },
      null,
      2
    )
  }\n`
