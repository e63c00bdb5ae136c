/** The profile of compose.yaml that watches the server: it has the configuration of deploy, with other addresses. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { complaint, hasPromtool } from "./PrometheusTools.ts"

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const read = (path: string) => readFileSync(file(path), "utf8")

const Service = Schema.Struct({
  profiles: Schema.Array(Schema.String),
  ports: Schema.Array(Schema.String),
  volumes: Schema.Array(Schema.String)
})
const Content = Schema.Struct({ content: Schema.String })
const Compose = Schema.Struct({
  services: Schema.Struct({ prometheus: Service, alertmanager: Service, grafana: Service }),
  configs: Schema.Struct({ prometheus: Content, grafana_datasource: Content })
})

const { configs, services } = Schema.decodeUnknownSync(Compose)(parse(read("compose.yaml"), { merge: true }))

/** A configuration with the addresses of containers, as it is on one machine. */
const onOneMachine = (text: string): unknown =>
  parse(
    text.replace("server:9090", "127.0.0.1:9090")
      .replace("alertmanager:9093", "127.0.0.1:9093")
      .replace("prometheus:9090", "127.0.0.1:9091")
  )

describe("the profile `observability` of compose.yaml", () => {
  it("starts nothing unless asked to, and publishes to this machine alone", () => {
    for (const { ports, profiles } of Object.values(services)) {
      assert.deepStrictEqual(profiles, ["observability"])
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/)
    }
  })

  it("mounts files that there are", () => {
    const mounted = Object.values(services).flatMap(({ volumes }) =>
      volumes.map((volume) => volume.split(":")[0] ?? "")
    )
    const ours = mounted.filter((path) => path.startsWith("./"))
    assert.isNotEmpty(ours)
    assert.deepStrictEqual(ours.filter((path) => !existsSync(file(path))), [])
  })

  it("has the configuration of deploy", () => {
    assert.deepStrictEqual(onOneMachine(configs.prometheus.content), parse(read("deploy/prometheus/prometheus.yml")))
    assert.deepStrictEqual(
      onOneMachine(configs.grafana_datasource.content),
      parse(read("deploy/grafana/provisioning/datasources/prometheus.yml"))
    )
  })

  it.effect.skipIf(!hasPromtool)("is a configuration that Prometheus takes", () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory("identity-compose-")
      for (const name of ["rules.yml", "alerts.yml"]) {
        copyFileSync(file(`deploy/prometheus/${name}`), `${directory}/${name}`)
      }
      writeFileSync(`${directory}/prometheus.yml`, configs.prometheus.content)
      assert.isUndefined(complaint("promtool", ["check", "config", `${directory}/prometheus.yml`]))
    }).pipe(Effect.scoped))
})
