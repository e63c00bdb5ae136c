/** Every alert fires where it has to and nowhere else, as `promtool` computes it from series that are made up. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parse, stringify } from "yaml"
import { alerts } from "../../scripts/telemetry/alerts/all.ts"
import type { Alert, Scenario } from "../../scripts/telemetry/Description.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { complaint, hasPromtool } from "./PrometheusTools.ts"

const [configuration = "", ...rules] = ["prometheus.yml", "rules.yml", "alerts.yml"].map((name) =>
  fileURLToPath(new URL(`../../deploy/prometheus/${name}`, import.meta.url))
)

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
}

const deployedRules: ReadonlyArray<Rule> = rules.flatMap((file) =>
  parse(readFileSync(file, "utf8")).groups.flatMap((group: { readonly rules: ReadonlyArray<Rule> }) => group.rules)
)

/** The rules that an alert needs, in their order. Evaluating all for each alert would take ten times as long. */
const rulesOf = (alert: string) => {
  const needed: Array<Rule> = []
  let names = [alert]
  while (names.length > 0) {
    const found = deployedRules.filter(({ alert, record }) => names.includes(alert ?? record ?? ""))
    needed.push(...found)
    names = found.flatMap(({ expr }) => expr.match(/\bidentity:[\w:]+/g) ?? [])
      .filter((name) => !needed.some(({ record }) => record === name))
  }
  return deployedRules.filter((rule) => needed.includes(rule))
}

const test = ({ name }: Alert, { at, series }: Scenario, isFiring: boolean) => ({
  interval: "1m",
  name: `${name} ${isFiring ? "fires" : "does not fire"}`,
  input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
  promql_expr_test: [{
    expr: `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)`,
    eval_time: at,
    exp_samples: [{ labels: "{}", value: isFiring ? 1 : 0 }]
  }]
})

/** What takes longer is looked at less often. */
const intervalFor = (tests: ReadonlyArray<ReturnType<typeof test>>) =>
  tests.every((one) => Number.parseInt(one.promql_expr_test[0]?.eval_time ?? "", 10) <= 30) ? "1m" : "5m"

describe.skipIf(!hasPromtool)("the rules of Prometheus", () => {
  it("are valid, and so is the configuration that names them", () => {
    assert.isUndefined(complaint("promtool", ["check", "rules", ...rules]))
    assert.isUndefined(complaint("promtool", ["check", "config", configuration]))
  })

  it.effect("fire where they have to and nowhere else", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory("identity-alerts-")
      const files = alerts.map((alert) => {
        const file = `${directory}/${alert.name}`
        const tests = [test(alert, alert.fires, true), test(alert, alert.quiet, false)]
        writeFileSync(`${file}.rules.yml`, stringify({ groups: [{ name: "identity", rules: rulesOf(alert.name) }] }))
        const evaluation = { rule_files: [`${file}.rules.yml`], evaluation_interval: intervalFor(tests), tests }
        writeFileSync(`${file}.tests.yml`, stringify(evaluation, { lineWidth: 0 }))
        return `${file}.tests.yml`
      })
      assert.isNotEmpty(files)
      assert.isUndefined(complaint("promtool", ["test", "rules", ...files]))
    }).pipe(Effect.scoped), 60_000)
})
