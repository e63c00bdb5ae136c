/**
 * Dashboards, rules, runbooks and the table of metrics come from one description, and the description names nothing
 * that the code does not register.
 */
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { alerts } from "../../scripts/telemetry/alerts/all.ts"
import { dashboards } from "../../scripts/telemetry/dashboards/all.ts"
import { askedBy } from "../../scripts/telemetry/expressions.ts"
import { dashboardFile } from "../../scripts/telemetry/grafana-dashboard.ts"
import { withMetricTable } from "../../scripts/telemetry/metric-table.ts"
import { metrics } from "../../scripts/telemetry/metrics.ts"
import { alertsFile, expressionOf, recordingRulesFile } from "../../scripts/telemetry/prometheus-rules.ts"
import { recordingRules } from "../../scripts/telemetry/recording-rules.ts"
import { runbook, runbookIndex } from "../../scripts/telemetry/runbook.ts"
import * as MetricSnapshots from "../../src/platform/observability/MetricSnapshots.ts"
import * as ProcessMetrics from "../../src/platform/observability/ProcessMetrics.ts"
import { projectTree, sourcesIn } from "../architecture/SourceTree.ts"
import { withOwnMetrics } from "../support/metrics.ts"
import { picture } from "./PanelPicture.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const page = readFileSync(`${root}docs/observability.md`, "utf8")

const panels = dashboards.flatMap(({ name, rows }) =>
  rows.flatMap((row) => row.panels.map((panel) => ({ ...panel, name })))
)

const asked = [
  ...panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
  ...recordingRules.map(({ expr }) => expr),
  ...alerts.map(expressionOf)
].map(askedBy)

/** What Prometheus has of a metric, and what it adds itself. */
const seriesOf = ([name, { type }]: (typeof described)[number]) =>
  type === "histogram" ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name]
const described = Object.entries(metrics)
const known = new Set(["up", ...described.flatMap(seriesOf), ...recordingRules.map(({ record }) => record)])
const knownLabels = new Set([
  "instance",
  "job",
  "le",
  "worker",
  ...described.flatMap(([, { labels = {} }]) => Object.keys(labels))
])

/** Names under which the code registers metrics, but for those of a process, which it puts together. */
const written = sourcesIn(projectTree(root), "src").flatMap(({ text }) =>
  Array.from(text.matchAll(/\b(?:counter|gauge|histogram)\(\s*"([^"]+)"/g), ([, name = ""]) => name)
)

const ofProcess = MetricSnapshots.take.pipe(
  Effect.map((snapshots) => snapshots.map(({ id }) => id)),
  Effect.provide(Layer.fresh(ProcessMetrics.layer)),
  withOwnMetrics
)

/** An hour in which, from its half on, something grew and went again. */
const hour = (usual: number, more: number) =>
  Array.from({ length: 61 }, (_, minute): readonly [number, number] => [
    Date.UTC(2026, 2, 1, 12, minute),
    usual * (1 + (minute * 7 % 11) / 20) +
    (minute > 30 && minute < 50 ? more * Math.sin((minute - 30) / 20 * Math.PI) : 0)
  ])

/** An expression without the choice of instances, and without `job`, of which a dashboard has one. */
const measured = (expr: string) =>
  expr.replaceAll(/\bjob="identity",?/g, "").replaceAll(`instance=~"$instance"`, "").replaceAll("{}", "")
    .replaceAll(/\bjob, /g, "").replaceAll(" by (job) ", "")

const repeated = (names: ReadonlyArray<string>) => names.filter((name, index) => names.indexOf(name) !== index)

describe("what is made from the description of telemetry", () => {
  it.each(dashboards)("the dashboard $name", async (dashboard) => {
    await expect(dashboardFile(dashboard, alerts)).toMatchFileSnapshot(
      `../../deploy/grafana/dashboards/${dashboard.name}.json`
    )
  })

  it.each([
    { title: "Session checks", file: "session-checks", values: [[0.004, 0.002], [0.012, 0.006], [0.09, 0.25]] },
    { title: "Errors in five minutes", file: "errors", values: [[0.3, 11]] }
  ])("the picture of an example of $title", async ({ file, title, values }) => {
    const panel = panels.find((one) => one.title === title)
    const names = panel?.queries.map(({ legend }) => legend.replace("{{instance}}", "10.0.0.1:9090")) ?? []
    const lines = values.map(([usual = 0, more = 0], index) => ({
      name: names[index] ?? "",
      points: hour(usual, more)
    }))
    await expect(panel === undefined ? "" : picture(panel, lines)).toMatchFileSnapshot(
      `../../docs/pictures/${file}.svg`
    )
  })

  it("the rules of Prometheus", async () => {
    await expect(recordingRulesFile(recordingRules)).toMatchFileSnapshot("../../deploy/prometheus/rules.yml")
    await expect(alertsFile(alerts)).toMatchFileSnapshot("../../deploy/prometheus/alerts.yml")
  })

  it.each(alerts)("the runbook of $name", async (alert) => {
    await expect(runbook(alert)).toMatchFileSnapshot(`../../docs/runbooks/${alert.name}.md`)
  })

  it("the list of runbooks", () => expect(runbookIndex(alerts)).toMatchFileSnapshot("../../docs/runbooks/README.md"))

  it("the table of metrics", () =>
    expect(withMetricTable(page, metrics)).toMatchFileSnapshot("../../docs/observability.md"))
})

describe("the description of telemetry", () => {
  it.effect("has every metric that the code registers, and no other", () =>
    Effect.gen(function*() {
      const registered = new Set([...written, ...yield* ofProcess])
      assert.deepStrictEqual(described.map(([, { source }]) => source).toSorted(), [...registered].toSorted())
    }))

  it("asks for no series and no label that nobody makes", () => {
    const unknown = asked.flatMap(({ expr, labels, series }) => [
      ...series.filter((name) => !known.has(name)).map((name) => `${name} in ${expr}`),
      ...labels.filter((label) => !knownLabels.has(label)).map((label) => `${label} in ${expr}`)
    ])
    assert.deepStrictEqual(unknown, [])
  })

  it("shows every metric in a panel", () => {
    const shown = new Set(panels.flatMap(({ queries }) => queries.flatMap(({ expr }) => askedBy(expr).series)))
    const behind = recordingRules.filter(({ record }) => shown.has(record)).flatMap((
      { expr }
    ) => askedBy(expr).series)
    const seen = new Set([...shown, ...behind])
    const hidden = described.filter((metric) => !seriesOf(metric).some((name) => seen.has(name))).map(([name]) => name)
    assert.deepStrictEqual(hidden, [])
  })

  it("draws every alert's threshold in a panel of its unit that shows what the alert measures", () => {
    const drawn = panels.flatMap((panel) => (panel.alerts ?? []).map((name) => ({ name, panel })))
    const other = drawn.filter(({ name, panel }) => {
      const alert = alerts.find((one) => one.name === name)
      return alert?.unit !== panel.unit || !panel.queries.some(({ expr }) => measured(expr) === measured(alert.value))
    })
    assert.deepStrictEqual(other.map(({ name, panel }) => `${name} in ${panel.title}`), [])
    const undrawn = alerts.filter(({ name }) => !drawn.some((one) => one.name === name)).map(({ name }) => name)
    assert.deepStrictEqual(undrawn, [])
  })

  it("describes every panel, and names nothing twice", () => {
    assert.deepStrictEqual(panels.filter(({ text }) => !text.endsWith(".")).map(({ title }) => title), [])
    assert.deepStrictEqual(repeated(panels.map(({ name, title }) => `${name} ${title}`)), [])
    assert.deepStrictEqual(repeated(alerts.map(({ name }) => name)), [])
    assert.deepStrictEqual(repeated(recordingRules.map(({ record }) => record)), [])
  })

  it("uses every recorded series", () => {
    const used = new Set(asked.flatMap(({ series }) => series))
    assert.deepStrictEqual(recordingRules.filter(({ record }) => !used.has(record)), [])
  })
})
