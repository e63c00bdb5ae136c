/** Programs of Debian's packages `prometheus` and `prometheus-alertmanager`, which a machine may not have. */
import { Effect, Schedule, Schema } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { stringify } from "yaml"
import { freePorts, request } from "../e2e/IdentityProcess.ts"
import type { Server } from "../e2e/IdentityProcess.ts"
import { temporaryDirectory } from "../support/temporary-directory.ts"

const isThere = (program: string): boolean => spawnSync(program, ["--version"]).status === 0

export const hasPromtool = isThere("promtool")
export const hasPrometheus = isThere("prometheus")

/** Debian's looks for its templates in one place, and does not start without. */
export const hasAlertmanager = hasPrometheus && isThere("prometheus-alertmanager") && isThere("amtool") &&
  existsSync("/usr/share/prometheus/alertmanager/default.tmpl")

/** What a tool says about files, if it is not content with them. */
export const complaint = (tool: "amtool" | "promtool", args: ReadonlyArray<string>): string | undefined => {
  const { status, stderr, stdout } = spawnSync(tool, args, { encoding: "utf8" })
  return status === 0 ? undefined : stdout + stderr
}

/** Runs a program with a web interface until the scope closes, and waits until it is ready. */
export const running = Effect.fnUntraced(function*(program: string, args: ReadonlyArray<string>, url: string) {
  let said = ""
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] })
      child.stderr.on("data", (chunk) => said += String(chunk))
      return child
    }),
    (child) =>
      Effect.promise(async () => {
        const closed = once(child, "close")
        if (child.kill("SIGKILL")) await closed
      })
  )
  yield* request(`${url}/-/ready`).pipe(
    Effect.filterOrFail((response) => response.status === 200),
    Effect.retry(Schedule.spaced("100 millis")),
    Effect.timeoutOrElse({ duration: "15 seconds", orElse: () => Effect.die(`${program} did not start:\n${said}`) })
  )
})

const rulesOfOurs = (name: string) => fileURLToPath(new URL(`../../deploy/prometheus/${name}`, import.meta.url))

/** Prometheus, at work on a server in a hurry, by the rules of this repository unless others are given. */
export const prometheusAt = Effect.fnUntraced(function*(
  server: Server,
  { alertmanagers = [], ruleFiles = [rulesOfOurs("rules.yml"), rulesOfOurs("alerts.yml")] }: {
    readonly alertmanagers?: ReadonlyArray<string>
    readonly ruleFiles?: ReadonlyArray<string>
  } = {}
) {
  const directory = yield* temporaryDirectory("identity-prometheus-")
  const [port] = yield* freePorts
  const url = `http://127.0.0.1:${port}`
  const targets = [new URL(server.managementUrl).host]
  const configuration = {
    global: { scrape_interval: "500ms", scrape_timeout: "500ms", evaluation_interval: "500ms" },
    rule_files: ruleFiles,
    scrape_configs: [{ job_name: "identity", static_configs: [{ targets }] }],
    alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] }
  }
  writeFileSync(`${directory}/prometheus.yml`, stringify(configuration))
  yield* running("prometheus", [
    `--config.file=${directory}/prometheus.yml`,
    `--storage.tsdb.path=${directory}/data`,
    `--web.listen-address=127.0.0.1:${port}`
  ], url)
  return url
})

/** Asks an address for JSON of a form. */
export const ask = <A>(url: string, form: Schema.Decoder<A>) =>
  request(url).pipe(
    Effect.flatMap((response) => Effect.promise(() => response.json())),
    Effect.flatMap(Schema.decodeUnknownEffect(form))
  )

const Answer = Schema.Struct({ data: Schema.Struct({ result: Schema.Array(Schema.Unknown) }) })

/** How many series Prometheus answers to an expression. */
export const resultsOf = (url: string, expr: string) =>
  Effect.map(ask(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`, Answer), ({ data }) => data.result.length)

/** Waits until there are some. */
export const hasSeen = (url: string, expr: string) =>
  resultsOf(url, expr).pipe(
    Effect.repeat({ until: (results) => results > 0, schedule: Schedule.spaced("100 millis") }),
    Effect.timeoutOrElse({ duration: "15 seconds", orElse: () => Effect.die(`Prometheus has not seen ${expr}`) })
  )
