/**
 * Completes the generated OpenAPI document with what the schemas can't say: what the members of a request body look
 * like before they are decoded, and what holds for all answers alike.
 */
import { Predicate } from "effect"
import { DISPLAY_NAME_LENGTH_MAX } from "../../../domain/model/Account.ts"
import { IDEMPOTENCY_KEY_LENGTH_MAX } from "../../../domain/model/Idempotency.ts"
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from "../../../domain/model/Page.ts"
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "../../../domain/model/Password.ts"
import { DEVICE_COOKIE } from "./Devices.ts"

type Json = Record<string, unknown>

const email = { format: "email", examples: ["ada@example.com"] }

const password = { format: "password", maxLength: PASSWORD_LENGTH_MAX, examples: ["correct horse battery staple"] }

const newPassword = {
  ...password,
  minLength: PASSWORD_LENGTH_MIN,
  description: "Any characters will do. The operator may ask for a greater length."
}

const displayName = {
  minLength: 1,
  maxLength: DISPLAY_NAME_LENGTH_MAX,
  description:
    "At least one visible character; no control characters, line breaks, characters that turn the direction " +
    "of text, or invisible ones where they mean nothing. Blanks around it are removed.",
  examples: ["Ada Lovelace"]
}

/** Members of request bodies, by schema. */
const bodyMembers: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  NewAccount: {
    email: {
      ...email,
      description: "An address as its holder writes it. Spellings that differ in case only are one address."
    },
    password: newPassword,
    display_name: displayName
  },
  AccountChange: {
    email,
    display_name: displayName,
    current_password: { ...password, description: "Needed when the email changes" }
  },
  PasswordChange: { current_password: password, new_password: newPassword },
  AccountDeletion: { current_password: password },
  SignIn: {
    email,
    password,
    transport: {
      default: "token",
      description: "How the session's secret is handed over: as `token` in the answer, or in a cookie that scripts " +
        "can't read"
    }
  }
}

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
  for (const operations of objects(document["paths"])) {
    for (const [method, operation] of Object.entries(operations)) {
      if (Predicate.isObject(operation)) completeOperation(method, operation)
    }
  }
  if (Predicate.isObject(document["components"])) completeSchemas(document["components"]["schemas"])
  return document
}

/**
 * What operations read of a device without declaring it: no endpoint can declare a cookie, and a header that one declares
 * every typed client has to think of.
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

const completeSchemas = (schemas: unknown): void => {
  if (!Predicate.isObject(schemas)) return
  for (const [name, schema] of Object.entries(schemas)) {
    if (!Predicate.isObject(schema)) continue
    const members = bodyMembers[name]
    if (members === undefined) {
      openToAdditions(schema)
    } else if (Predicate.isObject(schema["properties"])) {
      for (const [member, about] of Object.entries(members)) {
        schema["properties"][member] = { ...objectOrNone(schema["properties"][member]), ...about }
      }
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
