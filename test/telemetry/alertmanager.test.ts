/** A page reaches the person on duty when the database breaks, and is taken back when it works again. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Queue, Redacted, Schedule, Schema } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import { parse, stringify } from "yaml"
import { alerts } from "../../scripts/telemetry/alerts/all.ts"
import { migratedDatabase } from "../e2e/Database.ts"
import { freePorts, request, serve, untilReadiness } from "../e2e/IdentityProcess.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { complaint, hasAlertmanager, hasSeen, prometheusAt, running } from "./PrometheusTools.ts"

const deployed = (name: string) => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url))

const ours = readFileSync(deployed("alertmanager/alertmanager.yml"), "utf8")

const Message = Schema.fromJsonString(Schema.Struct({
  receiver: Schema.String,
  status: Schema.String,
  alerts: Schema.Array(Schema.Struct({
    status: Schema.String,
    labels: Schema.Record(Schema.String, Schema.String),
    annotations: Schema.Record(Schema.String, Schema.String)
  }))
}))

/** Somebody who is told of pages. */
const onDuty = Effect.gen(function*() {
  const messages = yield* Queue.unbounded<typeof Message.Type>()
  const [port] = yield* freePorts
  yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const server = createServer((request, response) => {
        let text = ""
        request.on("data", (chunk) => void (text += String(chunk)))
        request.on("end", () => {
          Queue.offerUnsafe(messages, Schema.decodeSync(Message)(text))
          response.end()
        })
      })
      server.listen(port, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )
  /** Waits for an alert with a status. */
  const told = (name: string, status: string) =>
    Queue.take(messages).pipe(
      Effect.map(({ alerts, receiver }) => ({
        receiver,
        alert: alerts.find((alert) => alert.labels["alertname"] === name && alert.status === status)
      })),
      Effect.repeat({ until: ({ alert }) => alert !== undefined }),
      Effect.timeoutOrElse({ duration: "20 seconds", orElse: () => Effect.die(`${name} was not ${status}`) })
    )
  return { url: `http://127.0.0.1:${port}`, told }
})

/** Our routes and inhibitions in a hurry, with another receiver of pages and nobody for tickets. */
const hurried = (pages: string): string => {
  const { inhibit_rules, route } = parse(ours)
  const quick = { group_wait: "100ms", group_interval: "500ms" }
  return stringify({
    route: { ...route, ...quick, routes: route.routes.map((one: object) => Object.assign(one, quick)) },
    receivers: [{ name: "pages", webhook_configs: [{ url: pages }] }, { name: "tickets" }],
    inhibit_rules
  })
}

/** Our rules, which wait for seconds where they say minutes. */
const hurriedRules = Effect.map(
  temporaryDirectory("identity-rules-"),
  (directory) =>
    ["rules.yml", "alerts.yml"].map((name) => {
      const text = readFileSync(deployed(`prometheus/${name}`), "utf8")
      writeFileSync(`${directory}/${name}`, text.replaceAll("for: 1m\n", "for: 1s\n").replaceAll("[2m]", "[3s]"))
      return `${directory}/${name}`
    })
)

/** Alertmanager, on a port of its own. */
const alertmanager = Effect.fnUntraced(function*(pages: string) {
  const directory = yield* temporaryDirectory("identity-alertmanager-")
  const [port] = yield* freePorts
  writeFileSync(`${directory}/alertmanager.yml`, hurried(pages))
  yield* running("prometheus-alertmanager", [
    `--config.file=${directory}/alertmanager.yml`,
    `--storage.path=${directory}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--cluster.listen-address="
  ], `http://127.0.0.1:${port}`)
  return `127.0.0.1:${port}`
})

it("the example configuration of Alertmanager names alerts that there are", () => {
  const named = Array.from(ours.matchAll(/alertname =~? "?([\w|.+]+)/g), ([, names = ""]) => names.split("|")).flat()
  const unknown = named.filter((name) => !alerts.some((alert) => new RegExp(`^${name}$`).test(alert.name)))
  assert.isNotEmpty(named)
  assert.deepStrictEqual(unknown, [])
})

describe.skipIf(!hasAlertmanager)("a real Alertmanager", () => {
  it("has nothing to say about the example configuration", () =>
    assert.isUndefined(complaint("amtool", ["check-config", deployed("alertmanager/alertmanager.yml")])))

  it.live("pages when the database breaks, and takes it back when it works again", () =>
    Effect.gen(function*() {
      const database = yield* migratedDatabase
      const server = yield* serve({
        IDENTITY_DATABASE_URL: Redacted.value(database.url),
        IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"
      })
      yield* untilReadiness(server, 200)
      const { told, url } = yield* onDuty
      const prometheus = yield* prometheusAt(server, {
        alertmanagers: [yield* alertmanager(url)],
        ruleFiles: yield* hurriedRules
      })
      // A balancer, whose checks ask the database.
      const check = Effect.ignore(request(`${server.managementUrl}/readyz`))
      yield* Effect.forkScoped(Effect.repeat(check, Schedule.spaced("100 millis")))

      yield* hasSeen(prometheus, "rate(identity:store_operations:total[3s]) > 0")
      yield* database.close
      const { alert, receiver } = yield* told("IdentityStoreDown", "firing")
      assert.strictEqual(receiver, "pages")
      assert.deepInclude(alert?.labels, {
        severity: "page",
        job: "identity",
        instance: new URL(server.managementUrl).host
      })
      assert.strictEqual(alert?.annotations["runbook_url"], "docs/runbooks/IdentityStoreDown.md")

      yield* database.open
      yield* untilReadiness(server, 200)
      yield* told("IdentityStoreDown", "resolved")
    }), 60_000)
})
