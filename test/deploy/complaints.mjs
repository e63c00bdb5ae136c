/**
 * What the schemas of Kubernetes and of Compose have against documents, which come as JSON on stdin. Their packages are
 * installed apart, so this is a program of its own: `npm ci --prefix test/deploy`.
 */
import Ajv from "ajv"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const { compose, manifests } = JSON.parse(readFileSync(0, "utf8"))

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

/**
 * A value that notes which of its members are read. The schemas of Kubernetes take members that they don't know, but
 * read all that they do: one that nothing reads is a slip of the pen.
 */
const watched = (value, path, unread) => {
  if (typeof value !== "object" || value === null) return value
  const members = Array.isArray(value) ? [] : Object.entries(value)
  for (const [name] of members) unread.add(`${path}/${name}`)
  const inner = new Map()
  return new Proxy(value, {
    get(target, name) {
      unread.delete(`${path}/${String(name)}`)
      if (!inner.has(name)) inner.set(name, watched(target[name], `${path}/${String(name)}`, unread))
      return inner.get(name)
    }
  })
}

const ofManifest = async (document) => {
  const { apiVersion, kind } = document
  const { validate } = await import(`kubernetes-models/_schemas/${schemaOf(apiVersion, kind)}`)
  const unread = new Set()
  const isValid = validate(watched(document, kind, unread))
  const errors = isValid ? [] : validate.errors.map(({ instancePath, keyword }) => `${kind}${instancePath} ${keyword}`)
  return [...errors, ...[...unread].map((path) => `${path} is unknown`)]
}

/** `apps/v1` and `Deployment` are `IoK8sApiAppsV1Deployment`. */
const schemaOf = (apiVersion, kind) => {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["core", apiVersion]
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1)
  return `IoK8sApi${capital(group.split(".")[0])}${capital(version)}${kind}`
}

const complaints = compose === undefined ? [] : ofCompose(compose)
for (const manifest of manifests ?? []) complaints.push(...await ofManifest(manifest))
process.stdout.write(JSON.stringify(complaints))
