/** The page that operators read when an alert fires. */
import type { Alert, Unit } from "./Description.ts"
import { expressionOf } from "./prometheus-rules.ts"

const shown: Record<Unit, (threshold: number) => string> = {
  "bytes": (threshold) => `${threshold / 1024 ** 2} MiB`,
  "count": String,
  "days": (threshold) => `${threshold} days`,
  "per second": (threshold) => `${threshold} a second`,
  "ratio": (threshold) => `${threshold * 100} %`,
  "seconds": (threshold) => `${threshold} seconds`,
  "times": (threshold) => `${threshold} times`,
  "date": String
}

const list = (items: ReadonlyArray<string>): string => items.map((item) => `- ${item}`).join("\n")

export const runbook = (alert: Alert): string =>
  `# ${alert.name}

${
    alert.severity === "page"
      ? "A page: somebody is needed now."
      : "A ticket: for the next working day."
  } It fires when the
expression below is ${alert.is} ${shown[alert.unit](alert.threshold)}${
    alert.for === undefined ? "" : ` and has been so for ${alert.for}`
  }.

\`\`\`promql
${expressionOf(alert)}
\`\`\`

## What it means

${alert.means}

## What to look at

${list(alert.look)}

## What to do

${list(alert.act)}

## How to silence it

While somebody works on it, and never for longer:

\`\`\`sh
amtool silence add alertname=${alert.name} --duration=2h --comment="who works on it, and where"
\`\`\`
`

export const runbookIndex = (alerts: ReadonlyArray<Alert>): string => {
  const rows = (severity: Alert["severity"]) =>
    alerts.filter((alert) => alert.severity === severity).map(({ means, name }) =>
      `| [${name}](${name}.md) | ${means.split(/(?<=\.) /)[0]} |`
    ).join("\n")
  return `# Runbooks

One page for each alert of [deploy/prometheus/alerts.yml](../../deploy/prometheus/alerts.yml), which links to it. Made from
\`scripts/telemetry\`; \`npm run update\` writes them.

## Pages

| Alert | |
|---|---|
${rows("page")}

## Tickets

| Alert | |
|---|---|
${rows("ticket")}
`
}
