/**
 * A real Prometheus scrapes a real server under load, by the rules of this repository. Every panel, recording rule and
 * alert has something to show, and each panel makes a picture. What does not happen in a healthy minute is named, and
 * shown by promtool.
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
import { post, request, serve, untilReadiness } from "../e2e/IdentityProcess.ts"
import type { Server } from "../e2e/IdentityProcess.ts"
import { picture } from "./PanelPicture.ts"
import type { Line } from "./PanelPicture.ts"
import { ask, hasPrometheus, prometheusAt, resultsOf } from "./PrometheusTools.ts"

/** What a server has only with TLS, where it pushes traces, with a key that was used, or after ten minutes. */
const ELSEWHERE = /identity_tls_|identity_spans_|identity_api_key_next_expiry|identity_audit_(?:breaks|verified)/

const everywhere = (expr: string): string => expr.replaceAll("$__rate_interval", "10s").replaceAll("$instance", ".*")

const panels = dashboards.flatMap(({ rows }) => rows.flatMap((row) => row.panels))

const asked = [
  ...panels.flatMap(({ queries }) => queries),
  ...recordingRules.map(({ record }) => ({ expr: record })),
  ...alerts.map(({ value }) => ({ expr: value }))
].map(({ expr }) => everywhere(expr))

const Token = Schema.fromJsonString(Schema.Struct({ token: Schema.String }))

/** What people do to a service, over and over. */
const load = Effect.fnUntraced(function*({ url }: Server) {
  const person = { email: "ada@example.com", password: "a well kept secret" }
  yield* post(`${url}/accounts`, { ...person, display_name: "Ada" })
  for (;;) {
    const signedIn = yield* post(`${url}/sessions`, person)
    const { token } = yield* Schema.decodeEffect(Token)(yield* Effect.promise(() => signedIn.text()))
    const headers = { authorization: `Bearer ${token}` }
    for (let checks = 0; checks < 10; checks += 1) yield* request(`${url}/sessions/me`, { headers })
    yield* request(`${url}/accounts/me/email-verification`, { method: "POST", headers })
    yield* request(`${url}/sessions/me`, { method: "DELETE", headers })
    yield* post(`${url}/sessions`, { ...person, password: "wrong" })
    yield* request(`${url}/nowhere`)
  }
})

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
        const { url: database } = yield* migratedDatabase
        const mails = yield* mailServer()
        const server = yield* serve({
          IDENTITY_SMTP_URL: `smtp://127.0.0.1:${mails.port}`,
          IDENTITY_SMTP_TLS: "opportunistic",
          IDENTITY_MAIL_FROM: "accounts@example.com",
          IDENTITY_DATABASE_URL: Redacted.value(database),
          IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU",
          IDENTITY_RATE_LIMITS: "off"
        })
        yield* untilReadiness(server, 200)
        const url = yield* prometheusAt(server)
        yield* Effect.forkScoped(load(server))

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
    60_000
  )
})
