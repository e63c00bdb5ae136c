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

const texts = Schema.Array(Schema.String)
const Service = Schema.Struct({
  profiles: texts,
  ports: Schema.optional(texts),
  volumes: Schema.optional(texts)
})
const Content = Schema.Struct({ content: Schema.String })
const Compose = Schema.Struct({
  services: Schema.Struct({
    prometheus: Service,
    alertmanager: Service,
    grafana: Service,
    collector: Service,
    jaeger: Service,
    server: Schema.Struct({ environment: Schema.Record(Schema.String, Schema.String) })
  }),
  configs: Schema.Struct({ prometheus: Content, grafana_datasource: Content, collector: Content })
})

const Component = Schema.Record(Schema.String, Schema.Unknown)
const Collector = Schema.Struct({
  receivers: Schema.Struct({
    otlp: Schema.Struct({ protocols: Schema.Struct({ http: Schema.Struct({ endpoint: Schema.String }) }) })
  }),
  processors: Component,
  exporters: Component,
  service: Schema.Struct({
    pipelines: Schema.Struct({ traces: Schema.Struct({ receivers: texts, processors: texts, exporters: texts }) })
  })
})

const { configs, services: { server, ...services } } = Schema.decodeUnknownSync(Compose)(
  parse(read("compose.yaml"), { merge: true })
)

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
      for (const port of ports ?? []) assert.match(port, /^127\.0\.0\.1:/)
    }
  })

  it("mounts files that there are", () => {
    const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
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

  it("has a collector whose pipeline is what it defines, where the guide sends traces", () => {
    const { service: { pipelines: { traces } }, ...components } = Schema.decodeUnknownSync(Collector)(
      parse(configs.collector.content)
    )
    for (const kind of ["receivers", "processors", "exporters"] satisfies ReadonlyArray<keyof typeof traces>) {
      assert.deepStrictEqual(Object.keys(components[kind]), [...traces[kind]])
    }
    const port = components.receivers.otlp.protocols.http.endpoint.split(":").at(-1)
    const command =
      `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:${port}/v1/traces \\\n  docker compose --profile`
    assert.include(read("docs/guides/containers.md"), command)
  })

  it("has the server push nothing unless it is told where to", () => {
    const pushes = Object.entries(server.environment).filter(([name]) => name.startsWith("OTEL_"))
    assert.isNotEmpty(pushes)
    for (const [name, value] of pushes) assert.strictEqual(value, `\${${name}:-}`)
    assert.property(server.environment, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
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
