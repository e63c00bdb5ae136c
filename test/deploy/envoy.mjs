/**
 * What Envoy's own `.proto` files, as gRPC's package has them, have against a configuration: members and values that
 * they don't know. Rules of values, such as "at least one", aren't checked, and nothing is run.
 */
import { existsSync, readdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import protobuf from "protobufjs"

const { Enum, MapField, Root } = protobuf

const placeOf = (name) => dirname(fileURLToPath(import.meta.resolve(name)))
const deps = join(placeOf("@grpc/grpc-js-xds"), "../../deps")
const folders = [...readdirSync(deps).map((name) => join(deps, name)), placeOf("protobufjs")]

const root = new Root()
root.resolvePath = (_origin, target) =>
  folders.map((folder) => join(folder, target)).find((path) => existsSync(path)) ?? target

/** `type.googleapis.com/envoy.extensions.filters.http.router.v3.Router` is in a file of that folder. */
const load = (name) => {
  const folder = name.split(".").slice(0, -1).join("/")
  const place = folders.map((each) => join(each, folder)).find((path) => existsSync(path))
  if (place === undefined) return undefined
  root.loadSync(readdirSync(place).filter((file) => file.endsWith(".proto")).map((file) => `${folder}/${file}`), {
    keepCase: true
  })
  return root.lookupType(name)
}

const SCALARS = {
  "google.protobuf.Duration": (value) => /^\d+(?:\.\d+)?s$/.test(value),
  "google.protobuf.BoolValue": (value) => typeof value === "boolean",
  "google.protobuf.UInt32Value": (value) => Number.isInteger(value) && value >= 0
}

const isScalar = (type, value) =>
  type === "bool" ? typeof value === "boolean" : type === "string" ? typeof value === "string" : Number.isInteger(value)

const ofAny = ({ "@type": url, ...value }, path) => {
  const type = load(String(url).replace("type.googleapis.com/", ""))
  return type === undefined ? [`${path} has the unknown type ${url}`] : ofMessage(type, value, path)
}

const ofField = (field, value, path) => {
  const { resolvedType, type } = field.resolve()
  const name = resolvedType?.fullName.slice(1)
  const isKnown = name in SCALARS
    ? SCALARS[name](value)
    : resolvedType instanceof Enum
    ? value in resolvedType.values
    : resolvedType === null
    ? isScalar(type, value)
    : typeof value === "object" && value !== null
  if (!isKnown) return [`${path} can't be ${JSON.stringify(value)}`]
  if (name === "google.protobuf.Any") return ofAny(value, path)
  return resolvedType === null || name in SCALARS || resolvedType instanceof Enum
    ? []
    : ofMessage(resolvedType, value, path)
}

const ofMessage = (type, message, path) =>
  Object.entries(message).flatMap(([name, value]) => {
    const [field, place] = [type.fields[name], `${path}/${name}`]
    if (field === undefined) return [`${place} is unknown`]
    if (field instanceof MapField) {
      return Object.entries(value).flatMap(([key, each]) => ofField(field, each, `${place}/${key}`))
    }
    if (!field.repeated) return ofField(field, value, place)
    return Array.isArray(value)
      ? value.flatMap((each, index) => ofField(field, each, `${place}/${index}`))
      : [`${place} is no list`]
  })

export const complaintsOf = (configuration) => ofMessage(load("envoy.config.bootstrap.v3.Bootstrap"), configuration, "")
