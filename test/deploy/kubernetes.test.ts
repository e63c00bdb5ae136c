/** The manifests of deploy/kubernetes, judged by the schemas of Kubernetes and held against the settings. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { readdirSync } from "node:fs"
import { parse, parseAllDocuments } from "yaml"
import { complaints, file, read, schemasAreAbsent, secondsToEnd, settingsWith, table } from "./Deployed.ts"

const Labels = Schema.Record(Schema.String, Schema.String)
const Probe = Schema.Struct({ httpGet: Schema.Struct({ path: Schema.String, port: Schema.String }) })
const Variable = Schema.Struct({ name: Schema.String, value: Schema.String })

const Container = Schema.Struct({
  image: Schema.String,
  env: Schema.Array(Variable),
  securityContext: Schema.Struct({
    allowPrivilegeEscalation: Schema.Boolean,
    readOnlyRootFilesystem: Schema.Boolean,
    capabilities: Schema.Struct({ drop: Schema.Array(Schema.String) })
  }),
  volumeMounts: Schema.Tuple([Schema.Struct({ mountPath: Schema.String, readOnly: Schema.Boolean })])
})

const ServerContainer = Schema.Struct({
  ...Container.fields,
  ports: Schema.Array(Schema.Struct({ name: Schema.String, containerPort: Schema.Int })),
  startupProbe: Probe,
  livenessProbe: Probe,
  readinessProbe: Probe,
  lifecycle: Schema.Struct({ preStop: Schema.Struct({ sleep: Schema.Struct({ seconds: Schema.Int }) }) })
})

const podOf = <C extends Schema.Top>(container: C) =>
  Schema.Struct({
    metadata: Schema.Struct({ labels: Labels, annotations: Schema.optional(Labels) }),
    spec: Schema.Struct({
      automountServiceAccountToken: Schema.Boolean,
      enableServiceLinks: Schema.Boolean,
      shareProcessNamespace: Schema.Boolean,
      terminationGracePeriodSeconds: Schema.optional(Schema.Int),
      securityContext: Schema.Struct({ runAsNonRoot: Schema.Boolean }),
      containers: Schema.Tuple([container]),
      volumes: Schema.Tuple([Schema.Struct({ secret: Schema.Struct({ secretName: Schema.String }) })])
    })
  })

const Selector = Schema.Struct({ matchLabels: Labels })

const Deployment = Schema.Struct({
  spec: Schema.Struct({ selector: Selector, template: podOf(ServerContainer) })
})
const Job = Schema.Struct({ spec: Schema.Struct({ template: podOf(Container) }) })
const Service = Schema.Struct({
  spec: Schema.Struct({ selector: Labels, ports: Schema.Array(Schema.Struct({ targetPort: Schema.String })) })
})
const DisruptionBudget = Schema.Struct({ spec: Schema.Struct({ selector: Selector }) })
const NetworkPolicy = Schema.Struct({ spec: Schema.Struct({ podSelector: Selector }) })
const Secret = Schema.Struct({ metadata: Schema.Struct({ name: Schema.String }), stringData: Labels })
const Kustomization = Schema.Struct({ resources: Schema.Array(Schema.String) })

const documents = (name: string): ReadonlyArray<unknown> =>
  parseAllDocuments(read(`deploy/kubernetes/${name}`)).map((document) => document.toJS())
const one = <A>(name: string, schema: Schema.Decoder<A>) =>
  Schema.decodeUnknownSync(schema)(parse(read(`deploy/kubernetes/${name}`)))

const deployment = one("deployment.yaml", Deployment)
const job = one("migrate-job.yaml", Job)
const secrets = documents("secrets.example.yaml").map((document) => Schema.decodeUnknownSync(Secret)(document))
const pods = [deployment.spec.template, job.spec.template]
const [server] = deployment.spec.template.spec.containers
const [migration] = job.spec.template.spec.containers
const variables = ({ env }: typeof Container.Type) => Object.fromEntries(env.map(({ name, value }) => [name, value]))
const settings = settingsWith(variables(server))
const ports = new Map(server.ports.map(({ containerPort, name }) => [name, containerPort]))
const manifests = readdirSync(file("deploy/kubernetes")).filter((name) => name !== "kustomization.yaml")

describe("deploy/kubernetes", () => {
  it.skipIf(schemasAreAbsent)("has no member that Kubernetes doesn't know, and no value that it refuses", () => {
    assert.deepStrictEqual(complaints({ manifests: manifests.flatMap(documents) }), [])
  })

  it.skipIf(schemasAreAbsent)("would be told of a slip of the pen", () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      spec: { containers: [{ name: "a", ports: [{ containerPort: "1" }], imag: "b" }] }
    }
    assert.deepStrictEqual(complaints({ manifests: [pod] }), [
      "Pod/spec/containers/0/ports/0/containerPort type",
      "Pod/spec/containers/0/imag is unknown"
    ])
  })

  it("gives pods variables that are settings, and a directory of secrets that is mounted", () => {
    for (const container of [server, migration]) {
      const [{ mountPath, readOnly }] = container.volumeMounts
      assert.deepStrictEqual([settingsWith(variables(container)).IDENTITY_SECRETS_DIR, readOnly], [mountPath, true])
    }
    assert.strictEqual(migration.image, server.image)
  })

  it("keeps variables of Services, which would be read as settings, out of pods", () => {
    for (const { spec } of pods) {
      assert.deepStrictEqual([spec.enableServiceLinks, spec.automountServiceAccountToken], [false, false])
    }
  })

  it("[ASVS 13.2.2] hands secrets over as files of secret settings, the owner's URL to migrations alone", () => {
    for (const { env } of [server, migration]) {
      assert.deepStrictEqual(env.filter(({ name }) => table[name]?.secret !== undefined), [])
    }
    assert.deepStrictEqual(
      pods.map(({ spec }) => spec.volumes[0].secret.secretName),
      secrets.map(({ metadata }) => metadata.name)
    )
    for (const { stringData } of secrets) {
      assert.deepStrictEqual(Object.keys(stringData).filter((name) => table[name]?.secret === undefined), [])
      assert.deepStrictEqual(Object.values(stringData).filter((text) => text !== ""), [])
    }
  })

  it("takes capabilities, root and the right to write from containers, and reaps their processes", () => {
    for (const { spec } of pods) {
      const [{ securityContext }] = spec.containers
      assert.deepStrictEqual(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] }
      })
      assert.deepStrictEqual([spec.securityContext.runAsNonRoot, spec.shareProcessNamespace], [true, true])
    }
  })

  it("names the ports that the server listens on, and probes and scrapes the management listener", () => {
    assert.deepStrictEqual(
      [ports.get("http"), ports.get("management"), settings.IDENTITY_MANAGEMENT_HOST],
      [settings.IDENTITY_PORT, settings.IDENTITY_MANAGEMENT_PORT, "0.0.0.0"]
    )
    const probes = [server.startupProbe, server.livenessProbe, server.readinessProbe].map(({ httpGet }) => httpGet)
    assert.deepStrictEqual(probes.map(({ path }) => path), ["/livez", "/livez", "/readyz"])
    assert.deepStrictEqual(probes.filter(({ port }) => port !== "management"), [])
    const { annotations } = deployment.spec.template.metadata
    assert.strictEqual(annotations?.["prometheus.io/port"], String(settings.IDENTITY_MANAGEMENT_PORT))
  })

  it("gives a pod more time to end than its hook and its server take", () => {
    const { preStop } = server.lifecycle
    const grace = deployment.spec.template.spec.terminationGracePeriodSeconds ?? 0
    assert.isAbove(grace, preStop.sleep.seconds + secondsToEnd(settings))
  })

  it("selects the pods that it makes, and keeps the management port out of the Service", () => {
    const { labels } = deployment.spec.template.metadata
    const service = one("service.yaml", Service).spec
    for (
      const selector of [
        deployment.spec.selector.matchLabels,
        service.selector,
        one("pod-disruption-budget.yaml", DisruptionBudget).spec.selector.matchLabels
      ]
    ) assert.deepStrictEqual(selector, labels)
    assert.deepStrictEqual(service.ports.map(({ targetPort }) => targetPort), ["http"])
    for (const { metadata } of pods) {
      assert.include(metadata.labels, one("network-policy.yaml", NetworkPolicy).spec.podSelector.matchLabels)
    }
  })

  it("applies at once what runs all the time, and neither migrations nor secrets", () => {
    const { resources } = one("kustomization.yaml", Kustomization)
    assert.deepStrictEqual(
      resources.toSorted(),
      manifests.filter((name) => name !== "migrate-job.yaml" && name !== "secrets.example.yaml").toSorted()
    )
  })
})
