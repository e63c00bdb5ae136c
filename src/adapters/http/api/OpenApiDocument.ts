/**
 * Completes the generated OpenAPI document with what the schemas can't say: what parameters are for, and what holds for
 * all answers alike.
 */
import { Predicate } from "effect"
import { IDEMPOTENCY_KEY_LENGTH_MAX } from "../../../domain/model/Idempotency.ts"
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from "../../../domain/model/Page.ts"
import { DEVICE_COOKIE } from "./Devices.ts"
import { addExamples } from "./MediaExamples.ts"

type Json = Record<string, unknown>

/** They take no member that isn't declared. */
const requestBodies = ["NewAccount", "AccountChange", "PasswordChange", "AccountDeletion", "SignIn"]

/** Parameters by name. */
const parameterFacts: Readonly<Record<string, Json>> = {
  limit: {
    schema: { type: "integer", minimum: 1, maximum: PAGE_LIMIT_MAX, default: PAGE_LIMIT_DEFAULT },
    description: "How many at most"
  },
  "idempotency-key": {
    schema: {
      type: "string",
      minLength: 1,
      maxLength: IDEMPOTENCY_KEY_LENGTH_MAX,
      examples: ["0c2f5b0e-6a58-4f0e-9d0b-0a4f1f0f9f6e"]
    },
    description:
      "Names the request, in visible ASCII characters: the same key and body within 24 hours gets the same " +
      "answer and does nothing twice"
  },
  "identity-device": {
    description:
      `The \`device\` of this client's last sign-in; browsers keep it in the cookie \`${DEVICE_COOKIE}\` instead. ` +
      "One that is unknown, expired or of another account counts for nothing"
  },
  "if-match": {
    schema: { type: "string", examples: ["\"1\""] },
    // Declared as optional, so that a request without it gets an answer of its own.
    required: true,
    description: "The `ETag` of the account as you read it; without it the answer is 428"
  }
}

const text = (description: string, example: string) => ({
  description,
  schema: { type: "string", examples: [example] }
})

const retryAfter = { description: "After how many seconds to try again", schema: { type: "integer", examples: [1] } }

const headersOf = (status: string): Json => ({
  "x-request-id": text("The request's `x-request-id` if it was a sane one, else a new id", "4k1zq3v9t0hc2-1f"),
  ...(status === "401" ? { "www-authenticate": text("How to authenticate", "Bearer") } : {}),
  ...(status === "429" || status === "503" ? { "retry-after": retryAfter } : {})
})

export const completeDocument = (document: Json): Json => {
  const paths = objects(document["paths"])
  // Linters ask for one. Who that is, the service doesn't know of itself.
  if (Predicate.isObject(document["info"])) document["info"]["contact"] = { name: "Whoever operates this service" }
  for (const operations of paths) {
    for (const [method, operation] of Object.entries(operations)) {
      if (Predicate.isObject(operation)) completeOperation(method, operation)
    }
  }
  const schemas = Predicate.isObject(document["components"]) ? document["components"]["schemas"] : undefined
  if (Predicate.isObject(schemas)) {
    completeSchemas(schemas)
    addExamples(paths.flatMap(objects), schemas)
  }
  return document
}

/**
 * What operations read of a device without declaring it: no endpoint can declare a cookie, and a header that one
 * declares every typed client has to think of.
 */
const deviceParameters: Readonly<Record<string, ReadonlyArray<"cookie" | "header">>> = {
  startSession: ["cookie"],
  changeMyPassword: ["header", "cookie"]
}

const deviceParameter = (place: "cookie" | "header"): Json => ({
  name: place === "cookie" ? DEVICE_COOKIE : "identity-device",
  in: place,
  schema: { type: "string" },
  required: false
})

const completeOperation = (method: string, operation: Json): void => {
  const { operationId, parameters, responses } = operation
  const declared: ReadonlyArray<Json> = Array.isArray(parameters) ? parameters : []
  const all = [...declared, ...(deviceParameters[String(operationId)] ?? []).map(deviceParameter)]
  for (const parameter of all) Object.assign(parameter, parameterFacts[String(parameter["name"])])
  if (all.length > 0) operation["parameters"] = all
  if (!Predicate.isObject(responses)) return
  // The origin is checked where something may change.
  if (method === "get") delete responses["403"]
  for (const [status, response] of Object.entries(responses)) {
    if (!Predicate.isObject(response)) continue
    const headers = Predicate.isObject(response["headers"]) ? response["headers"] : {}
    const facts = headersOf(status)
    response["headers"] = { ...facts, ...headers, ...facts }
    if (status === "204") response["description"] = "Done"
  }
}

const completeSchemas = (schemas: Json): void => {
  for (const [name, schema] of Object.entries(schemas)) {
    if (requestBodies.includes(name) || !Predicate.isObject(schema)) continue
    openToAdditions(schema)
    if (name.endsWith("Problem") && Predicate.isObject(schema["properties"])) {
      schema["properties"]["status"] = { ...objectOrNone(schema["properties"]["status"]), type: "integer" }
    }
  }
}

/** Answers may gain members within a version, so a client must not be told that they can't. */
const openToAdditions = (schema: Json): void => {
  delete schema["additionalProperties"]
  for (const property of objects(schema["properties"])) openToAdditions(property)
}

const objectOrNone = (value: unknown): Json => Predicate.isObject(value) ? value : {}

const objects = (value: unknown): ReadonlyArray<Json> => Object.values(objectOrNone(value)).filter(Predicate.isObject)
