/**
 * Completes the generated OpenAPI document with what all operations share. The description of a body, a member or a
 * parameter is written where that is declared.
 */
import { Predicate } from "effect"
import { generalHeaders } from "./GeneralHeaders.ts"
import { addExamples } from "./MediaExamples.ts"

type Json = Record<string, unknown>

/** What the documents of all APIs say of them. */
export const ABOUT = {
  version: "1",
  license: { name: "MIT", url: "https://opensource.org/license/mit" },
  servers: [{ url: "/" }]
}

/** Completes the document of the public API. */
export const completeDocument = (document: Json): Json => {
  // Only requests that may change something have their origin checked. A gateway's `GET` may be about one.
  for (const { get } of objects(document["paths"])) {
    const { operationId, responses } = objectOrNone(get)
    if (operationId !== "authorize") delete objectOrNone(responses)["403"]
  }
  return completeOperations(document)
}

/** Completes the document of any API. */
export const completeOperations = (document: Json): Json => {
  // Linters ask for a contact, but the service doesn't know who operates it.
  Object.assign(objectOrNone(document["info"]), { contact: { name: "The operator of this service" } })
  document["tags"] = objects(document["tags"]).toSorted((one, other) =>
    String(one["name"]).localeCompare(String(other["name"]))
  )
  const operations = objects(document["paths"]).flatMap(objects)
  for (const operation of operations) {
    // An operation has the name of its endpoint, without that of its group, if it has no other.
    operation["operationId"] = String(operation["operationId"]).split(".").at(-1)
    completeOperation(operation)
  }
  const schemas = objectOrNone(objectOrNone(document["components"])["schemas"])
  const taken = JSON.stringify(operations.map(({ requestBody }) => requestBody ?? {}))
  for (const [name, schema] of Object.entries(schemas)) {
    if (Predicate.isObject(schema) && !taken.includes(`/${name}"`)) openToAdditions(schema)
  }
  addExamples(operations, schemas)
  return document
}

const completeOperation = ({ parameters, responses }: Json): void => {
  objects(parameters).forEach(raiseDescription)
  for (const [status, response] of Object.entries(objectOrNone(responses))) {
    if (!Predicate.isObject(response)) continue
    const headers = objectOrNone(response["headers"])
    objects(headers).forEach(raiseDescription)
    const general = generalHeaders(status)
    response["headers"] = { ...general, ...headers, ...general }
    if (status === "204") response["description"] = "Done"
  }
}

/** Readers and linters look for the description of a parameter or header beside its schema. */
const raiseDescription = (described: Json): void => {
  const { description, ...schema } = objectOrNone(described["schema"])
  if (description !== undefined) Object.assign(described, { description, schema })
}

/** Answers may gain members within a version, so the document must not forbid them. */
const openToAdditions = (schema: Json): void => {
  delete schema["additionalProperties"]
  objects(schema["properties"]).forEach(openToAdditions)
  objects([schema["items"]]).forEach(openToAdditions)
}

const objectOrNone = (value: unknown): Json => Predicate.isObject(value) ? value : {}

const objects = (value: unknown): ReadonlyArray<Json> =>
  Object.values(Predicate.isObjectOrArray(value) ? value : {}).filter(Predicate.isObject)
