/** The rules in Prometheus' format. */
import { stringify } from "yaml"
import type { Alert, RecordingRule } from "./Description.ts"

/** The path of runbooks in this repository. Alertmanager's templates have the address of the repository. */
const RUNBOOKS = "docs/runbooks"

const GENERATED = "# Made from scripts/telemetry; `npm run update` writes it.\n"

const groups = (name: string, rules: ReadonlyArray<unknown>): string =>
  GENERATED + stringify({ groups: [{ name, rules }] }, { lineWidth: 0 })

export const recordingRulesFile = (rules: ReadonlyArray<RecordingRule>): string =>
  groups("identity-recorded", rules.map(({ expr, record }) => ({ record, expr })))

export const expressionOf = ({ is, provided, threshold, value }: Alert): string =>
  `${/ [-/] /.test(value) ? `(${value})` : value} ${is === "above" ? ">" : "<"} ${threshold}` +
  (provided === undefined ? "" : ` ${provided}`)

export const alertsFile = (alerts: ReadonlyArray<Alert>): string =>
  groups(
    "identity",
    alerts.map((alert) => ({
      alert: alert.name,
      expr: expressionOf(alert),
      ...(alert.for === undefined ? {} : { for: alert.for }),
      labels: { severity: alert.severity },
      annotations: { summary: alert.summary, runbook_url: `${RUNBOOKS}/${alert.name}.md` }
    }))
  )
