/**
 * What the schemas of Kubernetes, Compose, Envoy and Traefik have against documents, which come as JSON on stdin. Their
 * packages are installed apart, so this is a program of its own: `npm ci --prefix test/deploy`.
 */
import Ajv from "ajv"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { watched } from "./watched.mjs"

const { compose, envoy, manifests, traefik } = JSON.parse(readFileSync(0, "utf8"))

/** The Compose specification, as the package has it; it does not export the file. */
const composeSchema = () => {
  const program = fileURLToPath(import.meta.resolve("dclint"))
  return JSON.parse(readFileSync(new URL("../schemas/compose.schema.json", `file://${program}`), "utf8"))
}

const ofCompose = (document) => {
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false })
  // As the file names it.
  const draft07 = ajv.getSchema("http://json-schema.org/draft-07/schema").schema
  ajv.addMetaSchema({ ...draft07, $id: "https://json-schema.org/draft-07/schema" })
  const validate = ajv.compile(composeSchema())
  return validate(document) ? [] : validate.errors.map(({ instancePath, message }) => `${instancePath} ${message}`)
}

const faultsOf = ({ validate }, document, name) => {
  const unread = new Set()
  const isValid = validate(watched(document, name, unread))
  const errors = isValid ? [] : validate.errors.map(({ instancePath, keyword }) => `${name}${instancePath} ${keyword}`)
  return [...errors, ...[...unread].map((path) => `${path} is unknown`)]
}

const ofManifest = async (document) => {
  const { apiVersion, kind } = document
  return faultsOf(await import(`kubernetes-models/_schemas/${schemaOf(apiVersion, kind)}`), document, kind)
}

/** Traefik's schema of middlewares, as its resource for Kubernetes has it. The package does not export the file. */
const ofTraefik = async ({ http: { middlewares } }) => {
  const name = "ComGithubTraefikTraefikV3PkgProviderKubernetesCrdTraefikioV1alpha1MiddlewareSpec"
  const program = fileURLToPath(import.meta.resolve("@kubernetes-models/traefik"))
  const schema = await import(new URL(`_schemas/${name}.js`, `file://${program}`).href)
  return Object.entries(middlewares).flatMap(([name, middleware]) => faultsOf(schema, middleware, name))
}

/** `apps/v1` and `Deployment` are `IoK8sApiAppsV1Deployment`. */
const schemaOf = (apiVersion, kind) => {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["core", apiVersion]
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1)
  return `IoK8sApi${capital(group.split(".")[0])}${capital(version)}${kind}`
}

const complaints = compose === undefined ? [] : ofCompose(compose)
if (envoy !== undefined) complaints.push(...(await import("./envoy.mjs")).complaintsOf(envoy))
if (traefik !== undefined) complaints.push(...await ofTraefik(traefik))
for (const manifest of manifests ?? []) complaints.push(...await ofManifest(manifest))
process.stdout.write(JSON.stringify(complaints))
