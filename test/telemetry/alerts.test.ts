/** Every alert fires where it has to and nowhere else, as `promtool` computes it from series that are made up. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { stringify } from "yaml"
import { alerts } from "../../scripts/telemetry/alerts/all.ts"
import type { Alert, Scenario } from "../../scripts/telemetry/Description.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { complaint, hasPromtool } from "./PrometheusTools.ts"

const [configuration = "", ...rules] = ["prometheus.yml", "rules.yml", "alerts.yml"].map((name) =>
  fileURLToPath(new URL(`../../deploy/prometheus/${name}`, import.meta.url))
)

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

const tests = alerts.flatMap((alert) => [test(alert, alert.fires, true), test(alert, alert.quiet, false)])

const minutesOf = (one: (typeof tests)[number]) => Number.parseInt(one.promql_expr_test[0]?.eval_time ?? "", 10)

describe.skipIf(!hasPromtool)("the rules of Prometheus", () => {
  it("are valid, and so is the configuration that names them", () => {
    assert.isUndefined(complaint("promtool", ["check", "rules", ...rules]))
    assert.isUndefined(complaint("promtool", ["check", "config", configuration]))
  })

  // What takes longer is looked at less often.
  it.effect.each([
    { evaluation_interval: "1m", some: tests.filter((one) => minutesOf(one) <= 30) },
    { evaluation_interval: "5m", some: tests.filter((one) => minutesOf(one) > 30) }
  ])(
    "fire where they have to and nowhere else, evaluated each $evaluation_interval",
    ({ evaluation_interval, some }) =>
      Effect.gen(function*() {
        const file = `${yield* temporaryDirectory("identity-alerts-")}/tests.yml`
        writeFileSync(file, stringify({ rule_files: rules, evaluation_interval, tests: some }, { lineWidth: 0 }))
        assert.isNotEmpty(some)
        assert.isUndefined(complaint("promtool", ["test", "rules", file]))
      }).pipe(Effect.scoped),
    60_000
  )
})
