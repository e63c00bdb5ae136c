/**
 * The types of `clients/typescript`, made of the API document: an interface for each schema, and one entry for each
 * request with what it takes and answers.
 */
import { Option, Schema } from "effect"
import type { OpenApi } from "effect/http-api"

const GENERATED = "// Made from docs/openapi.json; `npm run update` writes it.\n"

/** Answers with this status are failures of the client's calls and no answers. */
const UNAVAILABLE = "503"

/** Gateways ask the one, and the client by a call of its own. The other isn't where the client asks. */
const LEFT_OUT = ["GET /authorize", "POST /introspect"]

const Json = Schema.Record(Schema.String, Schema.Unknown)

type Json = typeof Json.Type

const object = (value: unknown): Json => Option.getOrElse(Schema.decodeUnknownOption(Json)(value), () => ({}))

const list = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

const text = (value: unknown): string => typeof value === "string" ? value : ""

/** In columns. Comments are indented by at most eight, and the document's words are not broken. */
const COMMENT_MAX = 100

const comment = (description: unknown): string => {
  const words = text(description).replaceAll("*/", "*\\/")
  if (words === "") return ""
  const lines = words.replaceAll(new RegExp(`(.{1,${COMMENT_MAX}})(?:\\s+|$)`, "g"), "$1\n").trimEnd().split("\n")
  return lines.length === 1 ? `/** ${words} */\n` : `/**\n${lines.map((line) => ` * ${line}\n`).join("")} */\n`
}

/** A member of an interface. What may be absent may be `undefined`, too. */
const member = (name: string, type: string, isRequired: boolean, description: unknown = "") => {
  const key = /^(?:[A-Za-z_]\w*|\d+)$/.test(name) ? name : JSON.stringify(name)
  return `${comment(description)}readonly ${key}${isRequired ? "" : "?"}: ${type}${isRequired ? "" : " | undefined"}`
}

const indented = (lines: string) => lines.replaceAll(/^(?=.)/gm, "  ")

const block = (members: ReadonlyArray<string>) => members.length === 0 ? "{}" : `{\n${indented(members.join("\n"))}\n}`

const union = (types: ReadonlyArray<string>) => [...new Set(types)].join(" | ")

const NAMED = new Map([
  ["string", "string"],
  ["integer", "number"],
  ["number", "number"],
  ["boolean", "boolean"],
  ["null", "null"]
])

const typeOf = (given: unknown): string => {
  const schema = object(given)
  if (typeof schema["$ref"] === "string") return schema["$ref"].replace("#/components/schemas/", "")
  if ("const" in schema) return JSON.stringify(schema["const"])
  if (Array.isArray(schema["enum"])) return union(schema["enum"].map((value) => JSON.stringify(value)))
  const choices = [...list(schema["anyOf"]), ...list(schema["oneOf"])]
  if (choices.length > 0) return union(choices.map(typeOf))
  if (Array.isArray(schema["allOf"])) return schema["allOf"].map(typeOf).join(" & ")
  if (schema["type"] === "array") return `ReadonlyArray<${typeOf(schema["items"])}>`
  if (schema["type"] === "object") return objectType(schema)
  return union([schema["type"]].flat().map((type) => NAMED.get(text(type)) ?? "unknown"))
}

const objectType = (schema: Json): string => {
  const required = list(schema["required"])
  const members = Object.entries(object(schema["properties"])).map(([name, property]) =>
    member(name, typeOf(property), required.includes(name), object(property)["description"])
  )
  return members.length === 0 ? "{ readonly [name: string]: unknown }" : block(members)
}

const declaration = ([name, schema]: readonly [string, unknown]): string => {
  const type = typeOf(schema)
  const declared = type.startsWith("{") ? `interface ${name} ${type}` : `type ${name} = ${type}`
  return `${comment(object(schema)["description"])}export ${declared}\n`
}

/** The type of a response's body. */
const bodyOf = (response: unknown): string => {
  const [media] = Object.values(object(object(response)["content"]))
  return media === undefined ? "undefined" : typeOf(object(media)["schema"])
}

/** The parameters in one place, as an object type, and whether any is required. */
const parametersIn = (operation: Json, place: string) => {
  const parameters = list(operation["parameters"]).map(object).filter((parameter) => parameter["in"] === place)
  const isRequired = parameters.some(({ required }) => required === true)
  const members = parameters.map(({ description, name, required, schema }) =>
    member(text(name), typeOf(schema), required === true, description)
  )
  return members.length === 0 ? [] : [{ isRequired, type: block(members) }]
}

const entry = (name: string, operation: Json): string => {
  const responses = Object.entries(object(operation["responses"]))
  const payload = object(operation["requestBody"])
  const input = [
    ...parametersIn(operation, "path").map(({ type }) => member("path", type, true)),
    ...parametersIn(operation, "query").map(({ isRequired, type }) => member("query", type, isRequired)),
    ...parametersIn(operation, "header").map(({ isRequired, type }) => member("headers", type, isRequired)),
    ..."content" in payload ? [member("body", bodyOf(payload), payload["required"] === true)] : []
  ]
  const answers = responses.filter(([status]) => status.startsWith("2"))
  const problems = responses.filter(([status]) => /^[45]/.test(status) && status !== UNAVAILABLE)
  const members = [
    member("input", block(input), true),
    member("answers", block(answers.map(([status, response]) => member(status, bodyOf(response), true))), true),
    member("problem", union(problems.flatMap(([_, response]) => bodyOf(response).split(" | "))), true)
  ]
  return member(name, block(members), true, operation["summary"])
}

/** The text of `clients/typescript/src/api.ts`. */
export const clientTypes = (document: OpenApi.OpenAPISpec): string => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(object(methods)).map(([method, operation]) =>
      [`${method.toUpperCase()} ${path}`, object(operation)] as const
    )
  ).filter(([name]) => !LEFT_OUT.includes(name))
  return [
    GENERATED,
    ...Object.entries(document.components.schemas).map(declaration),
    "/** Every request, by its method and path. */",
    `export interface Operations ${block(operations.map(([name, operation]) => entry(name, operation)))}\n`
  ].join("\n")
}
