/**
 * A real Prometheus scrapes a real server to which everything happens, by the rules of this repository. Every panel,
 * recording rule and alert has something to show, without the zeros that they answer before it has happened, and each
 * panel makes a picture. What can't happen within a minute is named, and shown by promtool.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Redacted, Schedule, Schema } from "effect"
import { alerts } from "../../scripts/telemetry/alerts/all.ts"
import { dashboards } from "../../scripts/telemetry/dashboards/all.ts"
import type { Query } from "../../scripts/telemetry/Description.ts"
import { metrics } from "../../scripts/telemetry/metrics.ts"
import { recordingRules } from "../../scripts/telemetry/recording-rules.ts"
import { mailServer } from "../adapters/mail/TestMailServer.ts"
import { migratedDatabase } from "../e2e/Database.ts"
import { serve, untilReadiness } from "../e2e/IdentityProcess.ts"
import { sendingTo } from "../e2e/SendingTo.ts"
import { brokenCollector, daily, everything, past, pickyMailbox, SOON } from "./Occasions.ts"
import { picture } from "./PanelPicture.ts"
import type { Line } from "./PanelPicture.ts"
import { ask, hasPrometheus, prometheusAt, resultsOf } from "./PrometheusTools.ts"

/** What takes several processes, TLS, a reader or collector that is too slow, thousands of failures, or ten minutes. */
const ELSEWHERE =
  /identity_workers_|identity_tls_|identity_spans_|identity_log_lines_dropped|identity_attempts_limited_total{outcome="refused",budget|identity_audit_(?:breaks|verified)/

/** An expression without what it answers while there is nothing. */
const bare = (expr: string): string =>
  expr.replaceAll(" or vector(0)", "").replace(/ or 0 \* sum by .*$/, "").replace(/ or up{[^}]*}$/, "")

const everywhere = (expr: string): string =>
  bare(expr).replaceAll("$__rate_interval", "10s").replaceAll("$instance", ".*").replaceAll("offset 30m", "offset 2s")

/** What a further condition compares. */
const comparedIn = (condition: string): ReadonlyArray<string> =>
  condition.replace(/^and (?:on \(\w+\) )?/, "").split(" > ").filter((side) => Number.isNaN(Number(side)))

const panels = dashboards.flatMap(({ rows }) => rows.flatMap((row) => row.panels))

const asked = [
  ...panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
  ...recordingRules.flatMap(({ expr, record }) => [record, expr]),
  ...alerts.flatMap(({ provided = "", value }) => [value].concat(comparedIn(provided)))
].map(everywhere)

const Rule = Schema.Struct({ name: Schema.String, health: Schema.String })
const Rules = Schema.Struct({
  data: Schema.Struct({ groups: Schema.Array(Schema.Struct({ rules: Schema.Array(Rule) })) })
})
const AllSeries = Schema.Struct({ data: Schema.Array(Schema.Record(Schema.String, Schema.String)) })

const withoutAnswer = Effect.fnUntraced(function*(url: string, expressions: ReadonlyArray<string>) {
  const results = yield* Effect.forEach(
    expressions,
    (expr) => resultsOf(url, expr),
    { concurrency: 8 }
  )
  return expressions.filter((_, index) => results[index] === 0)
})

const Ranges = Schema.Struct({
  data: Schema.Struct({
    result: Schema.Array(Schema.Struct({
      metric: Schema.Record(Schema.String, Schema.String),
      values: Schema.Array(Schema.Tuple([Schema.Finite, Schema.String]))
    }))
  })
})

/** What a query has answered in the last ten seconds, as a panel shows it. */
const linesOf = Effect.fnUntraced(function*(url: string, { expr, legend }: Query) {
  const now = (yield* Clock.currentTimeMillis) / 1000
  const range = `start=${now - 10}&end=${now}&step=0.5`
  const { data } = yield* ask(
    `${url}/api/v1/query_range?query=${encodeURIComponent(everywhere(expr))}&${range}`,
    Ranges
  )
  return data.result.map(({ metric, values }): Line => ({
    name: legend.replaceAll(/{{(\w+)}}/g, (_, label) => metric[String(label)] ?? ""),
    points: values.flatMap(([at, value]) => Number.isFinite(Number(value)) ? [[at * 1000, Number(value)] as const] : [])
  }))
})

/** Labels that Prometheus adds by itself. */
const ADDED = ["__name__", "instance", "job", "le"]

/** A series that the server shows and that is not described. */
const undescribed = (labels: Readonly<Record<string, string>>): ReadonlyArray<string> => {
  const name = labels["__name__"] ?? ""
  const metric = metrics[name] ?? metrics[name.replace(/_(?:bucket|count|sum)$/, "")]
  if (metric === undefined) return /^(?:up|scrape_|identity:|ALERTS)/.test(name) ? [] : [name]
  const known = [...ADDED, "unit", ...Object.keys(metric.labels ?? {})]
  return Object.keys(labels).filter((label) => !known.includes(label)).map((label) => `${name} ${label}`)
}

describe.skipIf(!hasPrometheus)("a real Prometheus at a real server", () => {
  it.live(
    "finds something for every panel, rule and alert, and no metric or label that is not described",
    () =>
      Effect.gen(function*() {
        const database = yield* migratedDatabase
        const mailbox = yield* mailServer(pickyMailbox)
        const variables = {
          ...SOON,
          ...(yield* sendingTo(mailbox)),
          IDENTITY_DATABASE_URL: Redacted.value(database.url),
          IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU",
          IDENTITY_ENCRYPTION_KEYS: "e1:rJ0mIDxZHGm5Wwn1yCMA9mKZVQfGxT4Yk8m1sT3uQ7E",
          OTEL_EXPORTER_OTLP_ENDPOINT: yield* brokenCollector
        }
        const key = yield* past(database, variables)
        const server = yield* serve(variables)
        yield* untilReadiness(server, 200)
        const url = yield* prometheusAt(server)
        yield* Effect.forkScoped(daily(server))
        yield* everything(server, { database, key, mailbox })

        let missing = asked.filter((expr) => !ELSEWHERE.test(expr))
        yield* Effect.gen(function*() {
          missing = [...yield* withoutAnswer(url, missing)]
          return missing.length
        }).pipe(
          Effect.repeat({ until: (left) => left === 0, schedule: Schedule.spaced("500 millis") }),
          Effect.timeoutOption("20 seconds")
        )
        assert.deepStrictEqual(missing, [])

        for (const panel of panels.filter(({ queries }) => !queries.some(({ expr }) => ELSEWHERE.test(expr)))) {
          const lines = (yield* Effect.forEach(panel.queries, (query) => linesOf(url, query))).flat()
          assert.isNotEmpty(lines, panel.title)
          assert.include(picture(panel, lines), `>${panel.title}</text>`)
        }

        const { data: { groups } } = yield* ask(`${url}/api/v1/rules`, Rules)
        const ailing = groups.flatMap(({ rules }) => rules.filter(({ health }) => health !== "ok"))
        assert.deepStrictEqual(ailing, [])

        const { data: shown } = yield* ask(`${url}/api/v1/series?match[]={job="identity"}`, AllSeries)
        assert.deepStrictEqual([...new Set(shown.flatMap(undescribed))], [])
        assert.isAbove(shown.length, 100)
      }),
    120_000
  )
})
